import { expect } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { signStripe, type StripeJson } from "./stripe-events.ts";
import { type Answer, createWorld, type Json, type TestApp, type World, type WorldOptions } from "./world.ts";

/** A signing secret for each test's endpoint, made up here. */
export const SECRET = `whsec_${"t".repeat(32)}`;

/** Three creators of every shop. What a code is followed by in the database is left out of what is compared. */
export const CREATORS = ["mara", "nils", "olga"] as const;
export type Creator = (typeof CREATORS)[number];

/** An app that has an endpoint of its own for Stripe's events, and three creators. */
export interface StripeShop {
  readonly world: World;
  readonly app: TestApp;
  /** The creators' codes: no two shops have the same. */
  readonly refs: Readonly<Record<Creator, string>>;
  readonly ids: Readonly<Record<Creator, string>>;
  /** Delivers an event, signed, to the app's endpoint. */
  readonly deliver: (event: StripeJson) => Promise<Answer>;
  readonly commissions: (creator?: Creator) => Promise<readonly Json[]>;
  readonly balance: (creator?: Creator, currency?: string) => Promise<Json>;
  readonly events: () => Promise<readonly Json[]>;
  /** What everybody has and why, without ids and times of receipt: equal for equal facts. */
  readonly books: () => Promise<Json>;
}

export interface ShopOptions {
  /** For `PUT /api/v1/app/stripe`. */
  readonly settings?: StripeJson;
  /** For `PATCH /api/v1/app`. */
  readonly program?: StripeJson;
  readonly currency?: string;
}

let shops = 0;

/** A world with one such app. */
export async function openStripeWorld(options: WorldOptions & ShopOptions = {}): Promise<StripeShop> {
  const { settings, program, currency, ...rest } = options;
  return openShop(await createWorld(rest), {
    ...(settings === undefined ? {} : { settings }),
    ...(program === undefined ? {} : { program }),
    ...(currency === undefined ? {} : { currency }),
  });
}

export async function openShop(world: World, options: ShopOptions = {}): Promise<StripeShop> {
  const { settings = {}, program, currency = "usd" } = options;
  shops += 1;
  const suffix = `_s${shops}`;
  const app = await world.newApp({ ref: `mara${suffix}`, currency });
  const { key } = app;
  const put = { webhook_secrets: [SECRET], ...settings };
  expect((await world.call("/api/v1/app/stripe", put, { key, method: "PUT" })).status).toBe(200);
  if (program !== undefined) {
    expect((await world.call("/api/v1/app", program, { key, method: "PATCH" })).status).toBe(200);
  }
  const join = async (ref: string): Promise<string> => {
    const made = await world.call(
      "/api/v1/affiliates",
      { email: `${ref}${suffix}@creators.test`, ref: `${ref}${suffix}` },
      { key },
    );
    expect(made.status).toBe(201);
    return made.body.affiliate.id;
  };
  const ids = { mara: app.affiliateId, nils: await join("nils"), olga: await join("olga") };
  const read = async (path: string): Promise<Json> => (await world.call(path, undefined, { key })).body;
  const commissions = async (creator: Creator = "mara"): Promise<readonly Json[]> =>
    (await read(`/api/v1/affiliates/${ids[creator]}/commissions?limit=100`)).commissions;

  return {
    world,
    app,
    refs: { mara: `mara${suffix}`, nils: `nils${suffix}`, olga: `olga${suffix}` },
    ids,
    deliver: (event) => deliverTo(world, `/api/stripe/webhook/${app.id}`, event),
    commissions,
    async balance(creator = "mara", of = currency) {
      const { balances } = await read(`/api/v1/affiliates/${ids[creator]}/balance`);
      return balances.find((one: Json) => one.currency === of);
    },
    events: async () => (await read("/api/v1/app/stripe/events?limit=100")).events,
    async books() {
      const own = CREATORS.map(async (creator) => [
        creator,
        {
          balances: (await read(`/api/v1/affiliates/${ids[creator]}/balance`)).balances,
          stats: (await read(`/api/v1/affiliates/${ids[creator]}/stats`)).days,
          commissions: (await commissions(creator)).map(withoutIds).toSorted(),
        },
      ]);
      const books = { ...Object.fromEntries(await Promise.all(own)), payments: await paymentsOf(world, app.id) };
      return JSON.parse(JSON.stringify(books).replaceAll(new RegExp(`${suffix}\\b`, "g"), ""));
    },
  };
}

/** Nothing is off in the books of any app of the world. */
export async function expectBooks(world: World): Promise<void> {
  expect(await checkBooks(world.db)).toEqual([]);
}

/** Delivers an event to an endpoint, signed with `secret` now. */
export async function deliverTo(
  world: World,
  path: string,
  event: StripeJson,
  { secret = SECRET, payload = JSON.stringify(event) }: { secret?: string; payload?: string } = {},
): Promise<Answer> {
  return world.call(path, payload, { headers: { "Stripe-Signature": await signStripe(payload, secret) } });
}

function withoutIds(commission: Json): string {
  return JSON.stringify({ ...commission, id: "", conversion_id: "", created_at: "" });
}

/** How each payment of an app stands that Stripe told of, with all its names. */
async function paymentsOf({ db }: World, appId: string): Promise<readonly Json[]> {
  const rows = await db.query({
    sql: `SELECT s.state, s.reason, s.user_id, s.code, (SELECT group_concat(n.ref) FROM (
        SELECT DISTINCT p.ref FROM payment_ref p WHERE p.app = s.app AND p.payment = s.payment ORDER BY p.ref) n) AS names
      FROM stripe_payment s WHERE s.app = ?1 ORDER BY names`,
    args: [appId],
  });
  return rows.map((row) => ({ ...row }));
}
