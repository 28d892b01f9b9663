import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type Account,
  type AccountConversion,
  type AccountScope,
  type AccountSums,
  type AffiliateKey,
  listAccountConversions,
  listAffiliateAccounts,
  listAppAccounts,
  listPaymentNames,
  nameAccounts,
  type PaymentName,
  readAccountSums,
} from "../../store/account-store.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import { type App, findApp } from "../../store/app-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import type { Posting } from "../../store/ledger-store.ts";

/** The accounts of a level, and what all of that level come to: the sum of every page of the list. */
export interface AccountLevel {
  readonly sums: AccountSums;
  readonly accounts: readonly Account[];
}

interface PlaceById {
  readonly currency: string;
  /** The id of the last account that was shown; null at the beginning. */
  readonly after: Cursor | null;
  readonly limit: number;
}

/** The apps whose accounts a currency's total is made of: for operators. */
export async function readAppAccounts(deps: Deps, { currency, after, limit }: PlaceById): Promise<AccountLevel> {
  const [sums, accounts] = await Promise.all([
    readAccountSums(deps.db, { currency, appId: null, affiliateId: null }),
    listAppAccounts(deps.db, { currency, after: after?.id ?? "", limit }),
  ]);
  return { sums, accounts };
}

/** The affiliates whose accounts an app's total in a currency is made of. */
export async function readAffiliateAccounts(
  deps: Deps,
  appId: string,
  { currency, after, limit }: PlaceById,
): Promise<AccountLevel> {
  const [sums, accounts] = await Promise.all([
    readAccountSums(deps.db, { currency, appId, affiliateId: null }),
    listAffiliateAccounts(deps.db, appId, { currency, after: after?.id ?? "", limit }),
  ]);
  return { sums, accounts };
}

/** One affiliate's account, and the conversions that its earnings are made of, newest first. */
export async function readAccountConversions(
  deps: Deps,
  appId: string,
  place: { affiliateId: string; currency: string; after: Cursor | null; limit: number },
): Promise<{ readonly sums: AccountSums; readonly conversions: readonly AccountConversion[] }> {
  const { affiliateId, currency, after, limit } = place;
  const [sums, conversions] = await Promise.all([
    readAccountSums(deps.db, { currency, appId, affiliateId }),
    listAccountConversions(deps.db, appId, { affiliateId, currency, before: after ?? END_OF_TIME, limit }),
  ]);
  return { sums, conversions };
}

/** What is asked for by `AccountScope`'s ids, as people call it. */
export interface ScopeNames {
  readonly app: App | null;
  readonly affiliate: string | null;
}

/** Whose accounts are asked for. Fails with `not_found` for an app or an affiliate of it that is not there. */
export async function readAccountScope(
  deps: Deps,
  { appId, affiliateId }: Pick<AccountScope, "appId" | "affiliateId">,
): Promise<Result<ScopeNames>> {
  if (appId === null) return ok({ app: null, affiliate: null });
  const app = await findApp(deps.db, appId, deps.now());
  if (app === null) return fail("not_found", "No such app.");
  if (affiliateId === null) return ok({ app, affiliate: null });
  const affiliate = await findAffiliate(deps.db, appId, affiliateId, deps.now());
  if (affiliate === null) return fail("not_found", "No such affiliate.");
  return ok({ app, affiliate: affiliate.name ?? affiliate.email ?? affiliate.id });
}

/** Every name that a payment of an app has: Stripe's, and its backend's own. */
export async function readPaymentNames(deps: Deps, appId: string, paymentId: string): Promise<readonly PaymentName[]> {
  return listPaymentNames(deps.db, appId, paymentId);
}

/** What the affiliates of these postings and their apps are called, by `keyOfAccount`. */
export async function namePostings(
  deps: Deps,
  postings: readonly Posting[],
): Promise<ReadonlyMap<string, { readonly app: string; readonly affiliate: string }>> {
  if (postings.length === 0) return new Map();
  const named = await nameAccounts(deps.db, postings);
  return new Map(named.map(({ app, affiliate, ...key }) => [keyOfAccount(key), { app, affiliate }]));
}

export function keyOfAccount({ appId, affiliateId }: AffiliateKey): string {
  return `${appId} ${affiliateId}`;
}
