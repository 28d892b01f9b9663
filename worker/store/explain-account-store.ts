import type { RedemptionFacts } from "../domain/account-findings.ts";
import type { Db, Row } from "./db.ts";
import { AFFILIATE_STATUSES } from "./explain-conversion-state.ts";
import { type CodeOwner, STATUS_SINCE } from "./explain-code-store.ts";
import { MAX_EXPLAINED } from "./explain-conversion-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** A referred account, seen from the account that is asked about. */
export interface ExplainedRedemption extends RedemptionFacts {
  readonly id: string;
  /** Whether the account brought the other one, or was brought by it. */
  readonly role: "referrer" | "referred";
  readonly otherAccountId: string;
  /** What the account got of it. */
  readonly credits: number;
  readonly reason: string | null;
  readonly completedAt: number | null;
}

export interface AccountFacts {
  /** The affiliate that the account is; null: it has not joined. */
  readonly affiliate: CodeOwner | null;
  /** Whether it is on the app's list of accounts that may join. */
  readonly isListed: boolean;
  /** The newest 100 in either role. */
  readonly redemptions: readonly ExplainedRedemption[];
}

/** What is known of an account of the host's application, beside what its user id was seen in. */
export async function readAccountFacts(db: Db, appId: string, accountId: string): Promise<AccountFacts> {
  const params = { app: appId, account_id: accountId, limit: MAX_EXPLAINED };
  const [affiliates, listed, redemptions] = await Promise.all([
    db.query(AFFILIATE(params)),
    db.query(LISTED(params)),
    db.query(REDEMPTIONS(params)),
  ]);
  const [affiliate] = affiliates;
  return {
    affiliate: affiliate === undefined ? null : toOwner(affiliate),
    isListed: listed.length > 0,
    redemptions: redemptions.map(toRedemption),
  };
}

const AFFILIATE = statement(`
  SELECT o.id, o.name, o.status, o.created_at, ${STATUS_SINCE} AS status_since FROM affiliate o
  WHERE o.app = :app AND o.account_id = :account_id`);
const LISTED = statement("SELECT 1 AS listed FROM join_account l WHERE l.app = :app AND l.account_id = :account_id");
const REDEMPTION = "r.id, r.status, r.created_at, r.completed_at, r.revoked_at, r.reason";
const REDEMPTIONS = statement(`
  SELECT * FROM (
    SELECT 'referred' AS role, r.referrer_account AS other, r.referred_award AS credits, ${REDEMPTION} FROM redemption r
    WHERE r.app = :app AND r.referred_account = :account_id)
  UNION ALL
  SELECT * FROM (
    SELECT 'referrer', r.referred_account, r.referrer_award, ${REDEMPTION} FROM redemption r
    WHERE r.app = :app AND r.referrer_account = :account_id ORDER BY r.created_at DESC LIMIT :limit)`);

function toOwner(row: Row): CodeOwner {
  return {
    id: textOf(row, "id"),
    name: textOrNull(row, "name"),
    status: oneOf(row, "status", AFFILIATE_STATUSES),
    statusSince: integerOrNull(row, "status_since"),
    createdAt: integerOf(row, "created_at"),
  };
}

function toRedemption(row: Row): ExplainedRedemption {
  return {
    id: textOf(row, "id"),
    role: oneOf(row, "role", ["referrer", "referred"]),
    otherAccountId: textOf(row, "other"),
    credits: integerOf(row, "credits"),
    status: oneOf(row, "status", ["pending", "successful", "capped", "revoked"]),
    reason: textOrNull(row, "reason"),
    createdAt: integerOf(row, "created_at"),
    completedAt: integerOrNull(row, "completed_at"),
    revokedAt: integerOrNull(row, "revoked_at"),
  };
}
