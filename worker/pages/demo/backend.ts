import type { Client, Conversion, Exchange, Signup } from "./agentlinks-client.ts";
import type { Product } from "./catalogue.ts";

/** A customer as the shop knows them: `signup` is what AgentLinks answered, null when there was no code to report. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly signup: Exchange<Signup> | null;
}

/** An order with what the shop reported about it: the payment first, then refunds. */
export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly product: Product;
  /** Null when AgentLinks had nobody to credit. */
  readonly conversionId: string | null;
  readonly reports: readonly Exchange[];
}

export interface Refund {
  readonly id: string;
  readonly conversionId: string;
  /** Null: all that is left. */
  readonly amountCents: number | null;
}

export type Backend = ReturnType<typeof createBackend>;

/** Calls shown of one order: nobody refunds more often by hand. */
const MAX_REPORTS = 20;
/** A shop to try things in forgets its oldest customers and orders beyond these; AgentLinks forgets nothing. */
const MAX_CUSTOMERS = 1_000;
const MAX_ORDERS = 5_000;

/**
 * The shop's own little backend. It keeps customers and orders in memory, and reports each event to AgentLinks with its
 * secret key and an id of its own, so that a form sent twice is one order.
 */
export function createBackend(client: Client) {
  const customers = new Map<string, Customer>();
  const orders = new Map<string, Order>();
  return {
    customerOf: (id: string): Customer | null => customers.get(id) ?? null,

    /** Newest first. */
    ordersOf: (id: string): readonly Order[] =>
      [...orders.values()].filter((order) => order.customerId === id).toReversed(),

    async signUp({
      id,
      name,
      email,
      ref,
    }: {
      id: string;
      name: string;
      email: string;
      ref: string | null;
    }): Promise<void> {
      const call = { ref, user_id: id, email };
      const signup = ref === null ? null : await client.report<Signup>("/api/track/signup", call);
      keep(customers, { id, name, email, signup }, MAX_CUSTOMERS);
    },

    /**
     * Takes the order, then reports the payment: also without a code, for the customer may have come by one before. The
     * same order again is reported again, and stays what it was; another customer's is not touched.
     */
    async buy({
      id,
      customerId,
      product,
      ref,
    }: {
      id: string;
      customerId: string;
      product: Product;
      ref: string | null;
    }) {
      const known = orders.get(id) ?? { id, customerId, product, conversionId: null, reports: [] };
      if (known.customerId !== customerId) return;
      const call = {
        ...(ref === null ? {} : { ref }),
        user_id: customerId,
        amount_cents: product.priceCents,
        event_id: id,
      };
      const report = await client.report<Conversion>("/api/track/conversion", call);
      const conversionId = known.conversionId ?? report.done?.conversion_id ?? null;
      keep(orders, { ...known, conversionId, reports: withReport(known, report) }, MAX_ORDERS);
    },

    async refund({ id, conversionId, amountCents }: Refund): Promise<void> {
      const amount = amountCents === null ? {} : { amount_cents: amountCents };
      const call = { conversion_id: conversionId, ...amount, event_id: id };
      const report = await client.report("/api/track/refund", call);
      const order = [...orders.values()].find((known) => known.conversionId === conversionId);
      if (order !== undefined) orders.set(order.id, { ...order, reports: withReport(order, report) });
    },
  };
}

function withReport(order: Order, report: Exchange): readonly Exchange[] {
  return [...order.reports, report].slice(-MAX_REPORTS);
}

/** A Map keeps the order of insertion: its first key is the oldest. */
function keep<Item extends { readonly id: string }>(items: Map<string, Item>, item: Item, max: number): void {
  items.set(item.id, item);
  const [oldest] = items.keys();
  if (items.size > max && oldest !== undefined) items.delete(oldest);
}
