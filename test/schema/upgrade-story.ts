import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { DAY_MS, addCreator, setProgram, setStatus } from "../support/creators.ts";
import { befriend, bring, complete, spend } from "../support/friend-stage.ts";
import { correct, draft, failPayout, giveMethod, payOut, startPayouts, step } from "../support/payouts.ts";
import { pay } from "../support/program-stage.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { openShop } from "../support/stripe-world.ts";
import { openMigratedDb, snapshotOf } from "../support/template-db.ts";
import { openVisitor } from "../support/visitor.ts";
import { announce, redemptionOf } from "../support/waiting.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

/** What had happened by the time of a migration, and by then only by means that it had. */
export interface Chapter {
  /** The number of the first migration that has all of it. */
  readonly from: number;
  /** A database of today's in which it has happened, at today's migration. */
  readonly file: string;
  /** When it ends, in the world's time. */
  readonly endsAt: number;
  /** What every creator had then, by the API. */
  readonly balances: Json;
}

export interface Story {
  readonly chapters: readonly Chapter[];
  /** The creator most of it is about, in an app with others of every standing. */
  readonly mara: TestApp;
  readonly apps: readonly TestApp[];
}

/** The story of an installation, told once to a file of tests: what came with a migration happens in its chapter. */
export async function tellStory(): Promise<Story> {
  const world = await createWorld({ db: openMigratedDb() });
  const cast = await openCast(world);
  const apps = [cast.mara, cast.nils];
  const chapters: Chapter[] = [];
  for (const [from, happens] of CHAPTERS) {
    await happens(world, cast);
    const balances = await balancesOf(world, apps);
    chapters.push({ from, file: snapshotOf(world.db), endsAt: world.deps.now(), balances });
  }
  await world.db.close();
  afterAll(() => {
    for (const { file } of chapters) rmSync(dirname(file), { recursive: true, force: true });
  });
  return { chapters, mara: cast.mara, apps };
}

/** The balances of every creator of apps, in every currency. */
export async function balancesOf(world: World, apps: readonly TestApp[]): Promise<Json> {
  const balances: Record<string, Json> = {};
  for (const app of apps) {
    for (const { id } of (await call(world, app, "GET", "/api/v1/affiliates?limit=100")).affiliates) {
      balances[id] = (await call(world, app, "GET", `/api/v1/affiliates/${id}/balance`)).balances;
    }
  }
  return balances;
}

/** Creators: of one app but for nils, whose app counts in euros. */
interface Cast {
  readonly mara: TestApp;
  readonly olga: TestApp;
  readonly paul: TestApp;
  readonly rita: TestApp;
  readonly nils: TestApp;
}

const CHAPTERS: readonly (readonly [from: number, happens: (world: World, cast: Cast) => Promise<void>])[] = [
  [1, money],
  [2, stripe],
  [3, payouts],
  [4, mails],
  [5, people],
  [6, programs],
  [10, credits],
];

async function openCast(world: World): Promise<Cast> {
  const mara = await world.newApp({ ref: "mara" });
  await setProgram(world, mara, {
    max_event_cents: 200_000,
    max_day_cents: 900_000,
    origins: ["https://shop.example.test"],
  });
  const [olga, paul, rita] = [
    await addCreator(world, mara, "olga"),
    await addCreator(world, mara, "paul"),
    await addCreator(world, mara, "rita"),
  ];
  return { mara, olga, paul, rita, nils: await world.newApp({ ref: "nils", currency: "eur", percent: 12.5 }) };
}

/** Money in every lane, taken back in part and in whole, by callers of every kind; and decisions about it. */
async function money(world: World, { mara, olga, paul, rita, nils }: Cast): Promise<void> {
  const { key } = mara;
  await call(world, mara, "POST", "/api/track/click", { ref: "mara", visitor: "v1" });
  for (const [n, app] of [mara, olga, paul, rita, nils].entries()) {
    for (const sale of [1, 2, 3])
      await pay(world, app, { user: `${app.ref}-${sale}`, amount: 10_000 + n, key: app.key });
  }
  await pay(world, mara, { user: "big", amount: 250_000, key });
  await call(world, mara, "POST", "/api/track/conversion", { ...sold("yen"), amount_cents: 999, currency: "jpy" });
  await call(world, mara, "POST", "/api/track/signup", { ref: "mara", user_id: "s1", event_id: "s1" });
  await call(world, mara, "POST", "/api/track/refund", { payment_ref: "order-mara-1", amount_cents: 3_333 });
  await call(world, nils, "POST", "/api/track/refund", { payment_ref: "order-nils-1", event_id: "back" });
  await call(world, mara, "POST", "/api/track/refund", { payment_ref: "order-of-tomorrow", amount_cents: 500 });
  await world.call("/api/track/conversion", { ...sold("nobody"), ref: "nobody", app_id: mara.id }, { key });

  const waiting: string[] = [];
  for (const user of ["p1", "p2", "p3", "p4"]) waiting.push(await pay(world, mara, { user, amount: 4_000 }));
  const decide = (decision: string, id = "") =>
    call(world, mara, "POST", "/api/v1/review", { decision, conversion_ids: [id], reason: "seen" });
  await decide("approve", waiting[0]);
  await decide("reject", waiting[1]);
  const rule = { currency: "usd", max_event_cents: 5_000, max_day_cents: 50_000, reason: "known" };
  await call(world, mara, "POST", "/api/v1/review/rules", { ...rule, affiliate_id: mara.affiliateId });
  for (const user of ["held", "freed"]) {
    const id = await pay(world, mara, { user, amount: 6_000, key });
    await call(world, mara, "POST", `/api/v1/conversions/${id}/hold`, { reason: "odd" });
    if (user === "freed") await call(world, mara, "POST", `/api/v1/conversions/${id}/release`, { reason: "fine" });
  }

  await correct(world, mara, { amount: 700 });
  await correct(world, olga, { amount: -200 });
  const codes = `/api/v1/affiliates/${mara.affiliateId}/codes`;
  await call(world, mara, "POST", codes, { ref: "mara-2" });
  await call(world, mara, "DELETE", `${codes}/mara-2`);
  await call(world, mara, "PATCH", `/api/v1/affiliates/${olga.affiliateId}`, { commission_percent: 40 });
  await call(world, mara, "DELETE", "/api/v1/customers/olga-3");
  await setStatus(world, rita, "revoked");
}

