import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import { isUnlistedOrigin, LIVE_CODE } from "./call.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, patched, statement, textOf, textOrNull } from "./statement.ts";

export type { AffiliateStatus };

/** Who earns cash in an app. `rateBps` null: the app's rate. */
export interface Affiliate {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly accountId: string | null;
  readonly ref: string;
  readonly status: AffiliateStatus;
  readonly rateBps: number | null;
  readonly createdAt: number;
}

export interface NewAffiliate {
  readonly id: string;
  readonly email: string;
  readonly emailHmac: string;
  readonly name: string | null;
  readonly accountId: string | null;
  readonly code: string;
  readonly now: number;
}

export function insertAffiliate(appId: string, affiliate: NewAffiliate): Statement {
  return INSERT_AFFILIATE({
    app: appId,
    id: affiliate.id,
    email: affiliate.email,
    email_hmac: affiliate.emailHmac,
    name: affiliate.name,
    account_id: affiliate.accountId,
    code: affiliate.code,
    now: affiliate.now,
  });
}

/** The affiliates of an app with this account or this e-mail: none, one, or two that are known apart. */
export async function findAffiliates(
  db: Db,
  appId: string,
  { accountId, email }: { accountId: string | null; email: string },
): Promise<readonly Affiliate[]> {
  return (await db.query(FIND_KNOWN({ app: appId, account_id: accountId, email }))).map(toAffiliate);
}

export async function findAffiliate(db: Db, appId: string, affiliateId: string): Promise<Affiliate | null> {
  const [row] = await db.query(FIND_AFFILIATE({ app: appId, id: affiliateId }));
  return row === undefined ? null : toAffiliate(row);
}

/** Affiliates by id after a cursor, at most `limit`, of one status where given. */
export async function listAffiliates(
  db: Db,
  appId: string,
  page: { status: AffiliateStatus | null; after: Cursor; limit: number },
): Promise<readonly Affiliate[]> {
  const { at, id } = page.after;
  return (await db.query(LIST_AFFILIATES({ app: appId, status: page.status, at, id, limit: page.limit }))).map(
    toAffiliate,
  );
}

/** Changes a name or a status; a key that is absent stays. Leaving `revoked` fails the batch as a constraint. */
export function patchAffiliate(
  appId: string,
  affiliateId: string,
  { patch, now }: { patch: { name?: string | null; status?: AffiliateStatus }; now: number },
): Statement {
  return PATCH_AFFILIATE({ app: appId, id: affiliateId, patch: JSON.stringify(patch), now });
}

/** Adds the account of an affiliate that has none; the first one stays. */
export function addAccount(appId: string, affiliateId: string, accountId: string): Statement {
  return ADD_ACCOUNT({ app: appId, id: affiliateId, account_id: accountId });
}

/** Kills an affiliate's codes: for good, and only a revocation does it. */
export function revokeCodes(appId: string, affiliateId: string): Statement {
  return REVOKE_CODES({ app: appId, id: affiliateId });
}

/** A code ever issued stays in the directory for ever; a taken one fails the batch as a constraint. */
export function insertCode(
  appId: string,
  code: { affiliateId: string; ref: string; code: string; expiresAt: number | null; now: number },
): Statement {
  return INSERT_CODE({
    app: appId,
    affiliate: code.affiliateId,
    ref: code.ref,
    code: code.code,
    expires_at: code.expiresAt,
    now: code.now,
  });
}

/** A code of an affiliate, whatever its state; null when it is not theirs. */
export async function findCode(
  db: Db,
  appId: string,
  { affiliateId, code }: { affiliateId: string; code: string },
): Promise<{ readonly createdAt: number } | null> {
  const [row] = await db.query(FIND_CODE({ app: appId, affiliate: affiliateId, code }));
  return row === undefined ? null : { createdAt: integerOf(row, "created_at") };
}

/**
 * Leaves a tombstone: the code is dead for new users and never issued again. Where it was the affiliate's first one, the
 * newest that is left takes its place.
 */
export function retireCode(
  appId: string,
  { affiliateId, code, now }: { affiliateId: string; code: string; now: number },
): readonly Statement[] {
  const params = { app: appId, affiliate: affiliateId, code, now };
  return [RETIRE_CODE(params), MOVE_PRIMARY(params)];
}

