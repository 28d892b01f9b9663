import { percentOf } from "../../domain/percent.ts";
import type { Client, Commission, Exchange } from "./agentlinks-client.ts";
import type { Backend, Customer } from "./backend.ts";

/** What happened to this visitor so far: every number read through the API, none made up. */
export interface Story {
  readonly currency: string;
  /** The creator whose link it is. */
  readonly creator: { readonly name: string; readonly ref: string };
  readonly ratePercent: number;
  readonly feePercent: number;
  readonly holdingDays: number;
  /** The code in the visitor's cookie. */
  readonly cookieRef: string | null;
  readonly counts: Counts;
  /** Clicks counted before this page's own, null when nobody looked. */
  readonly clicksBefore: number | null;
  readonly customer: Customer | null;
  readonly orders: readonly OrderStory[];
  readonly balance: {
    readonly pendingCents: number;
    readonly availableCents: number;
    readonly next: readonly Maturing[];
  };
  /** The time of AgentLinks, epoch milliseconds: it can be moved on. */
  readonly now: number;
}

/** What the creator's codes counted in the last 30 days. */
export interface Counts {
  readonly clicks: number;
  readonly signups: number;
  readonly conversions: number;
  readonly refunds: number;
}

export interface Maturing {
  readonly availableAt: string;
  readonly amountCents: number;
}

/** An order of this visitor. `title` is null for one the shop has forgotten; `commission` null when nobody earned. */
export interface OrderStory {
  readonly title: string | null;
  readonly amountCents: number;
  readonly commission: Commission | null;
  readonly reports: readonly Exchange[];
}

export interface Visitor {
  readonly cookieRef: string | null;
  readonly customerId: string | null;
  readonly clicksBefore: number | null;
}

/** Reads the story of a visitor from the API and the shop's own memory. */
export async function readStory(
  { client, backend, now }: { client: Client; backend: Backend; now: () => number },
  { cookieRef, customerId, clicksBefore }: Visitor,
): Promise<Story> {
  const [{ app }, { affiliate }, { balances }, { commissions }, { days }] = await Promise.all([
    client.app(),
    client.affiliate(),
    client.balance(),
    client.commissions(),
    client.stats(),
  ]);
  const balance = balances.find(({ currency }) => currency === app.currency);
  return {
    currency: app.currency,
    creator: { name: affiliate.name ?? affiliate.ref, ref: affiliate.ref },
    ratePercent: affiliate.commission_percent,
    feePercent: percentOf(app.platform_fee_bps),
    holdingDays: app.holding_days,
    cookieRef,
    counts: sumOf(days),
    clicksBefore,
    customer: customerId === null ? null : backend.customerOf(customerId),
    orders: customerId === null ? [] : ordersOf(backend, { customerId, commissions }),
    balance: {
      pendingCents: balance?.pending_cents ?? 0,
      availableCents: balance?.available_cents ?? 0,
      next: (balance?.next ?? []).map((next) => ({ availableAt: next.available_at, amountCents: next.amount_cents })),
    },
    now: now(),
  };
}

function sumOf(days: readonly Counts[]): Counts {
  const sum = (count: (day: Counts) => number) => days.reduce((total, day) => total + count(day), 0);
  return {
    clicks: sum((day) => day.clicks),
    signups: sum((day) => day.signups),
    conversions: sum((day) => day.conversions),
    refunds: sum((day) => day.refunds),
  };
}

/** The shop's orders with their commissions, newest first, then commissions of orders from before a restart. */
function ordersOf(
  backend: Backend,
  { customerId, commissions }: { customerId: string; commissions: readonly Commission[] },
): readonly OrderStory[] {
  const theirs = commissions.filter((commission) => commission.user_id === customerId);
  const known = backend.ordersOf(customerId);
  const remembered = known.map(({ product, conversionId, reports }) => ({
    title: product.name,
    amountCents: product.priceCents,
    commission: theirs.find((commission) => commission.conversion_id === conversionId) ?? null,
    reports,
  }));
  const forgotten = theirs
    .filter((commission) => !known.some((order) => order.conversionId === commission.conversion_id))
    .map((commission) => ({ title: null, amountCents: commission.amount_cents, commission, reports: [] }));
  return [...remembered, ...forgotten];
}
