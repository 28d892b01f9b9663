import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { listAudit } from "../../store/audit-log.ts";
import {
  type CreditMovement,
  type CreditStanding,
  type CreditTotals,
  findCreditStanding,
  findRedemptionOfFriend,
  listFriends,
  listMovements,
  listMovementsOfRedemption,
  readCreditTotals,
} from "../../store/credit-report-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import type { Redemption } from "../../store/redemption-store.ts";
import { readRedemption } from "./revoke-redemption.ts";

/** A page of a list: `limit` rows after a cursor, null from the newest on. */
export interface CreditPage {
  readonly after: Cursor | null;
  readonly limit: number;
}

/** What an app's friend credits come to, in constant time. */
export async function readTotalsOfCredits(deps: Deps, appId: string): Promise<CreditTotals> {
  return readCreditTotals(deps.db, appId);
}

/**
 * What an account may and has, in credits; null where it has no part in the program: it may not bring friends, and never had
 * anything.
 */
export async function readCreditStanding(deps: Deps, appId: string, account: string): Promise<CreditStanding | null> {
  const standing = await findCreditStanding(deps.db, appId, account);
  return standing === null || (!standing.mayRefer && standing.account === null) ? null : standing;
}

/** The friends an account brought, newest first. */
export async function readFriends(
  deps: Deps,
  appId: string,
  { account, after, limit }: CreditPage & { readonly account: string },
): Promise<readonly Redemption[]> {
  return listFriends(deps.db, appId, { account, after: after ?? END_OF_TIME, limit, now: deps.now() });
}

/** An account's movements, newest first, each with the account on its other side. */
export async function readMovements(
  deps: Deps,
  appId: string,
  { account, after, limit }: CreditPage & { readonly account: string },
): Promise<readonly CreditMovement[]> {
  return listMovements(deps.db, appId, { account, after: after ?? END_OF_TIME, limit });
}

/** By whose code an account came; null: by nobody's. */
export async function readRedemptionOfFriend(deps: Deps, appId: string, account: string): Promise<Redemption | null> {
  return findRedemptionOfFriend(deps.db, appId, { account, now: deps.now() });
}

/** One redemption, what it moved, and what both accounts have now. */
export interface RedemptionReport {
  readonly redemption: Redemption;
  readonly movements: readonly CreditMovement[];
  readonly balances: { readonly referrer: number; readonly friend: number };
  /** Who took it back, as the audit log names them; null: nobody did. */
  readonly revokedBy: string | null;
}

/** Fails with `not_found` where the app has none of this id. */
export async function reportRedemption(
  deps: Deps,
  appId: string,
  redemptionId: string,
): Promise<Result<RedemptionReport>> {
  const found = await readRedemption(deps, appId, redemptionId);
  if (!found.ok) return found;
  const redemption = found.value;
  const [movements, referrer, friend, [revocation]] = await Promise.all([
    listMovementsOfRedemption(deps.db, appId, redemptionId),
    findCreditStanding(deps.db, appId, redemption.referrerAccount),
    findCreditStanding(deps.db, appId, redemption.referredAccount),
    redemption.status === "revoked" ? listAudit(deps.db, appId, { ...REVOCATION, object: redemptionId }) : [],
  ]);
  const balances = { referrer: referrer?.account?.balance ?? 0, friend: friend?.account?.balance ?? 0 };
  return ok({ redemption, movements, balances, revokedBy: revocation?.actor ?? null });
}

/** Its one line in the audit log: it is revoked for good. */
const REVOCATION = { action: "redemption.revoked", after: null, limit: 1 } as const;
