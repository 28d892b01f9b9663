import { isUnlistedOrigin, KNOWN_CODE } from "./call.ts";
import type { Db, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf } from "./statement.ts";

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

/** A code as its affiliate sees it. */
export interface OwnCode {
  readonly ref: string;
  readonly state: "active" | "retired" | "revoked";
  readonly expiresAt: number | null;
}

/** An affiliate's codes, oldest first, at most `limit`. */
export async function listCodes(
  db: Db,
  appId: string,
  { affiliateId, limit }: { affiliateId: string; limit: number },
): Promise<readonly OwnCode[]> {
  const rows = await db.query(LIST_CODES({ app: appId, affiliate: affiliateId, limit }));
  return rows.map((row) => ({
    ref: textOf(row, "ref"),
    state: oneOf(row, "state", ["active", "retired", "revoked"]),
    expiresAt: integerOrNull(row, "expires_at"),
  }));
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

// A friend code stays: of a revoked affiliate it brings no cash, and credits are apart from that.
const REVOKE_CODES = statement(`
  UPDATE code SET state = 'revoked' WHERE app = :app AND affiliate = :id AND account IS NULL`);
const INSERT_CODE = statement(`
  INSERT INTO code (code, app, affiliate, ref, expires_at, created_at)
  VALUES (:code, :app, :affiliate, :ref, :expires_at, :now)`);
const LIST_CODES = statement(`
  SELECT ref, state, expires_at FROM code WHERE app = :app AND affiliate = :affiliate
  ORDER BY created_at, code LIMIT :limit`);
const FIND_CODE = statement("SELECT created_at FROM code WHERE app = :app AND affiliate = :affiliate AND code = :code");
const RETIRE_CODE = statement(`
  UPDATE code SET state = 'retired' WHERE app = :app AND affiliate = :affiliate AND code = :code AND state = 'active'`);
const MOVE_PRIMARY = statement(`
  UPDATE affiliate SET code = coalesce((SELECT k.code FROM code k WHERE k.app = affiliate.app AND k.affiliate = affiliate.id
      AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now) ORDER BY k.created_at DESC LIMIT 1), code)
  WHERE app = :app AND id = :affiliate AND code = :code`);
const CHECK_CODE = statement(`
  SELECT EXISTS (SELECT 1 FROM (${KNOWN_CODE}) k WHERE k.app = p.id) AS live,
    :origin IS NOT NULL AND ${isUnlistedOrigin("p")} AS refused
  FROM app p WHERE p.id = :app`);
