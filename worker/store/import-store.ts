import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import type { Db, Row, Statement } from "./db.ts";
import { AFFILIATE_STATUSES } from "./explain-conversion-state.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/*
 * A page of a file that moves in is one batch of few statements over its rows as JSON. Each row is gated by its natural key, so
 * that a batch that is repeated, or a file that is, writes nothing more. Nobody is mailed. Events are told as of anybody who joins.
 */

/** Who moves a page in, and why it says so in the audit log. */
export interface ImportBy {
  readonly actor: string;
  readonly reason: string;
  readonly now: number;
}

/** An affiliate to be made with a first code. Ids are made for each try. */
export interface NewImportedAffiliate {
  readonly id: string;
  readonly audit: string;
  readonly email: string;
  readonly emailHmac: string;
  readonly name: string | null;
  readonly ref: string;
  readonly code: string;
  readonly rateBps: number | null;
  readonly status: "active" | "suspended";
  readonly createdAt: number;
}

export interface NewImportedCode {
  readonly audit: string;
  readonly email: string;
  readonly ref: string;
  readonly code: string;
  readonly createdAt: number;
}

/** A customer of the affiliate with this e-mail; without one, of the affiliate whose code it is. */
export interface NewImportedReferral {
  readonly id: string;
  readonly audit: string;
  readonly userId: string;
  readonly email: string | null;
  readonly code: string | null;
  readonly emailHmac: string | null;
  readonly emailMask: string | null;
  readonly createdAt: number;
}

/** Makes those whose e-mail and code are both free. */
export function insertImportedAffiliates(
  appId: string,
  rows: readonly NewImportedAffiliate[],
  by: ImportBy,
): readonly Statement[] {
  return run(INSERT_AFFILIATES, appId, rows, by);
}

/** Gives codes that are free to their affiliates, but to nobody who was revoked. */
export function insertImportedCodes(
  appId: string,
  rows: readonly NewImportedCode[],
  by: ImportBy,
): readonly Statement[] {
  return run(INSERT_CODES, appId, rows, by);
}

/**
 * Says whose customers are, as a signup that is vouched for does: of those who have no affiliate, whose affiliate was revoked,
 * or of whom nobody but the public has spoken. It counts as no signup, now or later.
 */
export function insertImportedReferrals(
  appId: string,
  rows: readonly NewImportedReferral[],
  by: ImportBy,
): readonly Statement[] {
  return run(INSERT_REFERRALS, appId, rows, by);
}

export interface FoundAffiliate {
  readonly email: string;
  readonly id: string;
  readonly status: AffiliateStatus;
}

/** The affiliates of the app with these folded e-mails. */
export async function findByEmails(
  db: Db,
  appId: string,
  emails: readonly string[],
): Promise<readonly FoundAffiliate[]> {
  const rows = await db.query(FIND_BY_EMAILS({ app: appId, emails: JSON.stringify(emails) }));
  return rows.map((row) => ({ email: textOf(row, "email"), ...toAffiliate(row) }));
}

/** Whose these folded codes are, of those ever issued; null is nobody who is an affiliate of the app. */
export async function findOwners(
  db: Db,
  appId: string,
  codes: readonly string[],
): Promise<readonly { readonly code: string; readonly affiliate: Omit<FoundAffiliate, "email"> | null }[]> {
  const rows = await db.query(FIND_OWNERS({ app: appId, codes: JSON.stringify(codes) }));
  return rows.map((row) => ({
    code: textOf(row, "code"),
    affiliate: textOrNull(row, "id") === null ? null : toAffiliate(row),
  }));
}

/** The affiliates of these users. `isOpen`: a word that is vouched for may say otherwise. */
export async function findReferrals(
  db: Db,
  appId: string,
  userIds: readonly string[],
): Promise<readonly { readonly userId: string; readonly affiliateId: string; readonly isOpen: boolean }[]> {
  const rows = await db.query(FIND_REFERRALS({ app: appId, users: JSON.stringify(userIds) }));
  return rows.map((row) => ({
    userId: textOf(row, "user_id"),
    affiliateId: textOf(row, "affiliate"),
    isOpen: integerOf(row, "is_open") === 1,
  }));
}

/** The amounts of the corrections with these ids. */
export async function findAmounts(db: Db, appId: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query(FIND_AMOUNTS({ app: appId, ids: JSON.stringify(ids) }));
  return new Map(rows.map((row) => [textOf(row, "id"), integerOf(row, "amount")]));
}

