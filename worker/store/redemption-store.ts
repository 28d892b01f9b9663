import { REDEMPTION_STATUSES, type RedemptionStatus } from "../domain/redemption-status.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import { FRIEND_CODE, mayRefer } from "./credit-account-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { CALL_APP } from "./settle.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** That an account was referred, once and for ever, and what it brought both sides. */
export interface Redemption {
  readonly id: string;
  readonly referredAccount: string;
  readonly referrerAccount: string;
  readonly code: string;
  readonly status: RedemptionStatus;
  readonly referrerAward: number;
  readonly refereeAward: number;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly revokedAt: number | null;
  readonly reason: string | null;
  /** Whether it waited longer than the program lets it. */
  readonly isExpired: boolean;
  /** Whether its code would still be credited to its referrer. */
  readonly isCodeLive: boolean;
}

/** What binds a redemption's batch. `country`, `email_hmac` are the friend's, null where nobody said. */
export interface RedeemParams {
  readonly app: string;
  readonly code: string;
  readonly account: string;
  readonly redemption: string;
  readonly country: string | null;
  readonly email_hmac: string | null;
  /** 1 where the caller says that it is to be completed later. */
  readonly pending: 0 | 1;
  readonly now: number;
}

/**
 * The batch of a redemption: who was brought by whom, and, unless it is to wait, what both get for it: entries and events follow
 * from the row by triggers (schema/README.md). Read with `readRedeemed`.
 */
export function writeRedemption(params: RedeemParams): readonly Statement[] {
  const all = { ...params };
  return [INSERT_REDEMPTION, NOTE_FRIEND, COMPLETE_NEW, READ_REDEMPTION, READ_OFFER].map((build) => build(all));
}

/** Why a code is not redeemed, in the order in which it is told; null: it was, or a code like it would be. */
export type RedeemRefusal = "closed" | "unknown_code" | "not_eligible" | "self" | "country";

export interface Redeemed {
  /** The account's one redemption, whoever made it. */
  readonly redemption: Redemption | null;
  readonly refusal: RedeemRefusal | null;
  readonly cap: number;
}

/** Reads the last two statements of a redemption's batch, or of `completeRedemption`'s. */
export function readRedeemed(results: readonly (readonly Row[])[]): Redeemed {
  const [redemption, offer] = results.slice(-2).map((rows) => rows[0]);
  return {
    redemption: redemption === undefined ? null : toRedemption(redemption),
    refusal: offer === undefined || offer["refusal"] === null ? null : oneOf(offer, "refusal", REFUSALS),
    cap: offer === undefined ? 0 : integerOf(offer, "credit_cap"),
  };
}

/** The batch that completes an account's pending redemption: code, cap and expiry are checked then. Read with `readRedeemed`. */
export function completeRedemption(
  appId: string,
  { account, now }: { account: string; now: number },
): readonly Statement[] {
  const all = { app: appId, claimed_app: null, code: null, account, country: null, email_hmac: null, now };
  return [COMPLETE, READ_REDEMPTION, READ_OFFER].map((build) => build(all));
}

/**
 * The step that completes the redemption of an account with its first payment, for the batch of that payment, where the program
 * goes by it. `paid` is a SELECT of the account: no row where the payment is not vouched for.
 */
export function completeByPayment(paid: string): string {
  return complete(
    CALL_APP,
    `r.referred_account IN (${paid}) AND r.by_word = 0 AND p.credit_qualifying_event = 'first_payment'`,
  );
}

/**
 * The batch that takes back what the redemption, the audit line's object, brought both sides: balances may go below zero, and the
 * cap is not freed. Read with `readRevoked`.
 */
export function revokeRedemption(appId: string, { audit, reason }: { audit: AuditEntry; reason: string }) {
  const { object: redemption, now } = audit;
  const all = { app: appId, redemption, reason, now };
  return [REVOKE(all), insertAuditOfChange(appId, audit), READ_BY_ID(all)];
}

