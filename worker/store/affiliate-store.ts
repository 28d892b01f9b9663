import { type AffiliateStatus, NEXT_STATUSES } from "../domain/affiliate-status.ts";
import type { NextRate } from "../domain/rate.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { INVITED_NAME, IS_INVITED } from "./invitation-store.ts";
import { JOIN_REFUSAL } from "./join-store.ts";
import { toNextRate, rateInForce } from "./rate-columns.ts";
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
  /** The next change of a rate of their own; where that ends, to the app's. */
  readonly nextRate: NextRate | null;
  readonly createdAt: number;
}

/** By what a program knows somebody: at least one of them. */
export interface Identity {
  readonly accountId: string | null;
  readonly email: string | null;
  /** Of the e-mail, null without one. */
  readonly emailHmac: string | null;
}

export interface NewAffiliate extends Identity {
  readonly id: string;
  readonly name: string | null;
  /** Their first code: as it is written, and folded. */
  readonly ref: string;
  readonly code: string;
  /**
   * Who joins by themselves: the app's policy lets them in, or nothing is written, and its approval says as what. An open
   * invitation for a proven e-mail comes before both.
   */
  readonly join: { readonly country: string | null; readonly provenEmail: boolean } | null;
  readonly now: number;
}

/**
 * An affiliate with the first code. What is taken fails the batch as a constraint: the first statement for an account or
 * e-mail, the second for a code.
 */
export function insertAffiliate(appId: string, affiliate: NewAffiliate): readonly [Statement, Statement] {
  const { id, name, ref, code, join, now, accountId, email, emailHmac } = affiliate;
  const identity = { app: appId, id, account_id: accountId, email, email_hmac: emailHmac };
  const proven = join?.provenEmail === true ? 1 : 0;
  const joins = { joins: join === null ? 0 : 1, country: join?.country ?? null, proven };
  return [
    INSERT_AFFILIATE({ ...identity, ...joins, name, code, now }),
    INSERT_FIRST_CODE({ ...identity, ref, code, now }),
  ];
}

/** The affiliates of an app with this account or this e-mail: none, one, or two that are known apart. */
export async function findAffiliates(
  db: Db,
  appId: string,
  { accountId, email }: Pick<Identity, "accountId" | "email">,
  now: number,
): Promise<readonly Affiliate[]> {
  return (await db.query(FIND_KNOWN({ app: appId, account_id: accountId, email, now }))).map(toAffiliate);
}

/** An affiliate with the rate in force at `now`. */
export async function findAffiliate(
  db: Db,
  appId: string,
  affiliateId: string,
  now: number,
): Promise<Affiliate | null> {
  const [row] = await db.query(FIND_AFFILIATE({ app: appId, id: affiliateId, now }));
  return row === undefined ? null : toAffiliate(row);
}

/** Who an address is, over all apps, at most `limit`: for whoever proved that it is theirs. */
export async function listAffiliatesOfEmail(
  db: Db,
  email: string,
  { limit, now }: { limit: number; now: number },
): Promise<readonly { readonly appId: string; readonly affiliate: Affiliate }[]> {
  const rows = await db.query(LIST_OF_EMAIL({ email, limit, now }));
  return rows.map((row) => ({ appId: textOf(row, "app"), affiliate: toAffiliate(row) }));
}

/** Affiliates by id after a cursor, at most `limit`, of one status where given. */
export async function listAffiliates(
  db: Db,
  appId: string,
  page: { status: AffiliateStatus | null; after: Cursor; limit: number; now: number },
): Promise<readonly Affiliate[]> {
  const { after, status, limit, now } = page;
  const rows = await db.query(LIST_AFFILIATES({ app: appId, status, at: after.at, id: after.id, limit, now }));
  return rows.map(toAffiliate);
}

/**
 * Changes a name or a status; a key that is absent stays. A status that may not follow the present one
 * (domain/affiliate-status.ts) fails the batch as a constraint.
 */
export function patchAffiliate(
  appId: string,
  affiliateId: string,
  { patch, now }: { patch: { name?: string | null; status?: AffiliateStatus }; now: number },
): Statement {
  const { status = null, ...rest } = patch;
  return PATCH_AFFILIATE({ app: appId, id: affiliateId, status, patch: JSON.stringify(rest), now });
}

