import type { Deps } from "../../deps.ts";
import type { CommissionStatus } from "../../domain/conversion-status.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Affiliate, type AffiliateStatus, findAffiliate, listAffiliates } from "../../store/affiliate-store.ts";
import type { App } from "../../store/app-store.ts";
import { type Cursor, END_OF_TIME, START_OF_TIME } from "../../store/cursor.ts";
import {
  type CodeDay,
  type CurrencyBalance,
  listCommissions,
  readBalances,
  readStats,
} from "../../store/book-store.ts";
import type { CommissionFacts } from "../../store/commission-row.ts";
import type { Access } from "../programs/authorize.ts";
import { readApp } from "../programs/read-apps.ts";

/** An affiliate together with the app whose they are. */
export interface AffiliateOfApp {
  readonly app: App;
  readonly affiliate: Affiliate;
}

/** An affiliate of the request's app. Fails with `not_found`: also for one of another app. */
export async function readAffiliate(deps: Deps, access: Access, affiliateId: string): Promise<Result<AffiliateOfApp>> {
  const app = await readApp(deps, access);
  if (!app.ok) return app;
  const affiliate = await findAffiliate(deps.db, app.value.id, affiliateId, deps.now());
  return affiliate === null ? fail("not_found", "No such affiliate.") : ok({ app: app.value, affiliate });
}

/** An app's affiliates, oldest first, at most `limit` after a cursor. */
export async function readAffiliates(
  deps: Deps,
  appId: string,
  page: { status: AffiliateStatus | null; after: Cursor | null; limit: number },
): Promise<readonly Affiliate[]> {
  return listAffiliates(deps.db, appId, { ...page, after: page.after ?? START_OF_TIME, now: deps.now() });
}

/** What an affiliate has earned and may have, one balance a currency. */
export async function readBalance(deps: Deps, { app, affiliate }: AffiliateOfApp): Promise<readonly CurrencyBalance[]> {
  return readBalances(deps.db, app.id, { affiliateId: affiliate.id, now: deps.now() });
}

/** An affiliate's commissions, newest first, at most `limit` after a cursor, with the time their status is read at. */
export async function readCommissions(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  page: { status: CommissionStatus | null; currency: string | null; after: Cursor | null; limit: number },
): Promise<{ readonly commissions: readonly CommissionFacts[]; readonly now: number }> {
  const now = deps.now();
  const { after, ...filter } = page;
  const range = { ...filter, affiliateId: affiliate.id, before: after ?? END_OF_TIME, now };
  return { commissions: await listCommissions(deps.db, app.id, range), now };
}

/** What happened on an affiliate's codes, per code and UTC day. */
export async function readCodeDays(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  range: { from: number; to: number; code: string | null },
): Promise<readonly CodeDay[]> {
  return readStats(deps.db, app.id, { affiliateId: affiliate.id, ...range });
}
