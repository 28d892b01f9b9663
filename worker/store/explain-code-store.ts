import type { AffiliateFacts, CodeFacts } from "../domain/findings.ts";
import type { Db, Row } from "./db.ts";
import { AFFILIATE_STATUSES } from "./explain-conversion-state.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** Whose a code is. */
export interface CodeOwner extends AffiliateFacts {
  readonly id: string;
  readonly name: string | null;
  readonly createdAt: number;
}

export interface ExplainedCode extends CodeFacts {
  readonly code: string;
  readonly ref: string;
  readonly affiliate: CodeOwner | null;
  readonly createdAt: number;
}

/** Those of these codes that an app ever issued: another app's are as if nobody had. */
export async function findCodes(db: Db, appId: string, codes: readonly string[]): Promise<readonly ExplainedCode[]> {
  if (codes.length === 0) return [];
  return (await db.query(FIND({ app: appId, codes: JSON.stringify(codes) }))).map(toCode);
}

/** An affiliate's codes, the newest first. */
export async function listCodes(
  db: Db,
  appId: string,
  { affiliateId, limit }: { affiliateId: string; limit: number },
): Promise<readonly ExplainedCode[]> {
  return (await db.query(LIST({ app: appId, affiliate: affiliateId, limit }))).map(toCode);
}

export interface CodeCounts {
  readonly clicks: number;
  readonly signups: number;
  readonly conversions: number;
  readonly refunds: number;
  readonly lastDay: number | null;
}

/** What happened on these codes from a day on. */
export async function countCodes(
  db: Db,
  appId: string,
  { codes, fromDay }: { codes: readonly string[]; fromDay: number },
): Promise<CodeCounts> {
  const [row] = await db.query(COUNT({ app: appId, codes: JSON.stringify(codes), from_day: fromDay }));
  if (row === undefined) return { clicks: 0, signups: 0, conversions: 0, refunds: 0, lastDay: null };
  return {
    clicks: integerOf(row, "clicks"),
    signups: integerOf(row, "signups"),
    conversions: integerOf(row, "conversions"),
    refunds: integerOf(row, "refunds"),
    lastDay: integerOrNull(row, "last_day"),
  };
}

/**
 * How many of an affiliate's referrals came by a code, among at most `limit` of them: `isAll` says whether that were all. No
 * index is by code, and an affiliate may have a million.
 */
export async function countReferrals(
  db: Db,
  appId: string,
  of: { affiliateId: string; code: string; limit: number },
): Promise<{ readonly count: number; readonly isAll: boolean }> {
  const params = { app: appId, affiliate: of.affiliateId, code: of.code, limit: of.limit };
  const [row] = await db.query(COUNT_REFERRALS(params));
  if (row === undefined) return { count: 0, isAll: true };
  return { count: integerOf(row, "count"), isAll: integerOf(row, "looked_at") < of.limit };
}

/** When the affiliate `o` got its status: by the log, for a revocation by the affiliate itself. Null: it has it from the beginning. */
export const STATUS_SINCE = `
  coalesce(o.revoked_at, (SELECT l.created_at FROM audit l WHERE l.app = o.app AND l.object = o.id
    AND l.after ->> 'status' = o.status ORDER BY l.seq DESC LIMIT 1),
    iif(o.status = 'applied', o.created_at, NULL))`;

const COLUMNS = `
  k.code, k.ref, k.state, k.expires_at, k.created_at, o.id AS affiliate, o.name, o.status,
    o.created_at AS joined_at, ${STATUS_SINCE} AS status_since,
    (SELECT l.created_at FROM audit l WHERE l.app = k.app AND l.object = k.affiliate AND l.action = 'code.retired'
      AND lower(l.before ->> 'ref') = k.code ORDER BY l.seq DESC LIMIT 1) AS retired_at`;
const OWNER = "LEFT JOIN affiliate o ON o.app = k.app AND o.id = k.affiliate";

const FIND = statement(`
  SELECT ${COLUMNS} FROM json_each(:codes) j CROSS JOIN code k ON k.code = j.value AND k.app = :app ${OWNER}`);
const LIST = statement(`
  SELECT ${COLUMNS} FROM code k ${OWNER} WHERE k.app = :app AND k.affiliate = :affiliate ORDER BY k.created_at DESC, k.code LIMIT :limit`);
const COUNT = statement(`
  SELECT coalesce(sum(d.clicks), 0) AS clicks, coalesce(sum(d.signups), 0) AS signups,
    coalesce(sum(d.conversions), 0) AS conversions, coalesce(sum(d.refunds), 0) AS refunds, max(d.day) AS last_day
  FROM json_each(:codes) j CROSS JOIN code_day d WHERE d.app = :app AND d.code = j.value AND d.day >= :from_day`);
const COUNT_REFERRALS = statement(`
  SELECT coalesce(sum(n.code = :code), 0) AS count, count(*) AS looked_at FROM (
    SELECT r.code FROM referral r WHERE r.app = :app AND r.affiliate = :affiliate LIMIT :limit) n`);

function toCode(row: Row): ExplainedCode {
  return {
    code: textOf(row, "code"),
    ref: textOf(row, "ref"),
    state: oneOf(row, "state", ["active", "retired", "revoked"]),
    expiresAt: integerOrNull(row, "expires_at"),
    retiredAt: integerOrNull(row, "retired_at"),
    createdAt: integerOf(row, "created_at"),
    affiliate: row["affiliate"] === null ? null : toOwner(row),
  };
}

function toOwner(row: Row): CodeOwner {
  return {
    id: textOf(row, "affiliate"),
    name: textOrNull(row, "name"),
    status: oneOf(row, "status", AFFILIATE_STATUSES),
    statusSince: integerOrNull(row, "status_since"),
    createdAt: integerOf(row, "joined_at"),
  };
}
