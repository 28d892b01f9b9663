import * as v from "valibot";
import { BULK_ACTIONS, type BulkAction } from "../domain/bulk-action.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { JsonObject } from "./body.ts";
import { check, optional, percent, text } from "./fields.ts";

const Schema = v.object({
  action: v.picklist(BULK_ACTIONS, "must be one of the list"),
  reason: text,
  commission_percent: optional(percent),
});
const Reason = v.object({ reason: text });

/** What to do to many affiliates, and why. A rate needs its percentage. */
export function parseBulk(
  body: JsonObject,
): Result<{ readonly action: BulkAction; readonly reason: string; readonly rateBps: number | null }> {
  const parsed = check(Schema, body);
  if (!parsed.ok) return parsed;
  const { action, reason, commission_percent: rateBps } = parsed.value;
  if (action === "rate" && rateBps === null) {
    return fail("invalid_request", "The form is not valid.", [
      { path: "commission_percent", message: "is required for a rate" },
    ]);
  }
  return ok({ action, reason, rateBps });
}

export const parseReason = (body: JsonObject): Result<{ readonly reason: string }> => check(Reason, body);
