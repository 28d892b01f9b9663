import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import type { Row, Statement } from "./db.ts";
import { type ReferralRecord, toReferral } from "./referral-store.ts";
import { wakePaymentsOf } from "./stripe-scope.ts";
import { integerOf, oneOf, statement, textOf } from "./statement.ts";

export interface Assignment {
  /** The id that the referral gets where there is none. */
  readonly referralId: string;
  readonly userId: string;
  readonly affiliateId: string;
  /** One of the affiliate's codes, folded. Null: the one the user came by, if it is theirs, else their first one. */
  readonly code: string | null;
  readonly reason: string;
  readonly actor: string;
  readonly audit: string;
  readonly now: number;
}

/**
 * The batch that assigns a user to an affiliate: vouched, fixed and of no payment's doing, so that no event moves the user any
 * more. Commissions stay where they are. Nothing where it is so already, the code is not the affiliate's, or the affiliate is
 * not this app's or takes no new users. Its answer is read with `readAssignment`.
 */
export function assignUser(appId: string, assignment: Assignment): readonly Statement[] {
  const { referralId, userId, affiliateId, ...rest } = assignment;
  const params = { app: appId, referral: referralId, user_id: userId, affiliate: affiliateId, ...rest };
  return ASSIGN.map((build) => build(params));
}

export interface AssignmentAnswer {
  readonly affiliateStatus: AffiliateStatus;
  /** Whether the code asked for is one of theirs. */
  readonly isCodeTheirs: boolean;
  /** The user's referral as it is now, null without one. */
  readonly referral: ReferralOfUser | null;
}

export interface ReferralOfUser extends ReferralRecord {
  readonly affiliateId: string;
}

/** Reads the last statements of the batch. Null: the app has no such affiliate. */
export function readAssignment(results: readonly (readonly Row[])[]): AssignmentAnswer | null {
  const [affiliate, referral] = results.slice(-2).map((rows) => rows[0]);
  if (affiliate === undefined) return null;
  return {
    affiliateStatus: oneOf(affiliate, "status", ["applied", "active", "suspended", "revoked"]),
    isCodeTheirs: integerOf(affiliate, "is_code_theirs") === 1,
    referral: referral === undefined ? null : { ...toReferral(referral), affiliateId: textOf(referral, "affiliate") },
  };
}

const IS_THEIRS = `EXISTS (SELECT 1 FROM code k WHERE k.code = :code AND k.app = o.app AND k.affiliate = o.id)`;

/** The user and whose they are to be, while they are not so yet. */
const WANTED = `
  SELECT w.* FROM (
    SELECT o.app, :user_id AS user_id, o.id AS affiliate,
      coalesce(:code, iif(r.affiliate = o.id, r.code, NULL), o.code) AS code, r.id AS referral, r.affiliate AS old_affiliate,
      r.code AS old_code, r.trust, r.payment
    FROM affiliate o LEFT JOIN referral r ON r.app = o.app AND r.user_id = :user_id
    WHERE o.app = :app AND o.id = :affiliate AND o.status IN ('active', 'suspended') AND (:code IS NULL OR ${IS_THEIRS})
  ) w
  WHERE w.referral IS NULL OR w.old_affiliate <> w.affiliate OR w.old_code <> w.code OR w.trust <> 'vouched'
    OR w.payment IS NOT NULL`;

const ASSIGN = [
  statement(`
    INSERT INTO audit (app, id, actor, action, object, before, after, reason, created_at)
    SELECT w.app, :audit, :actor, 'referral.assigned', coalesce(w.referral, :referral),
      iif(w.referral IS NULL, NULL, json_object('affiliate', w.old_affiliate, 'code', w.old_code)),
      json_object('affiliate', w.affiliate, 'code', w.code), :reason, :now
    FROM (${WANTED}) w WHERE true
    ON CONFLICT DO NOTHING`),
  statement(wakePaymentsOf(WANTED)),
  // Whoever is another affiliate's from now on has their months anew; a signup of theirs counts for the new code.
  statement(`
    INSERT INTO referral (app, id, user_id, affiliate, code, trust, fixed_at, seen_at, created_at)
    SELECT w.app, :referral, w.user_id, w.affiliate, w.code, 'vouched', :now, :now, :now FROM (${WANTED}) w WHERE true
    ON CONFLICT (app, user_id) DO UPDATE SET
      created_at = iif(referral.affiliate = excluded.affiliate, referral.created_at, excluded.created_at),
      counted = iif(referral.affiliate = excluded.affiliate, referral.counted, 0),
      affiliate = excluded.affiliate, code = excluded.code, trust = 'vouched', fixed_at = excluded.fixed_at, flag = NULL,
      payment = NULL`),
  statement(`
    SELECT o.status, :code IS NULL OR ${IS_THEIRS} AS is_code_theirs FROM affiliate o
    WHERE o.app = :app AND o.id = :affiliate`),
  statement(`
    SELECT r.id, r.user_id, r.code, k.ref, r.created_at, r.affiliate FROM referral r JOIN code k ON k.code = r.code
    WHERE r.app = :app AND r.user_id = :user_id`),
];
