import { wordsOf } from "../domain/explain-words.ts";
import type { Finding } from "../domain/findings.ts";
import type { Moment } from "../services/explain/timeline.ts";
import type { ExplainedDrop, ExplainedReferral } from "../store/explain-user-store.ts";
import { iso } from "./time.ts";

/** A finding with its words. Whoever cannot change anything is not advised. */
export function presentFinding(found: Finding, { isAdvised = true }: { isAdvised?: boolean } = {}) {
  const { message, advice } = wordsOf(found);
  return {
    code: found.code,
    reason: found.reason,
    message,
    advice: isAdvised ? advice : null,
    since: isoOrNull(found.since),
    until: isoOrNull(found.until),
    count: found.count,
  };
}

/** For `map`, which hands on more than the finding. */
export function presentFindings(findings: readonly Finding[]) {
  return findings.map((found) => presentFinding(found));
}

export function presentMoment({ at, what, detail }: Moment) {
  return { at: iso(at), what, detail };
}

export function presentDrop({ kind, reason, code, at }: ExplainedDrop) {
  return { kind, reason, ref: code, at: iso(at) };
}

/** `event` is what the referral rests on, `trust` whose word that is; `fixed_at` is when it was settled for good. */
export function presentReferral(referral: ExplainedReferral) {
  return {
    id: referral.id,
    user_id: referral.userId,
    ref: referral.ref,
    affiliate_id: referral.affiliateId,
    affiliate_status: referral.affiliate.status,
    event: referral.event,
    trust: referral.trust,
    flag: referral.flag,
    email: referral.emailMask,
    customer_created_at: isoOrNull(referral.customerCreatedAt),
    seen_at: iso(referral.seenAt),
    created_at: iso(referral.createdAt),
    fixed_at: isoOrNull(referral.fixedAt),
    changes: referral.changes.map((change) => ({
      at: iso(change.at),
      action: change.action,
      actor: change.actor,
      reason: change.reason,
      from_ref: change.fromRef,
    })),
  };
}

export function isoOrNull(epochMillis: number | null): string | null {
  return epochMillis === null ? null : iso(epochMillis);
}
