import type { Deps } from "../../deps.ts";
import { DAY_MS, matureDay, startOfDay } from "../../domain/maturation.ts";
import { auditBooks } from "./audit-books.ts";
import { checkBalance, checkCommission, checkReversal, DEMO_TERMS } from "./demo-sums.ts";
import { createTeller, type DemoApi, type Teller } from "./demo-teller.ts";

/** What the story is told on: a fresh database, and the public HTTP routes over it. */
export interface DemoStage {
  readonly deps: Deps;
  /** Sends a request to the product's own routes. */
  readonly api: DemoApi;
  /** Moves the clock of `deps` on by milliseconds. */
  readonly advance: (millis: number) => void;
  readonly print: (line: string) => void;
}

const HOLDING_DAYS = 14;
/** The two payments, in cents. Sums by hand are typed in below: the rule and the books must both agree with them. */
const FIRST = 10_000;
const SECOND = 4_999;

/**
 * Tells what AgentLinks does by doing it: a click, a signup, a payment and its repetitions, refunds, a second payment
 * that matures. Beside each number of the books stands the sum worked out by hand; throws at the first that differs.
 */
export async function tellDemo(stage: DemoStage): Promise<void> {
  const tale = await openTale(stage);
  await tellVisit(tale);
  await tellPayment(tale);
  await tellRepetition(tale);
  await tellRefunds(tale);
  await tellMaturation(tale);
  await tellBooks(tale);
}

interface Tale {
  readonly stage: DemoStage;
  readonly teller: Teller;
  readonly affiliateId: string;
}

async function openTale(stage: DemoStage): Promise<Tale> {
  const { deps, api, print } = stage;
  const teller = createTeller({ api, print });
  teller.say("AgentLinks in one sitting: a fresh database in memory, the same HTTP routes.");
  teller.say("Before each = the sum worked out by hand, after it the number in the books.");
  teller.step("The shop's app pays 30 %; Mara gets the code demo42");
  teller.actAs(deps.config.operatorKey);
  const app = await teller.tell("POST", "/api/v1/apps", { name: "Demo Shop", commission_percent: "30" });
  teller.actAs(app.text("secret_key"));
  const joined = await teller.tell("POST", "/api/v1/affiliates", {
    email: "mara@example.test",
    name: "Mara",
    ref: "demo42",
  });
  teller.check("the platform takes 5 % of a commission: basis points", {
    byHand: DEMO_TERMS.feeBps,
    books: app.number("app.platform_fee_bps"),
  });
  teller.check("a commission waits: days", { byHand: HOLDING_DAYS, books: app.number("app.holding_days") });
  return { stage, teller, affiliateId: joined.text("affiliate.id") };
}

async function tellVisit({ teller, affiliateId }: Tale): Promise<void> {
  teller.step("A visitor follows Mara's link, then signs up");
  await teller.tell("POST", "/api/track/click", { ref: "demo42", visitor: "visitor_1" });
  await teller.tell("POST", "/api/track/click", { ref: "demo42", visitor: "visitor_1" });
  await teller.tell("POST", "/api/track/signup", { ref: "demo42", user_id: "u_1", email: "ada@example.test" });
  const stats = await teller.send("GET", `/api/v1/affiliates/${affiliateId}/stats`);
  teller.check("a visitor counts once an hour: clicks", { byHand: 1, books: stats.number("days.0.clicks") });
  teller.check("signups", { byHand: 1, books: stats.number("days.0.signups") });
}

const FIRST_CALL = { ref: "demo42", user_id: "u_1", amount_cents: FIRST, event_id: "order_1" };

async function tellPayment({ teller, stage, affiliateId }: Tale): Promise<void> {
  teller.step("The visitor pays 100.00 USD; the shop's backend reports it");
  const paid = await teller.tell("POST", "/api/track/conversion", FIRST_CALL);
  checkCommission(teller, paid, { paidCents: FIRST, byHand: { grossCents: 3_000, feeCents: 150, netCents: 2_850 } });
  const available = new Date(startOfDay(matureDay(stage.deps.now(), HOLDING_DAYS))).toISOString();
  teller.check("available at the first 00:00 UTC after 14 days", {
    byHand: available,
    books: paid.text("available_at"),
    show: (instant) => instant.replace("T00:00:00.000Z", ""),
  });
  await checkBalance(teller, affiliateId, { pending: 2_850, available: 0 });
}

async function tellRepetition({ teller, affiliateId }: Tale): Promise<void> {
  teller.step("The backend is not sure it got through and sends the same again");
  const again = await teller.tell("POST", "/api/track/conversion", FIRST_CALL);
  teller.check("answered from the books, not recorded twice", {
    byHand: "true",
    books: again.header("Idempotent-Replayed"),
  });
  teller.say("  The same event_id with another amount is a mistake, and is told:");
  await teller.tell("POST", "/api/track/conversion", { ...FIRST_CALL, amount_cents: FIRST + 1 }, 409);
  await checkBalance(teller, affiliateId, { pending: 2_850, available: 0 });
}

async function tellRefunds({ teller, affiliateId }: Tale): Promise<void> {
  teller.step("The shop gives back 33.33, later the other 66.67");
  const refund = { ref: "demo42", user_id: "u_1" };
  const part = await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 3_333, event_id: "refund_1" });
  checkReversal(teller, part, {
    paidCents: FIRST,
    from: 0,
    to: 3_333,
    byHand: { grossCents: 1_000, feeCents: 50, netCents: 950 },
  });
  await checkBalance(teller, affiliateId, { pending: 1_900, available: 0 });
  const rest = await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 6_667, event_id: "refund_2" });
  checkReversal(teller, rest, {
    paidCents: FIRST,
    from: 3_333,
    to: FIRST,
    byHand: { grossCents: 2_000, feeCents: 100, netCents: 1_900 },
  });
  await checkBalance(teller, affiliateId, { pending: 0, available: 0 });
  teller.say("  There is nothing left to give back, not a cent:");
  await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 1, event_id: "refund_3" }, 422);
}

async function tellMaturation({ teller, stage, affiliateId }: Tale): Promise<void> {
  teller.step("A second payment, 49.99 USD: every share is rounded down");
  const call = { ref: "demo42", user_id: "u_1", amount_cents: SECOND, event_id: "order_2" };
  const paid = await teller.tell("POST", "/api/track/conversion", call);
  checkCommission(teller, paid, { paidCents: SECOND, byHand: { grossCents: 1_499, feeCents: 74, netCents: 1_425 } });
  await checkBalance(teller, affiliateId, { pending: 1_425, available: 0 });
  teller.step("15 days later: the money is Mara's to cash out, without any job running");
  stage.advance(15 * DAY_MS);
  await checkBalance(teller, affiliateId, { pending: 0, available: 1_425 });
  teller.step("The shop gives back 20.00 of it after all");
  const refund = { ref: "demo42", user_id: "u_1", amount_cents: 2_000, event_id: "refund_4" };
  const back = await teller.tell("POST", "/api/track/refund", refund);
  checkReversal(teller, back, {
    paidCents: SECOND,
    from: 0,
    to: 2_000,
    byHand: { grossCents: 600, feeCents: 30, netCents: 570 },
  });
  await checkBalance(teller, affiliateId, { pending: 0, available: 855 });
}

async function tellBooks({ teller, stage }: Tale): Promise<void> {
  teller.step("The books are recomputed from every recorded fact");
  const problems = await auditBooks(stage.deps.db);
  for (const problem of problems) teller.say(problem);
  teller.check("things that are off", { byHand: 0, books: problems.length });
  teller.say("");
  teller.say(`All ${teller.agreed()} numbers agreed.`);
}