/**
 * An affiliate's e-mail with its hash, to see whether the secret is the one it was made with: one of the app's, or of another app,
 * for all have one secret. Null where there is none.
 */
export async function findHashedEmail(
  db: Db,
  appId: string,
): Promise<{ readonly email: string; readonly emailHmac: string } | null> {
  const [own] = await db.query(FIND_HASHED({ app: appId }));
  const [row] = own === undefined ? await db.query(FIND_ANY_HASHED({})) : [own];
  return row === undefined ? null : { email: textOf(row, "email"), emailHmac: textOf(row, "email_hmac") };
}

function run(
  statements: readonly ReturnType<typeof statement>[],
  appId: string,
  rows: readonly object[],
  by: ImportBy,
): readonly Statement[] {
  return statements.map((build) => build({ app: appId, rows: JSON.stringify(rows), ...by }));
}

function toAffiliate(row: Row) {
  return { id: textOf(row, "id"), status: oneOf(row, "status", AFFILIATE_STATUSES) };
}

/** The rows as columns, by the names that they have in a page. */
const rowsOf = (columns: Readonly<Record<string, string>>) =>
  `SELECT ${Object.entries(columns)
    .map(([column, name]) => `j.value ->> '${name}' AS ${column}`)
    .join(", ")} FROM json_each(:rows) j`;

const AFFILIATES = rowsOf({
  id: "id",
  audit: "audit",
  email: "email",
  email_hmac: "emailHmac",
  name: "name",
  ref: "ref",
  code: "code",
  bps: "rateBps",
  status: "status",
  created_at: "createdAt",
});
/** Those of the page that this batch, in this run or an earlier one, has made and not yet told the audit log of. */
const MADE = `
  SELECT n.* FROM (${AFFILIATES}) n CROSS JOIN affiliate a
  WHERE a.app = :app AND a.id = n.id AND NOT EXISTS (SELECT 1 FROM audit l WHERE l.app = :app AND l.id = n.audit)`;
// Two of a page with one code fail it whole: nobody is left with somebody else's code.
const INSERT_AFFILIATES = [
  statement(`
    INSERT INTO affiliate (app, id, email, email_hmac, name, code, status, created_at)
    SELECT p.id, n.id, n.email, n.email_hmac, n.name, n.code, n.status, n.created_at FROM (${AFFILIATES}) n CROSS JOIN app p
    WHERE p.id = :app AND NOT EXISTS (SELECT 1 FROM code k WHERE k.code = n.code)
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO code (code, app, affiliate, ref, created_at)
    SELECT n.code, :app, n.id, n.ref, n.created_at FROM (${MADE}) n`),
  statement(`
    INSERT INTO rate (app, affiliate, bps, effective_from, actor)
    SELECT :app, n.id, n.bps, min(n.created_at, p.created_at), :actor FROM (${MADE}) n CROSS JOIN app p
    WHERE p.id = :app AND n.bps IS NOT NULL`),
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT :app, n.audit, :actor, 'affiliate.created', n.id,
      json_object('ref', n.ref, 'status', n.status, 'rateBps', n.bps), :reason, :now
    FROM (${MADE}) n`),
];

const CODES = rowsOf({ audit: "audit", email: "email", ref: "ref", code: "code", created_at: "createdAt" });
const FREE_CODES = `
  SELECT n.*, a.id AS affiliate FROM (${CODES}) n CROSS JOIN affiliate a
  WHERE a.app = :app AND a.email = n.email AND a.status <> 'revoked'
    AND NOT EXISTS (SELECT 1 FROM code k WHERE k.code = n.code)`;
const INSERT_CODES = [
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT :app, n.audit, :actor, 'code.issued', n.affiliate, json_object('ref', n.ref), :reason, :now
    FROM (${FREE_CODES}) n`),
  statement(`
    INSERT INTO code (code, app, affiliate, ref, created_at)
    SELECT n.code, :app, n.affiliate, n.ref, n.created_at FROM (${FREE_CODES}) n WHERE true
    ON CONFLICT DO NOTHING`),
];

