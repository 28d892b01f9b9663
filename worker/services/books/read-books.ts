import type { Deps } from "../../deps.ts";
import { type CurrencyBooks, readTotals } from "../../store/total-store.ts";
import type { BooksChecked } from "./books-check.ts";

/** What an app's books, or with null all apps', come to, one row a currency, and whether they balance. */
export interface Books {
  readonly currencies: readonly CurrencyBooks[];
  /** Null while they are recomputed for the first time. */
  readonly checked: BooksChecked | null;
}

/** The sums are of now, the check is up to a minute old. */
export async function readBooks(deps: Deps, appId: string | null): Promise<Books> {
  const checked = await deps.books.check(appId);
  return { currencies: await readTotals(deps.db, appId, deps.now()), checked };
}

/** The sums alone, one row a currency, without checking the books. */
export async function readCurrencies(deps: Deps, appId: string | null): Promise<readonly CurrencyBooks[]> {
  return readTotals(deps.db, appId, deps.now());
}
