import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { readVoided, voidPage } from "../../store/revoke-store.ts";

/**
 * Voids, page by page, what a revoked affiliate has not earned for good: unmatured, held and in review. Matured clear
 * money stays theirs. `fact` is the audit line that says why. Safe to repeat: a run cut short is finished by the next.
 */
export async function voidRevoked(
  deps: Deps,
  appId: string,
  { affiliateId, fact }: { affiliateId: string; fact: string },
): Promise<void> {
  const now = deps.now();
  let voided: number;
  do {
    const page = { affiliate: affiliateId, fact, now, today: dayOf(now) };
    voided = readVoided(await deps.db.batch(voidPage(appId, page)));
  } while (voided > 0);
}