/** Reads the last statement of the batch of a revocation. */
export function readRevoked(results: readonly (readonly Row[])[]): Redemption | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : toRedemption(row);
}

export async function findRedemption(
  db: Db,
  appId: string,
  { redemptionId, now }: { redemptionId: string; now: number },
): Promise<Redemption | null> {
  return readRevoked([await db.query(READ_BY_ID({ app: appId, redemption: redemptionId, now }))]);
}

/** An app's redemptions, newest first after a cursor, at most `limit`, of one status where given. */
export async function listRedemptions(
  db: Db,
  appId: string,
  page: { status: RedemptionStatus | null; after: Cursor; limit: number; now: number },
): Promise<readonly Redemption[]> {
  const { status, after, limit, now } = page;
  const build = status === null ? LIST : LIST_OF_STATUS;
  return (await db.query(build({ app: appId, status, at: after.at, id: after.id, limit, now }))).map(toRedemption);
}

/** What a referrer brought, newest first from `offset`, at most `limit`. */
export async function listRedemptionsOf(
  db: Db,
  appId: string,
  { account, limit, offset, now }: { account: string; limit: number; offset: number; now: number },
): Promise<readonly Redemption[]> {
  return (await db.query(LIST_OF_REFERRER({ app: appId, account, limit, offset, now }))).map(toRedemption);
}

/** A referrer's sums. */
export interface ReferrerSums {
  readonly ref: string | null;
  readonly total: number;
  readonly successful: number;
  readonly earned: number;
  readonly cap: number;
  readonly lastAt: number | null;
}

/** Null: no such app. */
export async function readReferrerSums(db: Db, appId: string, account: string): Promise<ReferrerSums | null> {
  const [row] = await db.query(SUMS({ app: appId, account }));
  if (row === undefined) return null;
  return {
    ref: textOrNull(row, "ref"),
    total: integerOf(row, "total"),
    successful: integerOf(row, "successful"),
    earned: integerOf(row, "earned"),
    cap: integerOf(row, "credit_cap"),
    lastAt: integerOrNull(row, "last_at"),
  };
}

const REFUSALS = ["closed", "unknown_code", "not_eligible", "self", "country"] as const;
const DAY_MS = 86_400_000;

const EARNED = (account: string) => `
  coalesce((SELECT a.earned FROM credit_account a WHERE a.app = p.id AND a.account = ${account}), 0)`;
const IS_CAPPED = (account: string) => `(${EARNED(account)} >= p.credit_cap)`;
/** The twin of domain/credit-award.ts. */
const REFERRER_AWARD = (account: string) => `max(0, min(p.credit_referrer_award, p.credit_cap - ${EARNED(account)}))`;
const REFEREE_AWARD = (account: string) =>
  `iif(${IS_CAPPED(account)} AND NOT p.credit_bonus_when_capped, 0, p.credit_referee_award)`;

/**
 * The friend has paid just before the app heard of who brought them, by somebody's word that counts: then the first payment is not
 * waited for. Who has been paying for longer came without a friend, and the next payment counts.
 */
const HAS_PAID = `
  (EXISTS (SELECT 1 FROM claim m WHERE m.app = p.id AND m.user_id = :account AND m.source <> 'public'
      AND m.received_at > :now - ${DAY_MS})
    OR EXISTS (SELECT 1 FROM stripe_payment s CROSS JOIN stripe_object o ON o.app = s.app AND o.payment = s.payment
      WHERE s.app = p.id AND s.user_id = :account AND o.captured IS NOT NULL AND o.occurred_at > :now - ${DAY_MS}))`;

/** What is known of the e-mail of an account of the app `p`. */
const EMAIL_OF = (account: string) =>
  `(SELECT a.email_hmac FROM credit_account a WHERE a.app = p.id AND a.account = ${account})`;

