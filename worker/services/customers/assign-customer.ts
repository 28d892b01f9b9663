import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { assignUser, readAssignment, type ReferralOfUser } from "../../store/assignment-store.ts";

/**
 * Says by hand whose a customer is, from now on: no event moves them any more, but a revocation of that affiliate sets them
 * free. Commissions that are there stay; payments of Stripe's that waited for this are decided again. A repeat changes nothing.
 *
 * Fails with `not_found` (no such affiliate), `unknown_ref` (no code of theirs), and `conflict` for an affiliate who takes no
 * new users: one who was revoked, or who waits to be accepted.
 */
export async function assignCustomer(
  deps: Deps,
  appId: string,
  call: { actor: string; userId: string; affiliateId: string; ref: string | null; reason: string },
): Promise<Result<ReferralOfUser>> {
  const { ref, ...rest } = call;
  if (ref !== null && !isCode(ref)) return fail("unknown_ref", "No code of theirs by this ref.");
  const code = ref === null ? null : foldCode(ref);
  const ids = { referralId: deps.newId("ref"), audit: deps.newId("aud") };
  const batch = assignUser(appId, { ...rest, ...ids, code, now: deps.now() });
  const answer = readAssignment(await deps.db.batch(batch));
  if (answer === null) return fail("not_found", "No such affiliate.");
  if (answer.affiliateStatus === "revoked") return fail("conflict", "A revoked affiliate gets no customers.");
  if (answer.affiliateStatus === "applied") return fail("conflict", "This affiliate is not accepted yet.");
  if (!answer.isCodeTheirs || answer.referral === null) return fail("unknown_ref", "No code of theirs by this ref.");
  return ok(answer.referral);
}
