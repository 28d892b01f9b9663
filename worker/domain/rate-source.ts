/** A rate as it was set: the affiliate's own, or the app's. */
export interface SetRate {
  readonly of: "affiliate" | "app";
  /** Null: the affiliate goes back to the app's. */
  readonly bps: number | null;
}

/**
 * Which of the rates set up to a payment its conversion took: the affiliate's own in force, else the app's in force. `rates`
 * hold each owner's latest first. A rate that was set since, to hold from before the payment, is not the one that stays with
 * it for life: then it is the latest of the same height. Null where none is left that explains it.
 */
export function rateSource<Rate extends SetRate>(rates: readonly Rate[], rateBps: number | null): Rate | null {
  const own = rates.filter((rate) => rate.of === "affiliate");
  const ofApp = rates.filter((rate) => rate.of === "app");
  const ownInForce = own[0];
  const inForce = ownInForce !== undefined && ownInForce.bps !== null ? ownInForce : ofApp[0];
  if (rateBps === null || inForce?.bps === rateBps) return inForce ?? null;
  return [...own, ...ofApp].find((rate) => rate.bps === rateBps) ?? null;
}
