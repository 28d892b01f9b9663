import type { Deps } from "../../deps.ts";
import type { TransferReversal } from "../../gateways/stripe/translate-transfer.ts";
import type { Statement } from "../../store/db.ts";
import type { Payer } from "../../store/payout-policy-store.ts";
import { returnPayout } from "../../store/payout-return-store.ts";
import { type Payout, settlePayout } from "../../store/payout-store.ts";
import { findStripePayout } from "../../store/transfer-store.ts";

export interface ToldReversal {
  readonly reversal: TransferReversal;
  /** Whose account told it: only what that one paid can have come back. */
  readonly payer: Payer;
  /** The event's line in the inbox, with the reason why it is ignored; null: it is not. */
  readonly lineOf: (reason: "not_a_payout" | null) => Statement;
}

/**
 * Gives an affiliate back what came back of a payout to them, once, in the batch that writes the event's line: `recorded`. What is
 * no payout of this app's, by this payer and by that very transfer, is `not_a_payout`. Throws DbError.
 */
export async function takeReturn(
  deps: Deps,
  appId: string,
  { reversal, payer, lineOf }: ToldReversal,
): Promise<"recorded" | "not_a_payout"> {
  const payout = await findStripePayout(deps.db, appId, reversal.payoutId);
  if (payout === null || payout.payer !== payer || !isPaidBy(payout, reversal)) {
    await deps.db.batch([lineOf("not_a_payout")]);
    return "not_a_payout";
  }
  await deps.db.batch([...giveBack(deps, appId, reversal), lineOf(null)]);
  return "recorded";
}

/**
 * The transfer that is written down; or, where the answer to it was lost, the one that was to be: that it came back says that
 * it was sent.
 */
function isPaidBy(payout: Payout, { transfer, amountCents, currency }: TransferReversal): boolean {
  if (payout.status === "settled") return payout.reference === transfer;
  return payout.status === "processing" && payout.amountCents === amountCents && payout.currency === currency;
}

function giveBack(deps: Deps, appId: string, { payoutId, transfer, reversedCents }: TransferReversal) {
  const entry = { actor: "stripe", object: payoutId, now: deps.now() };
  const settled = { ...entry, id: deps.newId("aud"), action: "payout.settled", after: { reference: transfer } };
  const returned = {
    ...entry,
    id: deps.newId("aud"),
    action: "payout.returned",
    after: { returnedCents: reversedCents },
  };
  return [
    ...settlePayout(appId, { payoutId, reference: transfer, audit: settled }),
    ...returnPayout(appId, { payoutId, returnedCents: reversedCents, reason: `Stripe: ${transfer}`, audit: returned }),
  ];
}
