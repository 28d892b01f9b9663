import { insertAuditOfChange, type AuditEntry } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

/**
 * Whether an account of the app `p` may refer friends (domain/credit-program.ts).
 */
export const mayRefer = (account: string) => `
  (p.credit_accounts = 'all' OR (p.credit_accounts = 'listed' AND EXISTS (
    SELECT 1 FROM join_account l WHERE l.app = p.id AND l.account_id = ${account})))`;

/** An account's own friend code while it is live, as rows (code, ref). */
const OWN_CODE = `
  SELECT k.code, k.ref FROM credit_account a JOIN code k ON k.code = a.code
  WHERE a.app = :app AND a.account = :account AND k.state = 'active'`;

/**
 * Whose friend code `:code` is now, as rows (app, code, account): a code of an account, or any code of an affiliate who is that
 * account, for the same code earns both.
 */
export const FRIEND_CODE = `
  SELECT k.app, k.code, coalesce(k.account, o.account_id) AS account
  FROM code k LEFT JOIN affiliate o ON o.app = k.app AND o.id = k.affiliate
  WHERE k.code = :code AND k.app = :app AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)
    AND coalesce(k.account, o.account_id) IS NOT NULL`;

/** The batch that gives an account its code, unless it has a live one or may not refer. Read with `readCode`. */
export function writeFirstCode(
  appId: string,
  { account, ref, code, now }: { account: string; ref: string; code: string; now: number },
): readonly Statement[] {
  const params = { app: appId, account, ref, code, now };
  return [INSERT_FIRST_CODE(params), TAKE_CODE(params), READ_CODE(params)];
}

interface NextCode {
  readonly account: string;
  readonly ref: string;
  readonly code: string;
  /** At most `max` codes of an account are made after this instant. */
  readonly since: number;
  readonly max: number;
  readonly audit: AuditEntry;
}

/**
 * The batch that gives an account another code and leaves a tombstone of its own one. Codes of its affiliate that are not its
 * friend code stay. Read with `readCode`.
 */
export function writeNextCode(
  appId: string,
  { account, ref, code, since, max, audit }: NextCode,
): readonly Statement[] {
  const params = { app: appId, account, ref, code, since, max, now: audit.now };
  return [
    INSERT_NEXT_CODE(params),
    MOVE_PRIMARY(params),
    RETIRE_CODE(params),
    TAKE_CODE(params),
    insertAuditOfChange(appId, audit),
    READ_CODE(params),
  ];
}

/** An account's own code, the program's template and site, and whether it may refer. Null: no such app. */
export interface AccountCode {
  readonly ref: string | null;
  readonly shareUrl: string | null;
  readonly domain: string | null;
  readonly mayRefer: boolean;
}

export async function findAccountCode(db: Db, appId: string, account: string): Promise<AccountCode | null> {
  return readCode([await db.query(READ_CODE({ app: appId, account }))]);
}

/** Reads the last statement of either batch. */
export function readCode(results: readonly (readonly Row[])[]): AccountCode | null {
  const row = results.at(-1)?.[0];
  if (row === undefined) return null;
  return {
    ref: textOrNull(row, "ref"),
    shareUrl: textOrNull(row, "credit_share_url"),
    domain: textOrNull(row, "domain"),
    mayRefer: integerOf(row, "may_refer") === 1,
  };
}

/** Whose live friend code this is; null: nobody's. */
export async function findFriendCode(
  db: Db,
  appId: string,
  { code, now }: { code: string; now: number },
): Promise<{ readonly account: string; readonly mayRefer: boolean } | null> {
  const [row] = await db.query(FIND_FRIEND({ app: appId, code, now }));
  if (row === undefined) return null;
  return { account: textOf(row, "account"), mayRefer: integerOf(row, "may_refer") === 1 };
}

/** Notes whose an account is, by its e-mail's keyed hash: who was told first stays. */
export function noteAccountEmail(
  appId: string,
  { account, emailHmac, now }: { account: string; emailHmac: string; now: number },
): Statement {
  return NOTE_EMAIL({ app: appId, account, email_hmac: emailHmac, now });
}

/** Makes an account's friend code its affiliate's too: after the statement that makes the one the other. */
export function shareCodeWithAffiliate(appId: string, affiliateId: string): Statement {
  return SHARE_CODE({ app: appId, affiliate: affiliateId });
}

/** The affiliate that an account is, where they may bring new customers or may be let to. */
const AFFILIATE = `
  (SELECT o.id FROM affiliate o WHERE o.app = p.id AND o.account_id = :account AND o.status <> 'revoked')`;
const INSERT = `
  INSERT INTO code (code, app, affiliate, account, ref, created_at)
  SELECT :code, p.id, ${AFFILIATE}, :account, :ref, :now FROM app p WHERE p.id = :app AND ${mayRefer(":account")}`;
/** The code of this batch, if it came to be theirs. */
const TAKEN =
  "SELECT 1 FROM code n WHERE n.code = :code AND n.app = :app AND n.account = :account AND n.state = 'active'";
const OTHER_OWN = `SELECT a.code FROM credit_account a WHERE a.app = :app AND a.account = :account AND a.code <> :code`;

const INSERT_FIRST_CODE = statement(`${INSERT} AND NOT EXISTS (${OWN_CODE}) ON CONFLICT DO NOTHING`);
/** Each code stays for ever, so that nobody is given it again: an account may not make them without end. */
const MADE = "SELECT count(*) FROM code m WHERE m.app = :app AND m.account = :account AND m.created_at > :since";
const INSERT_NEXT_CODE = statement(`${INSERT} AND (${MADE}) < :max ON CONFLICT DO NOTHING`);
const MOVE_PRIMARY = statement(`
  UPDATE affiliate SET code = :code WHERE app = :app AND account_id = :account AND code = (${OTHER_OWN})
    AND EXISTS (${TAKEN} AND n.affiliate = affiliate.id)`);
const RETIRE_CODE = statement(`
  UPDATE code SET state = 'retired' WHERE code = (${OTHER_OWN}) AND state = 'active' AND EXISTS (${TAKEN})`);
const TAKE_CODE = statement(`
  INSERT INTO credit_account (app, account, code, created_at)
  SELECT n.app, n.account, n.code, :now FROM code n WHERE EXISTS (${TAKEN}) AND n.code = :code
  ON CONFLICT (app, account) DO UPDATE SET code = excluded.code WHERE credit_account.code IS NOT excluded.code`);
const READ_CODE = statement(`
  SELECT (SELECT ref FROM (${OWN_CODE})) AS ref, p.credit_share_url, p.domain, ${mayRefer(":account")} AS may_refer
  FROM app p WHERE p.id = :app`);
const FIND_FRIEND = statement(`
  SELECT f.account, ${mayRefer("f.account")} AS may_refer FROM (${FRIEND_CODE}) f JOIN app p ON p.id = f.app`);
const NOTE_EMAIL = statement(`
  INSERT INTO credit_account (app, account, email_hmac, created_at) SELECT p.id, :account, :email_hmac, :now FROM app p WHERE p.id = :app
  ON CONFLICT (app, account) DO UPDATE SET email_hmac = excluded.email_hmac WHERE credit_account.email_hmac IS NULL`);
const SHARE_CODE = statement(`
  UPDATE code SET affiliate = o.id FROM affiliate o JOIN credit_account a ON a.app = o.app AND a.account = o.account_id
  WHERE o.app = :app AND o.id = :affiliate AND o.status <> 'revoked' AND code.code = a.code AND code.affiliate IS NULL`);