/** Whether a referrer and a friend are one person, as far as anybody has told their e-mails. `told` is what is told now. */
const isSamePerson = ({ referrer, friend, told }: { referrer: string; friend: string; told: string }) => `
  (${referrer} = ${friend} OR coalesce(coalesce(${told}, ${EMAIL_OF(friend)}) IN (${EMAIL_OF(referrer)},
    (SELECT o.email_hmac FROM affiliate o WHERE o.app = p.id AND o.account_id = ${referrer})), 0))`;

/** Why not, of the code's owner `w` in the app `p`; `w` may be missing. */
const REFUSAL = `
  CASE
    WHEN p.credit_accounts = 'none' THEN 'closed'
    WHEN w.account IS NULL THEN 'unknown_code'
    WHEN ${isSamePerson({ referrer: "w.account", friend: ":account", told: ":email_hmac" })} THEN 'self'
    WHEN NOT ${mayRefer("w.account")} THEN 'not_eligible'
    WHEN p.credit_countries <> '[]' AND coalesce(:country, '') NOT IN (SELECT c.value FROM json_each(p.credit_countries) c)
      THEN 'country'
  END`;
const OFFER = `FROM app p LEFT JOIN (${FRIEND_CODE}) w ON w.app = p.id WHERE p.id = :app`;

const INSERT_REDEMPTION = statement(`
  INSERT INTO redemption (app, referred_account, id, referrer_account, code, status, by_word, created_at)
  SELECT p.id, :account, :redemption, w.account, w.code, 'pending', :pending, :now ${OFFER} AND w.account IS NOT NULL AND ${REFUSAL} IS NULL
  ON CONFLICT DO NOTHING`);

/** The friend's e-mail is kept as a hash, so that the friend cannot later bring themselves. Only where the redemption is new. */
const NOTE_FRIEND = statement(`
  INSERT INTO credit_account (app, account, email_hmac, created_at)
  SELECT r.app, r.referred_account, :email_hmac, :now FROM redemption r WHERE r.app = :app AND r.id = :redemption
  ON CONFLICT (app, account) DO UPDATE SET email_hmac = coalesce(credit_account.email_hmac, excluded.email_hmac)`);

/** A pending redemption of the app `p` past its day. */
const IS_EXPIRED = `coalesce(r.created_at + p.credit_pending_days * ${DAY_MS} <= :now, 0)`;
/** A code refreshed, retired or revoked since, or somebody else's account by now, credits nobody. */
const IS_CODE_LIVE = `EXISTS (
  SELECT 1 FROM code k LEFT JOIN affiliate o ON o.app = k.app AND o.id = k.affiliate
  WHERE k.code = r.code AND k.app = r.app AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)
    AND coalesce(k.account, o.account_id) = r.referrer_account)`;

function complete(app: string, which: string): string {
  return `
    UPDATE redemption AS r SET
      status = iif(${IS_CAPPED("r.referrer_account")}, 'capped', 'successful'),
      referrer_award = ${REFERRER_AWARD("r.referrer_account")}, referred_award = ${REFEREE_AWARD("r.referrer_account")},
      completed_at = :now
    FROM app p
    WHERE p.id = ${app} AND r.app = p.id AND ${which} AND r.status = 'pending'
      AND p.credit_accounts <> 'none' AND NOT ${IS_EXPIRED} AND ${IS_CODE_LIVE} AND ${mayRefer("r.referrer_account")}
      AND NOT ${isSamePerson({ referrer: "r.referrer_account", friend: "r.referred_account", told: "NULL" })}`;
}

const COMPLETE = statement(complete(":app", "r.referred_account = :account"));
/** What this batch made, unless it waits for its caller's word or for a first payment that has not been. */
const COMPLETE_NEW = statement(
  complete(
    ":app",
    `r.referred_account = :account AND r.id = :redemption AND :pending = 0
      AND (p.credit_qualifying_event = 'signup' OR ${HAS_PAID})`,
  ),
);