/** Adds the account or e-mail that an affiliate lacks; what is there stays. One of somebody else fails the batch as a constraint. */
export function completeAffiliate(
  appId: string,
  affiliateId: string,
  { accountId, email, emailHmac }: Identity,
): Statement {
  return COMPLETE({ app: appId, id: affiliateId, account_id: accountId, email, email_hmac: emailHmac });
}

/** What `toAffiliate` reads of an affiliate `a` with their first code `k`, at `:now`. */
export const AFFILIATE_COLUMNS = `
  a.id, a.email, a.name, a.account_id, a.status, a.created_at, k.ref, ${rateInForce("a.app", "a.id")}`;
const AFFILIATES = `FROM affiliate a JOIN code k ON k.code = a.code WHERE a.app = :app`;

const INSERT_AFFILIATE = statement(`
  INSERT INTO affiliate (app, id, email, email_hmac, name, account_id, code, status, created_at)
  SELECT p.id, :id, :email, :email_hmac, coalesce(:name, iif(:proven = 1, (${INVITED_NAME}), NULL)), :account_id, :code,
    iif(:joins = 1 AND p.approval = 'manual' AND NOT ${IS_INVITED}, 'applied', 'active'), :now
  FROM app p LEFT JOIN join_policy j ON j.app = p.id
  WHERE p.id = :app AND (:joins = 0 OR ${JOIN_REFUSAL} IS NULL)`);
// The code of their own account becomes theirs; anybody else's has no state then, which the column refuses.
const INSERT_FIRST_CODE = statement(`
  INSERT INTO code (code, app, affiliate, ref, created_at)
  SELECT :code, a.app, a.id, :ref, :now FROM affiliate a WHERE a.app = :app AND a.id = :id
  ON CONFLICT (code) DO UPDATE SET affiliate = excluded.affiliate, state = iif(code.app = excluded.app
    AND code.account = :account_id AND code.affiliate IS NULL AND code.state = 'active', code.state, NULL)`);
const FIND_AFFILIATE = statement(`SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND a.id = :id`);
const FIND_KNOWN = statement(`
  SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND (a.account_id = :account_id OR a.email = :email)
  ORDER BY a.account_id IS :account_id DESC LIMIT 2`);
const LIST_OF_EMAIL = statement(`
  SELECT a.app, ${AFFILIATE_COLUMNS} FROM affiliate a JOIN code k ON k.code = a.code
  WHERE a.email = :email ORDER BY a.created_at DESC LIMIT :limit`);
const LIST_AFFILIATES = statement(`
  SELECT ${AFFILIATE_COLUMNS} ${AFFILIATES} AND (:status IS NULL OR a.status = :status)
    AND (a.created_at, a.id) > (:at, :id)
  ORDER BY a.created_at, a.id LIMIT :limit`);
const MAY_FOLLOW = Object.entries(NEXT_STATUSES)
  .flatMap(([from, next]) => next.map((to) => `('${from}', '${to}')`))
  .join(", ");
// A status that may not follow becomes null, which the column refuses: nothing of the batch is written.
const PATCH_AFFILIATE = statement(`
  UPDATE affiliate SET ${patched("name")},
    status = CASE WHEN :status IS NULL OR :status = status THEN status
      WHEN (status, :status) IN (VALUES ${MAY_FOLLOW}) THEN :status END,
    status_at = iif(:status IS NULL OR :status = status, status_at, :now),
    revoked_at = coalesce(revoked_at, iif(:status = 'revoked', :now, NULL))
  WHERE app = :app AND id = :id`);
const COMPLETE = statement(`
  UPDATE affiliate SET account_id = coalesce(account_id, :account_id),
    email_hmac = iif(email IS NULL, :email_hmac, email_hmac), email = coalesce(email, :email)
  WHERE app = :app AND id = :id
    AND ((account_id IS NULL AND :account_id IS NOT NULL) OR (email IS NULL AND :email IS NOT NULL))`);
export function toAffiliate(row: Row): Affiliate {
  return {
    id: textOf(row, "id"),
    email: textOrNull(row, "email"),
    name: textOrNull(row, "name"),
    accountId: textOrNull(row, "account_id"),
    ref: textOf(row, "ref"),
    status: oneOf(row, "status", ["applied", "active", "suspended", "revoked"]),
    rateBps: integerOrNull(row, "rate_bps"),
    nextRate: toNextRate(row),
    createdAt: integerOf(row, "created_at"),
  };
}