const REFERRALS = rowsOf({
  id: "id",
  audit: "audit",
  user_id: "userId",
  email: "email",
  code: "code",
  email_hmac: "emailHmac",
  email_mask: "emailMask",
  created_at: "createdAt",
});
/** The customers whose affiliate is not settled, with the one they are to be of: one who takes customers, by a code of theirs. */
const UNSETTLED = `
  SELECT o.app, n.*, o.id AS affiliate, coalesce(n.code, o.code) AS by_code, r.id AS referral, r.affiliate AS old_affiliate,
    r.code AS old_code
  FROM (${REFERRALS}) n
  LEFT JOIN code k ON k.code = n.code AND k.app = :app
  CROSS JOIN affiliate o
  LEFT JOIN referral r ON r.app = :app AND r.user_id = n.user_id
  LEFT JOIN affiliate ro ON ro.app = r.app AND ro.id = r.affiliate
  WHERE o.app = :app
    AND o.id = iif(n.email IS NULL, k.affiliate, (SELECT e.id FROM affiliate e WHERE e.app = :app AND e.email = n.email))
    AND o.status IN ('active', 'suspended') AND (n.code IS NULL OR k.affiliate = o.id)
    AND (r.id IS NULL OR ro.status = 'revoked' OR (r.trust = 'public' AND r.fixed_at IS NULL))`;
const INSERT_REFERRALS = [
  statement(`
    INSERT INTO audit (app, id, actor, action, object, before, after, reason, created_at)
    SELECT n.app, n.audit, :actor, 'referral.assigned', coalesce(n.referral, n.id),
      iif(n.referral IS NULL, NULL, json_object('affiliate', n.old_affiliate, 'code', n.old_code)),
      json_object('affiliate', n.affiliate, 'code', n.by_code), :reason, :now
    FROM (${UNSETTLED}) n`),
  // As after a signup, the payments of theirs that wait are decided again. By IN, so that each is found by its user.
  statement(`
    UPDATE stripe_payment SET look_at = :now
    WHERE app = :app AND state = 'parked' AND user_id IN (SELECT n.user_id FROM (${UNSETTLED}) n)`),
  statement(`
    INSERT INTO referral (app, id, user_id, affiliate, code, trust, fixed_at, email_hmac, email_mask, email_trust, seen_at,
      created_at, counted)
    SELECT n.app, n.id, n.user_id, n.affiliate, n.by_code, 'vouched', :now, n.email_hmac, n.email_mask,
      iif(n.email_hmac IS NULL, NULL, 'vouched'), n.created_at, n.created_at, 1
    FROM (${UNSETTLED}) n WHERE true
    ON CONFLICT (app, user_id) DO UPDATE SET
      created_at = iif(referral.affiliate = excluded.affiliate, min(referral.created_at, excluded.created_at),
        excluded.created_at),
      seen_at = iif(referral.affiliate = excluded.affiliate, min(referral.seen_at, excluded.seen_at), excluded.seen_at),
      affiliate = excluded.affiliate, code = excluded.code, trust = 'vouched', fixed_at = excluded.fixed_at, flag = NULL,
      payment = NULL, counted = 1,
      email_hmac = coalesce(excluded.email_hmac, referral.email_hmac),
      email_mask = coalesce(excluded.email_mask, referral.email_mask),
      email_trust = coalesce(excluded.email_trust, referral.email_trust)`),
];

const FIND_BY_EMAILS = statement(`
  SELECT a.email, a.id, a.status FROM json_each(:emails) j CROSS JOIN affiliate a WHERE a.app = :app AND a.email = j.value`);
const FIND_OWNERS = statement(`
  SELECT k.code, a.id, a.status FROM json_each(:codes) j CROSS JOIN code k
  LEFT JOIN affiliate a ON a.app = :app AND a.app = k.app AND a.id = k.affiliate WHERE k.code = j.value`);
const FIND_REFERRALS = statement(`
  SELECT r.user_id, r.affiliate, a.status = 'revoked' OR (r.trust = 'public' AND r.fixed_at IS NULL) AS is_open
  FROM json_each(:users) j CROSS JOIN referral r CROSS JOIN affiliate a
  WHERE r.app = :app AND r.user_id = j.value AND a.app = r.app AND a.id = r.affiliate`);
const FIND_AMOUNTS = statement(`
  SELECT k.id, k.amount FROM json_each(:ids) j CROSS JOIN correction k WHERE k.app = :app AND k.id = j.value`);
const FIND_HASHED = statement(`
  SELECT a.email, a.email_hmac FROM affiliate a WHERE a.app = :app AND a.email > '' AND a.email_hmac IS NOT NULL LIMIT 1`);
const FIND_ANY_HASHED = statement(`
  SELECT a.email, a.email_hmac FROM affiliate a WHERE a.email > '' AND a.email_hmac IS NOT NULL LIMIT 1`);
