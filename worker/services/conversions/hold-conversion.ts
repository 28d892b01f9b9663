import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { changeHold, type HoldAction, type OwnersConversion, readHold } from "../../store/hold-store.ts";

/**
 * Holds a conversion by hand, or releases it: its money is frozen, with its day of maturation, and comes back by the release
 * unless something else holds it, as an open dispute does. The hold is on the payment: whatever announcement of it is in
 * force is held. What was paid before is owed while it is held. A repeat changes nothing and answers how it stands.
 *
 * Fails with `not_found`, and with `conflict` while a revocation is still being carried out.
 */
export async function holdConversion(
  deps: Deps,
  appId: string,
  call: { actor: string; conversionId: string; action: HoldAction; reason: string },
): Promise<Result<{ readonly conversion: OwnersConversion; readonly now: number }>> {
  const now = deps.now();
  const change = { ...call, id: deps.newId("hld"), audit: deps.newId("aud"), now };
  const answer = readHold(await deps.db.batch(changeHold(appId, change)));
  if (answer === null) return fail("not_found", "No such conversion.");
  if (answer.isVoiding) return fail("conflict", "Its affiliate is being revoked: wait a minute.");
  return ok({ conversion: answer.conversion, now });
}
