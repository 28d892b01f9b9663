import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { type FeeLine, feeLines } from "../../domain/fee-lines.ts";
import { type FeeSums, listCollectionsOf, listFeeDays, readFees, type Span } from "../../store/fee-store.ts";

/** Collections of a month: an operator collects once or twice. A statement with more would add up to something else. */
const MAX_COLLECTIONS = 1_000;

/** The platform's fee of an app in a month and one currency: what was owed before, each movement, what is owed after. */
export interface FeeStatement extends FeeSums {
  readonly openingCents: number;
  readonly lines: readonly FeeLine[];
}

/** An app's fee statements of a month, one a currency, its own always among them. The lines add up to the sums. */
export async function readFeeStatements(deps: Deps, appId: string, month: Span): Promise<readonly FeeStatement[]> {
  const [sums, days, collections] = await Promise.all([
    readFees(deps.db, appId, month),
    listFeeDays(deps.db, appId, month),
    listCollectionsOf(deps.db, appId, { ...month, limit: MAX_COLLECTIONS + 1 }),
  ]);
  assert(collections.length <= MAX_COLLECTIONS, "a month has at most 1,000 collections of an app");
  return sums.map((one) => {
    const openingCents = one.owedCents - one.feeCents + one.collectedCents;
    const ofCurrency = ({ currency }: { readonly currency: string }) => currency === one.currency;
    const moves = { openingCents, days: days.filter(ofCurrency), collections: collections.filter(ofCurrency) };
    return { ...one, openingCents, lines: feeLines(moves) };
  });
}
