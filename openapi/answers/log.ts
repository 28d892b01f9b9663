import * as v from "valibot";
import type { presentAuditLine } from "../../worker/wire/audit.ts";
import type { presentDrop, presentOutcome } from "../../worker/wire/drops.ts";
import { presented } from "../presented.ts";
import { listOf, time } from "./common.ts";
import { TrackedConversion, TrackedRefund, TrackedSignup } from "./track.ts";

export const AuditLine = presented<ReturnType<typeof presentAuditLine>>()(
  v.strictObject({
    id: v.string(),
    at: time,
    actor: v.pipe(v.string(), v.description("`operator`, `key:` or `affiliate:` with an id.")),
    action: v.string(),
    object: v.pipe(v.string(), v.description("The id of what was changed.")),
    before: v.pipe(v.unknown(), v.description("What it was.")),
    after: v.pipe(v.unknown(), v.description("What was asked for.")),
    reason: v.nullable(v.string()),
  }),
);
export const AuditList = listOf("entries", AuditLine);

export const Drop = presented<ReturnType<typeof presentDrop>>()(
  v.strictObject({
    id: v.string(),
    kind: v.picklist(["click", "signup", "conversion", "refund", "join"]),
    reason: v.pipe(v.string(), v.description("The code of the refusal.")),
    ref: v.nullable(v.string()),
    user_id: v.nullable(v.string()),
    rerunnable: v.pipe(v.boolean(), v.description("Whether it can be run again: a backend's can.")),
    rerun_at: v.nullable(time),
    created_at: time,
  }),
);
export const DropList = listOf("drops", Drop);

export const RerunOutcome = v.strictObject({
  outcome: presented<ReturnType<typeof presentOutcome>>()(v.union([TrackedSignup, TrackedConversion, TrackedRefund])),
});