/** An invoice that was refunded in part, one in dispute, one that waits for a code. */
async function stripe(world: World, { mara }: Cast): Promise<void> {
  const shop = await openShop(world);
  const s = stripeEvents("newest");
  const told = [
    s.customerCreated({ id: "cus_1", ref: shop.refs.mara, userId: "u1" }),
    ...["1", "2"].flatMap((n) => [
      s.invoicePaid({ id: `in_${n}`, customer: "cus_1", amountPaid: 10_000, totalExcludingTax: 9_000 }),
      s.invoicePaymentPaid({ invoice: `in_${n}`, paymentIntent: `pi_${n}` }),
      s.chargeSucceeded({ id: `ch_${n}`, paymentIntent: `pi_${n}`, amount: 10_000 }),
    ]),
    s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 2_500 }),
    s.disputeCreated({ id: "dp_1", charge: "ch_2", amount: 10_000 }),
    s.invoicePaid({ id: "in_3", customer: "cus_of_nobody", amountPaid: 5_000 }),
  ];
  for (const event of told) await shop.deliver(event);
  await call(world, mara, "PUT", "/api/v1/app/stripe", { webhook_secrets: [`whsec_${"u".repeat(32)}`] });
}

/** Payouts in each state, of what has matured; refunds after them; the platform's fee. */
async function payouts(world: World, { mara, olga, paul, nils }: Cast): Promise<void> {
  world.advance(20 * DAY_MS);
  const settled = await payOut(world, mara);
  await step(world, mara, `${settled}/return`, { amount_cents: 100, reason: "the bank sent it back" });
  for (const creator of [olga, paul]) await giveMethod(world, creator);
  const [failed = ""] = await startPayouts(world, olga);
  await failPayout(world, olga, failed);
  await startPayouts(world, paul);
  await call(world, mara, "POST", "/api/track/refund", { payment_ref: "order-mara-2" });
  await pay(world, mara, { user: "later", amount: 10_000, key: mara.key });
  await draft(world, mara);
  const tokens = `/api/v1/affiliates/${mara.affiliateId}/tokens`;
  await call(world, mara, "POST", tokens, { name: "Laptop" });
  await call(world, mara, "PUT", "/api/v1/app/join", { accounts: "listed", countries: ["NL"] });
  await call(world, mara, "PUT", "/api/v1/app/join/accounts/acc_listed");
  const collected = `INSERT INTO fee_collection (app, id, currency, amount, reason, actor, created_at)
    VALUES (?1, 'fc_1', 'eur', 55, 'bill 1', 'operator', ?2)`;
  await world.db.batch([{ sql: collected, args: [nils.id, BigInt(world.deps.now())] }]);
}

/** Mails that were sent, and some that wait. */
async function mails(world: World, { mara }: Cast): Promise<void> {
  await world.runJobs();
  await call(world, mara, "PUT", "/api/v1/app/mails", { mails: { weekly_digest: false } });
  await addCreator(world, mara, "quin");
}

async function people(world: World, { mara }: Cast): Promise<void> {
  await addOwner(world.deps, { actor: "operator", appId: mara.id, email: "owner@example.test" });
  await openVisitor(world).signIn("owner@example.test");
}

async function programs(world: World, { mara }: Cast): Promise<void> {
  await call(world, mara, "PUT", "/api/v1/app/terms", { text: "Be honest." });
  await call(world, mara, "PUT", "/api/v1/app/tag", { cookie_days: 30, attribution: "first" });
  await call(world, mara, "POST", "/api/v1/invitations", { email: "invited@example.test" });
}

/** Friends that count, wait and were taken back, credits that were spent; and an app where a bit of everything waits. */
async function credits(world: World, { nils }: Cast): Promise<void> {
  await befriend(world, nils, { account: "acc_nils", id: "rdm_first" });
  await bring(world, nils, { friend: "acc_2", id: "rdm_2" });
  await bring(world, nils, { friend: "acc_3", pending: true });
  await complete(world, nils, "acc_3");
  await spend(world, nils, { account: "acc_nils", amount: 30, reference: "order-1" });
  await call(world, nils, "POST", "/api/v1/credits/revoke", { redemption_id: "rdm_2", reason: "a second account" });
  const full = await world.newApp({ ref: "full" });
  await announce(world, full);
  await call(world, full, "POST", "/api/v1/credits/revoke", {
    redemption_id: redemptionOf(full, "successful"),
    reason: "a second account",
  });
}

function sold(user: string): Json {
  return { ref: "mara", user_id: user, amount_cents: 5_000, event_id: `sold-${user}` };
}

export async function call(world: World, app: TestApp, method: string, path: string, body?: Json): Promise<Json> {
  const answer = await world.call(path, body, { key: app.key, method });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