/**
 * Whether a code is live in an app (active, unexpired, its affiliate neither applied nor revoked), and whether the app
 * takes no calls from this origin.
 */
export async function checkCode(
  db: Db,
  appId: string,
  { code, origin, now }: { code: string; origin: string | null; now: number },
): Promise<{ readonly isLive: boolean; readonly isOriginRefused: boolean }> {
  const [row] = await db.query(CHECK_CODE({ app: appId, code, origin, now }));
  if (row === undefined) return { isLive: false, isOriginRefused: false };
  return { isLive: integerOf(row, "live") === 1, isOriginRefused: integerOf(row, "refused") === 1 };
}

const AFFILIATE_COLUMNS = `
  a.id, a.email, a.name, a.account_id, a.status, a.created_at, k.ref,
  (SELECT r.bps FROM rate r WHERE r.app = a.app AND r.affiliate = a.id ORDER BY r.effective_from DESC, r.seq DESC LIMIT 1)
    AS rate_bps`;
const AFFILIATES = `FROM affiliate a JOIN code k ON k.code = a.code WHERE a.app = :app`;

const INSERT_AFFILIATE = statement(`
  INSERT INTO affiliate (app, id, email, email_hmac, name, account_id, code, created_at)
  VALUES (:app, :id, :email, :email_hmac, :name, :account_id, :code, :now)`);
const FIND_AFFILIATE = statement(`SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND a.id = :id`);
const FIND_KNOWN = statement(`
  SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND (a.account_id = :account_id OR a.email = :email)
  ORDER BY a.account_id IS :account_id DESC LIMIT 2`);
const LIST_AFFILIATES = statement(`
  SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND (:status IS NULL OR a.status = :status)
    AND (a.created_at, a.id) > (:at, :id)
  ORDER BY a.created_at, a.id LIMIT :limit`);
const PATCH_AFFILIATE = statement(`
  UPDATE affiliate SET ${patched("name")}, ${patched("status")},
    revoked_at = coalesce(revoked_at, iif(json_extract(:patch, '$.status') = 'revoked', :now, NULL))
  WHERE app = :app AND id = :id`);
const ADD_ACCOUNT = statement(`
  UPDATE affiliate SET account_id = :account_id WHERE app = :app AND id = :id AND account_id IS NULL`);
const REVOKE_CODES = statement("UPDATE code SET state = 'revoked' WHERE app = :app AND affiliate = :id");
const INSERT_CODE = statement(`
  INSERT INTO code (code, app, affiliate, ref, expires_at, created_at)
  VALUES (:code, :app, :affiliate, :ref, :expires_at, :now)`);
const FIND_CODE = statement("SELECT created_at FROM code WHERE app = :app AND affiliate = :affiliate AND code = :code");
const RETIRE_CODE = statement(`
  UPDATE code SET state = 'retired' WHERE app = :app AND affiliate = :affiliate AND code = :code AND state = 'active'`);
const MOVE_PRIMARY = statement(`
  UPDATE affiliate SET code = coalesce((SELECT k.code FROM code k WHERE k.app = affiliate.app AND k.affiliate = affiliate.id
      AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now) ORDER BY k.created_at DESC LIMIT 1), code)
  WHERE app = :app AND id = :affiliate AND code = :code`);
const CHECK_CODE = statement(`
  SELECT EXISTS (SELECT 1 FROM (${LIVE_CODE}) k WHERE k.app = p.id) AS live,
    :origin IS NOT NULL AND ${isUnlistedOrigin("p")} AS refused
  FROM app p WHERE p.id = :app`);

function toAffiliate(row: Row): Affiliate {
  return {
    id: textOf(row, "id"),
    email: textOrNull(row, "email"),
    name: textOrNull(row, "name"),
    accountId: textOrNull(row, "account_id"),
    ref: textOf(row, "ref"),
    status: oneOf(row, "status", ["applied", "active", "suspended", "revoked"]),
    rateBps: integerOrNull(row, "rate_bps"),
    createdAt: integerOf(row, "created_at"),
  };
}
