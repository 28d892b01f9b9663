import type { Deps } from "../../deps.ts";
import { type AccountStatement, readStatement, type StatementSpan } from "../../store/affiliate-statement-store.ts";
import type { AffiliateOfApp } from "../affiliates/read-affiliates.ts";

/**
 * What an affiliate was owed in one currency at the beginning and at the end of a span, and every movement between, oldest
 * first, at most `limit` after a cursor. The sums are those of the whole span, whatever part of the movements is asked for.
 */
export async function readAccount(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  span: Omit<StatementSpan, "affiliateId">,
): Promise<AccountStatement> {
  return readStatement(deps.db, app.id, { ...span, affiliateId: affiliate.id });
}
