import type { Deps } from "../../deps.ts";
import type { RedemptionStatus } from "../../domain/redemption-status.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import {
  findRedemption,
  listRedemptions,
  readRevoked,
  type Redemption,
  revokeRedemption as writeRevocation,
} from "../../store/redemption-store.ts";

/**
 * Takes back what a fraudulent redemption brought both sides: their balances may go below zero, and the referrer gets no new room
 * below the cap. Its account stays referred. A repeat changes nothing. Fails with `not_found`.
 */
export async function revokeRedemption(
  deps: Deps,
  appId: string,
  { actor, redemptionId, reason }: { actor: string; redemptionId: string; reason: string },
): Promise<Result<Redemption>> {
  const what = { actor, action: "redemption.revoked", object: redemptionId, reason, now: deps.now() };
  const batch = writeRevocation(appId, { audit: { id: deps.newId("aud"), ...what }, reason });
  const revoked = readRevoked(await deps.db.batch(batch));
  return revoked === null ? fail("not_found", "No such redemption.") : ok(revoked);
}

/** One redemption of an app. Fails with `not_found`. */
export async function readRedemption(deps: Deps, appId: string, redemptionId: string): Promise<Result<Redemption>> {
  const found = await findRedemption(deps.db, appId, { redemptionId, now: deps.now() });
  return found === null ? fail("not_found", "No such redemption.") : ok(found);
}

/** An app's redemptions, newest first, at most `limit` after a cursor, of one status where given. Throws DbError. */
export function readRedemptions(
  deps: Deps,
  appId: string,
  { after, limit, status }: { after: Cursor | null; limit: number; status: RedemptionStatus | null },
): Promise<readonly Redemption[]> {
  return listRedemptions(deps.db, appId, { status, after: after ?? END_OF_TIME, limit, now: deps.now() });
}
