import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type Affiliate,
  type AffiliateStatus,
  findAffiliate,
  patchAffiliate,
  revokeCodes,
} from "../../store/affiliate-store.ts";
import { insertRate } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { DbError } from "../../store/db.ts";
import { voidRevoked } from "./void-revoked.ts";

export interface AffiliateChange {
  readonly name?: string | null;
  readonly status?: AffiliateStatus;
  /** Why the status changes: kept in the audit log. */
  readonly reason?: string;
  /** Their own rate from now on; null gives them the app's again. */
  readonly rateBps?: number | null;
}

/**
 * Changes an affiliate. A revocation is final: their codes die, and what has not matured or not been approved is voided,
 * at once or, where it is much, within minutes by the job.
 * Fails with `not_found`, and `conflict` for a change of a revoked one's status.
 */
export async function updateAffiliate(
  deps: Deps,
  appId: string,
  { actor, affiliateId, change }: { actor: string; affiliateId: string; change: AffiliateChange },
): Promise<Result<Affiliate>> {
  const before = await findAffiliate(deps.db, appId, affiliateId);
  if (before === null) return fail("not_found", "No such affiliate.");
  const { status, rateBps, name, reason } = change;
  const now = deps.now();
  const patch = { ...(name === undefined ? {} : { name }), ...(status === undefined ? {} : { status }) };
  try {
    await deps.db.batch([
      patchAffiliate(appId, affiliateId, { patch, now }),
      ...(status === "revoked" ? [revokeCodes(appId, affiliateId)] : []),
      ...(rateBps === undefined ? [] : [insertRate(appId, { affiliateId, bps: rateBps, actor, now })]),
      insertAudit(appId, {
        id: deps.newId("aud"),
        actor,
        action: "affiliate.changed",
        object: affiliateId,
        before: { name: before.name, status: before.status, rateBps: before.rateBps },
        after: { name, status, rateBps },
        reason: reason ?? null,
        now,
      }),
    ]);
  } catch (error) {
    if (error instanceof DbError && error.kind === "constraint") return fail("conflict", "A revocation is final.");
    throw error;
  }
  if (status === "revoked") await voidRevoked(deps, appId, affiliateId);
  const after = await findAffiliate(deps.db, appId, affiliateId);
  assert(after !== null, "an affiliate is never deleted");
  return ok(after);
}
