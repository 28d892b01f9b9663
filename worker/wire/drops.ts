import * as v from "valibot";
import type { RerunOutcome } from "../services/track/rerun-drop.ts";
import type { DropLine } from "../store/drop-store.ts";
import type { JsonObject } from "./body.ts";
import { check, optional, text } from "./fields.ts";
import { iso } from "./time.ts";
import { presentPayment, presentRefund, presentSignup } from "./track.ts";

export const DropFilterSchema = v.object({
  kind: optional(
    v.picklist(
      ["click", "signup", "conversion", "refund", "join"],
      "must be click, signup, conversion, refund or join",
    ),
  ),
  reason: optional(text),
});

/** Any text may stand in `ref`: what cannot be a code is unknown. */
export const RerunSchema = v.object({ ref: optional(text), reason: text });

export const parseDropFilter = (query: unknown) => check(DropFilterSchema, query);
export const parseRerun = (body: JsonObject) => check(RerunSchema, body);

/** The number of a refused call, null for what is none. */
export function parseDropId(id: string): number | null {
  return /^\d{1,15}$/.test(id) ? Number(id) : null;
}

export function presentDrop(drop: DropLine) {
  return {
    id: drop.id,
    kind: drop.kind,
    reason: drop.reason,
    ref: drop.code,
    user_id: drop.userId,
    rerunnable: drop.body !== null,
    rerun_at: drop.rerunAt === null ? null : iso(drop.rerunAt),
    created_at: iso(drop.createdAt),
  };
}

/** What the tracking call would have been answered. */
export function presentOutcome(outcome: RerunOutcome) {
  switch (outcome.kind) {
    case "signup":
      return presentSignup(outcome.receipt);
    case "conversion":
      return presentPayment(outcome.receipt, { keyed: true });
    case "refund":
      return presentRefund(outcome.receipt);
  }
}
