import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { returnPayout as write } from "../../store/payout-return-store.ts";
import { findPayout, type Payout } from "../../store/payout-store.ts";

/**
 * Gives an affiliate back what came back of a payout that had arrived: `returnedCents` in all so far, everything unless given. Told
 * twice it counts once. Fails with `not_found`; with `conflict` for a payout that is not settled, and for Stripe's, of which Stripe
 * tells itself; with `amount_out_of_range` for more than was paid.
 */
export async function returnPayout(
  deps: Deps,
  appId: string,
  call: { actor: string; payoutId: string; returnedCents: number | null; reason: string },
): Promise<Result<Payout>> {
  const { actor, payoutId, reason } = call;
  const payout = await findPayout(deps.db, appId, payoutId);
  if (payout === null) return fail("not_found", "No such payout.");
  if (payout.rail === "stripe") return fail("conflict", "Stripe pays this one, and says itself what becomes of it.");
  if (payout.status !== "settled") return fail("conflict", "This payout is not settled.");
  const returnedCents = call.returnedCents ?? payout.amountCents;
  if (returnedCents > payout.amountCents) return fail("amount_out_of_range", "This is more than was paid.");
  const entry = { id: deps.newId("aud"), actor, object: payoutId, reason, now: deps.now() };
  const audit = { ...entry, action: "payout.returned", after: { returnedCents } };
  await deps.db.batch(write(appId, { payoutId, returnedCents, reason, audit }));
  const after = await findPayout(deps.db, appId, payoutId);
  return after === null ? fail("not_found", "No such payout.") : ok(after);
}
