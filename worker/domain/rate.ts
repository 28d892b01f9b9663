/** A rate that is to come into force at an instant. */
export interface NextRate {
  readonly bps: number;
  /** Epoch milliseconds. */
  readonly from: number;
}

/**
 * The next change of what an affiliate earns, or null when none is planned: of their own rate, or, while they have none,
 * of the app's where that comes first.
 */
export function nextRateOf(
  own: { readonly rateBps: number | null; readonly nextRate: NextRate | null },
  app: { readonly nextRate: NextRate | null },
): NextRate | null {
  if (own.rateBps !== null || app.nextRate === null) return own.nextRate;
  return own.nextRate === null || app.nextRate.from < own.nextRate.from ? app.nextRate : own.nextRate;
}
