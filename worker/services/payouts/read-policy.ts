import type { Deps } from "../../deps.ts";
import { defaultMinimumCents } from "../../domain/payout-minimum.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findPayoutPolicy, type Payer, type PayoutPolicyRow, type Rail } from "../../store/payout-policy-store.ts";
import { open } from "../sealing.ts";

/** How an app pays, as its owner sees it: what there is of a key, never the key. */
export interface PayoutPolicy extends Omit<PayoutPolicyRow, "sealedStripeKey"> {
  /** The key's beginning and last four characters. */
  readonly stripeKey: string | null;
  /** Whose Stripe key pays; null while there is none, and where no Stripe pays. */
  readonly payer: Payer | null;
}

/** What a batch is made with: how and by whom it is paid, and the least payout where none is set. */
export interface BatchTerms {
  readonly rail: Rail;
  readonly payer: Payer;
  readonly ownCurrency: string;
  readonly defaultMinimum: number;
}

/** How an app pays. Fails with `not_found`. */
export async function readPayoutPolicy(deps: Deps, appId: string): Promise<Result<PayoutPolicy>> {
  const row = await findPayoutPolicy(deps.db, appId);
  return row === null ? fail("not_found", "No such app.") : ok(await policyOf(deps, row));
}

/** Throws when the key cannot be read: with another `AUTH_SECRET`. */
export async function policyOf(deps: Deps, row: PayoutPolicyRow): Promise<PayoutPolicy> {
  const { sealedStripeKey, ...rest } = row;
  const key = sealedStripeKey === null ? null : await open(deps.config.authSecret, sealedStripeKey);
  const minimums = { [row.currency]: defaultMinimumCents(row.currency), ...row.minimums };
  const payer = row.rail === "stripe" ? payerOf(deps, row) : null;
  return { ...rest, minimums, stripeKey: key === null ? null : masked(key), payer };
}

/** Fails with `not_found`, and with `conflict` where Stripe is to pay and nobody's key can, or it may not. */
export async function readBatchTerms(deps: Deps, appId: string): Promise<Result<BatchTerms>> {
  const row = await findPayoutPolicy(deps.db, appId);
  if (row === null) return fail("not_found", "No such app.");
  const { rail, currency } = row;
  if (!isRailOpen(deps, rail))
    return fail("conflict", "Stripe does not pay where anybody may make an app: pay by hand.");
  const payer = rail === "stripe" ? payerOf(deps, row) : "app";
  if (payer === null) return fail("conflict", "The app has no Stripe key that could pay.");
  return ok({ rail, payer, ownCurrency: currency, defaultMinimum: defaultMinimumCents(currency) });
}

/** Whether a rail may be taken: where anybody may make an app, payouts are made by hand alone. */
export function isRailOpen(deps: Pick<Deps, "config">, rail: Rail): boolean {
  return rail === "manual" || deps.config.appCreation !== "open";
}

/** The app's own key, else the installation's where the operator pays for the app. */
function payerOf(deps: Deps, row: PayoutPolicyRow): Payer | null {
  if (row.sealedStripeKey !== null) return "app";
  return row.operatorFunded && deps.config.stripe.secretKey !== null ? "operator" : null;
}

function masked(key: string): string {
  return `${/^[rs]k_(?:live|test)_/.exec(key)?.[0] ?? ""}…${key.slice(-4)}`;
}
