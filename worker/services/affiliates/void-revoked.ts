import type { Deps } from "../../deps.ts";
import { START_OF_TIME } from "../../store/cursor.ts";
import { findToVoid, listToVoid, markVoided, voidConversions } from "../../store/revoke-store.ts";

/** Conversions voided in one batch: they settle in about 15 ms, and other writers hardly wait. */
const PAGE = 100;
/** Pages of one call, so that a request answers in time. The job goes on with what is left. */
const MAX_PAGES = 20;
/** Revoked affiliates one run of the job looks after; the next one is a minute away. */
const MAX_AFFILIATES = 10;

/**
 * Voids, page by page, what a revoked affiliate has not earned for good: what was not matured, or held or in review, at
 * the revocation. Matured clear money stays theirs. Safe to repeat and to cut short: what is left is found again.
 */
export async function voidRevoked(deps: Deps, appId: string, affiliateId: string): Promise<void> {
  let after = START_OF_TIME;
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await listToVoid(deps.db, appId, { affiliateId, after, limit: PAGE });
    const ids = found.map(({ id }) => id);
    if (ids.length > 0) await deps.db.batch(voidConversions(appId, { affiliateId, ids, now: deps.now() }));
    const last = found.at(-1);
    if (last === undefined || found.length < PAGE) {
      await deps.db.batch([markVoided(appId, affiliateId)]);
      return;
    }
    after = last;
  }
}

/** The job's run: goes on voiding for the affiliates whose revocation was cut short. */
export async function finishRevocations(deps: Deps): Promise<void> {
  for (const { appId, affiliateId } of await findToVoid(deps.db, MAX_AFFILIATES)) {
    await voidRevoked(deps, appId, affiliateId);
  }
}