export const REDEMPTION_COLUMNS = `
  r.*, p.credit_cap, r.status = 'pending' AND ${IS_EXPIRED} AS is_expired, ${IS_CODE_LIVE} AS is_code_live`;
const FROM_REDEMPTION = "FROM redemption r CROSS JOIN app p";
const READ_REDEMPTION = statement(`
  SELECT ${REDEMPTION_COLUMNS} ${FROM_REDEMPTION} WHERE r.app = :app AND r.referred_account = :account AND p.id = r.app`);
const READ_BY_ID = statement(`
  SELECT ${REDEMPTION_COLUMNS} ${FROM_REDEMPTION} WHERE r.app = :app AND r.id = :redemption AND p.id = r.app`);
const READ_OFFER = statement(`SELECT p.credit_cap, ${REFUSAL} AS refusal ${OFFER}`);

const REVOKE = statement(`
  UPDATE redemption SET status = 'revoked', revoked_at = :now, reason = :reason
  WHERE app = :app AND id = :redemption AND status <> 'revoked'`);
const LIST = statement(`
  SELECT ${REDEMPTION_COLUMNS} FROM redemption r INDEXED BY redemption_by_time CROSS JOIN app p
  WHERE r.app = :app AND p.id = r.app AND (r.created_at, r.id) < (:at, :id)
  ORDER BY r.created_at DESC, r.id DESC LIMIT :limit`);
const LIST_OF_STATUS = statement(`
  SELECT ${REDEMPTION_COLUMNS} FROM redemption r INDEXED BY redemption_by_status CROSS JOIN app p
  WHERE r.app = :app AND p.id = r.app AND r.status = :status AND (r.created_at, r.id) < (:at, :id)
  ORDER BY r.created_at DESC, r.id DESC LIMIT :limit`);
const LIST_OF_REFERRER = statement(`
  SELECT ${REDEMPTION_COLUMNS} FROM redemption r INDEXED BY redemption_by_referrer CROSS JOIN app p
  WHERE r.app = :app AND p.id = r.app AND r.referrer_account = :account
  ORDER BY r.created_at DESC, r.id DESC LIMIT :limit OFFSET :offset`);
const SUMS = statement(`
  SELECT p.credit_cap, coalesce(a.earned, 0) AS earned,
    (SELECT k.ref FROM code k WHERE k.code = a.code AND k.state = 'active') AS ref,
    (SELECT count(*) FROM redemption r INDEXED BY redemption_by_referrer
      WHERE r.app = p.id AND r.referrer_account = :account) AS total,
    (SELECT count(*) FROM redemption r INDEXED BY redemption_by_referrer WHERE r.app = p.id AND r.referrer_account = :account
      AND r.status = 'successful' AND r.referrer_award > 0) AS successful,
    (SELECT max(r.created_at) FROM redemption r INDEXED BY redemption_by_referrer WHERE r.app = p.id AND r.referrer_account = :account) AS last_at
  FROM app p LEFT JOIN credit_account a ON a.app = p.id AND a.account = :account
  WHERE p.id = :app`);

export function toRedemption(row: Row): Redemption {
  return {
    id: textOf(row, "id"),
    referredAccount: textOf(row, "referred_account"),
    referrerAccount: textOf(row, "referrer_account"),
    code: textOf(row, "code"),
    status: oneOf(row, "status", REDEMPTION_STATUSES),
    referrerAward: integerOf(row, "referrer_award"),
    refereeAward: integerOf(row, "referred_award"),
    createdAt: integerOf(row, "created_at"),
    completedAt: integerOrNull(row, "completed_at"),
    revokedAt: integerOrNull(row, "revoked_at"),
    reason: textOrNull(row, "reason"),
    isExpired: integerOf(row, "is_expired") === 1,
    isCodeLive: integerOf(row, "is_code_live") === 1,
  };
}
