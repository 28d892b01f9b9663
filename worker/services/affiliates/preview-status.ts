import type { Deps } from "../../deps.ts";
import { type AffiliateStatus, whyNotStatus } from "../../domain/affiliate-status.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type MoneyEffect, moneyEffect } from "../../domain/status-effect.ts";
import { type CurrencyBalance, readBalances } from "../../store/book-store.ts";
import { countToVoid } from "../../store/revoke-store.ts";
import { readFollowing } from "../../store/status-store.ts";
import type { AffiliateOfApp } from "./read-affiliates.ts";

/** What each count goes up to: a preview costs the same for an affiliate of ten commissions as for one of a million. */
const MAX_COUNTED = 10_000;
/** Codes that are named. */
const MAX_REFS = 100;

/** What a change of status would do now. */
export interface StatusPreview {
  readonly from: AffiliateStatus;
  readonly to: AffiliateStatus;
  /** Codes that change, and how: dead for good, or live from then on. None where they stay as they are. */
  readonly codes: { readonly become: "dead" | "live" | null; readonly refs: readonly string[] };
  /** Customers whom the next live code may bring anew. */
  readonly customersFreed: number;
  /** Whether payouts leave the affiliate out from then on. */
  readonly payoutsSkipped: boolean;
  readonly currencies: readonly CurrencyEffect[];
  /** False where there may be more than was counted: more codes, customers or commissions. Money is always exact. */
  readonly complete: boolean;
}

export interface CurrencyEffect extends MoneyEffect {
  readonly currency: string;
  readonly voidedCommissions: number;
}

/** What becoming `to` would do to an affiliate. Fails with `conflict`, and says why, where `to` may not follow. */
export async function previewStatus(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  to: AffiliateStatus,
): Promise<Result<StatusPreview>> {
  const from = affiliate.status;
  const why = whyNotStatus(from, to);
  if (why !== null) return fail("conflict", why);
  const [now, affiliateId] = [deps.now(), affiliate.id];
  const revokes = to === "revoked" && from !== "revoked";
  const [balances, toVoid, following] = await Promise.all([
    readBalances(deps.db, app.id, { affiliateId, now }),
    revokes ? countToVoid(deps.db, app.id, { affiliateId, now, limit: MAX_COUNTED }) : NOTHING_TO_VOID,
    readFollowing(deps.db, app.id, { affiliateId, now, maxRefs: MAX_REFS, maxCustomers: MAX_COUNTED }),
  ]);
  const become = revokes ? "dead" : from === "applied" && to === "active" ? "live" : null;
  const refs = become === null ? [] : following.refs;
  const customersFreed = revokes ? following.customers : 0;
  return ok({
    from,
    to,
    codes: { become, refs },
    customersFreed,
    payoutsSkipped: to === "suspended",
    currencies: balances.map((balance) => effectOn(balance, { from, to, counts: toVoid.counts })),
    complete: refs.length < MAX_REFS && customersFreed < MAX_COUNTED && toVoid.complete,
  });
}

const NOTHING_TO_VOID: Awaited<ReturnType<typeof countToVoid>> = { counts: new Map(), complete: true };

function effectOn(
  balance: CurrencyBalance,
  change: { from: AffiliateStatus; to: AffiliateStatus; counts: ReadonlyMap<string, number> },
): CurrencyEffect {
  const { currency } = balance;
  return { currency, voidedCommissions: change.counts.get(currency) ?? 0, ...moneyEffect(balance, change) };
}
