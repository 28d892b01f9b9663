import type { Deps } from "../../deps.ts";
import { whyNotStatus } from "../../domain/affiliate-status.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Affiliate, type AffiliateStatus, findAffiliate, patchAffiliate } from "../../store/affiliate-store.ts";
import { revokeCodes } from "../../store/code-store.ts";
import { insertRate } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { DbError, type Statement } from "../../store/db.ts";
import { mailOfStatus } from "../../store/outbox-store.ts";
import { startOfRate } from "../programs/start-of-rate.ts";
import { voidRevoked } from "./void-revoked.ts";

export interface AffiliateChange {
  readonly name?: string | null;
  readonly status?: AffiliateStatus;
  /** Why the status changes: kept in the audit log. */
  readonly reason?: string;
  /** Their own rate, from now on or from an instant to come; null gives them the app's again. */
  readonly rateBps?: number | null;
  readonly rateFrom?: number;
}

/**
 * Changes an affiliate. A revocation is final: their codes die, and what has not matured or not been approved is voided,
 * at once or, where it is much, within minutes by the job.
 * Fails with `not_found`, `conflict` for a status that may not follow the present one, and `invalid_request` for a rate from
 * the past.
 */
export async function updateAffiliate(
  deps: Deps,
  appId: string,
  {
    actor,
    affiliateId,
    change,
    first = [],
  }: {
    actor: string;
    affiliateId: string;
    change: AffiliateChange;
    /** What is written first, in the same batch: where it is refused as a constraint, nothing is changed and it is a `conflict`. */
    first?: readonly Statement[];
  },
): Promise<Result<Affiliate>> {
  const now = deps.now();
  const before = await findAffiliate(deps.db, appId, affiliateId, now);
  if (before === null) return fail("not_found", "No such affiliate.");
  const { status, rateBps, rateFrom, name, reason } = change;
  const from = startOfRate(rateFrom, now);
  if (!from.ok) return from;
  const patch = { ...(name === undefined ? {} : { name }), ...(status === undefined ? {} : { status }) };
  try {
    const auditId = deps.newId("aud");
    await deps.db.batch([
      ...first,
      ...(status === undefined ? [] : [mailOfStatus(appId, { affiliateId, status, auditId, now })]),
      patchAffiliate(appId, affiliateId, { patch, now }),
      ...(status === "revoked" ? [revokeCodes(appId, affiliateId)] : []),
      ...(rateBps === undefined ? [] : [insertRate(appId, { affiliateId, bps: rateBps, actor, from: from.value })]),
      insertAudit(appId, {
        id: auditId,
        actor,
        action: "affiliate.changed",
        object: affiliateId,
        before: { name: before.name, status: before.status, rateBps: before.rateBps },
        after: { name, status, rateBps, rateFrom },
        reason: reason ?? null,
        now,
      }),
    ]);
  } catch (error) {
    const mayBeRefused = status !== undefined || first.length > 0;
    if (!(error instanceof DbError) || error.kind !== "constraint" || !mayBeRefused) throw error;
    // Decided by the statement: in between the status may have become another one than `before`.
    const present = await findAffiliate(deps.db, appId, affiliateId, now);
    if (status === undefined) return fail("conflict", "It has just been changed.");
    return fail("conflict", whyNotStatus(present?.status ?? before.status, status) ?? "The status has just changed.");
  }
  if (status === "revoked") await voidRevoked(deps, appId, affiliateId);
  const after = await findAffiliate(deps.db, appId, affiliateId, now);
  assert(after !== null, "an affiliate is never deleted");
  return ok(after);
}
