import { AuditFilterSchema } from "../../worker/wire/audit.ts";
import { DropFilterSchema, RerunSchema } from "../../worker/wire/drops.ts";
import { key } from "../access.ts";
import { AuditList, DropList, RerunOutcome } from "../answers/log.ts";
import { answer, described, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Log";

export const logOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/audit",
    tag,
    summary: "List changes",
    description: "Newest first.",
    access: key("manage"),
    query: [
      described(AuditFilterSchema, { action: "Only this action.", object: "Only changes of what has this id." }),
      PAGE,
    ],
    answers: { 200: answer("A page of changes.", AuditList) },
  },
  {
    route: "GET /api/v1/drops",
    tag,
    summary: "List refused calls",
    description: "Newest first, at most the newest 1,000.",
    access: key("read"),
    query: [
      described(DropFilterSchema, { kind: "Only calls of this kind.", reason: "Only refusals with this code." }),
      PAGE,
    ],
    answers: { 200: answer("A page of refused calls.", DropList) },
  },
  {
    route: "POST /api/v1/drops/:id/rerun",
    tag,
    summary: "Run a refused call again",
    description:
      "As of the time it was refused, under its own `event_id`. It counts once, and is refused as the tracking call refuses it.",
    access: key("manage"),
    path: { id: "The refused call's id." },
    body: [
      described(RerunSchema, {
        ref: "Takes the place of the call's own.",
        reason: "Why. It is kept for good.",
      }),
    ],
    answers: {
      200: answer("What the tracking call answers now.", RerunOutcome, {
        headers: { "Idempotent-Replayed": "`true` where the call was taken before: this is its answer." },
      }),
    },
    errors: [
      "conflict",
      "unknown_ref",
      "idempotency_mismatch",
      "amount_out_of_range",
      "refund_exceeds_conversions",
      "currency_mismatch",
      "key_required",
    ],
  },
];
