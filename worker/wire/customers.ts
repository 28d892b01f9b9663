import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { ReferralOfUser } from "../store/assignment-store.ts";
import { type JsonObject, MAX_STRING_LENGTH } from "./body.ts";
import { check, optional, text } from "./fields.ts";
import { iso } from "./time.ts";

export const AssignmentSchema = v.object({ affiliate_id: text, ref: optional(text), reason: text });

/** A user of theirs as a path names it, held to what a body may say. */
const UserSchema = v.object({
  user_id: v.pipe(
    text,
    v.maxLength(MAX_STRING_LENGTH, `must not be longer than ${MAX_STRING_LENGTH} characters`),
    v.check((id) => id.isWellFormed() && !/\p{Cc}/u.test(id), "must be well-formed Unicode without control characters"),
  ),
});

export function parseAssignment(
  body: JsonObject,
  userId: string,
): Result<{ userId: string; affiliateId: string; ref: string | null; reason: string }> {
  const user = check(UserSchema, { user_id: userId });
  if (!user.ok) return user;
  const parsed = check(AssignmentSchema, body);
  if (!parsed.ok) return parsed;
  const { affiliate_id: affiliateId, ref: code, reason } = parsed.value;
  return ok({ userId: user.value.user_id, affiliateId, ref: code, reason });
}

export function presentReferral(referral: ReferralOfUser) {
  return {
    id: referral.id,
    ref: referral.ref,
    user_id: referral.userId,
    affiliate_id: referral.affiliateId,
    status: "active" as const,
    created_at: iso(referral.createdAt),
  };
}
