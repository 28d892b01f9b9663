import type { Deps } from "../../deps.ts";
import { commissionDue } from "../../domain/commission.ts";
import { formatMoney } from "../../domain/currency.ts";
import { DAY_MS, matureDay, startOfDay } from "../../domain/maturation.ts";
import { auditBooks } from "./audit-books.ts";
import { type Answer, createTeller, type DemoApi, type Teller } from "./demo-teller.ts";

/** What the story is told on: a fresh database, and the public HTTP routes over it. */
export interface DemoStage {
  readonly deps: Deps;
  /** Sends a request to the product's own routes. */
  readonly api: DemoApi;
  /** Moves the clock of `deps` on by milliseconds. */
  readonly advance: (millis: number) => void;
  readonly print: (line: string) => void;
}

/** The terms of the story's payments: 30 %, of which the platform takes 5 %. Amounts are in cents. */
const TERMS = { rateBps: 3_000, feeBps: 500 };
const HOLDING_DAYS = 14;
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

/** The numbers at the end of a step, by hand: Mara's pending and available cents. */
interface Standing {
  readonly pending: number;
  readonly available: number;
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
    byHand: TERMS.feeBps,
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

async function tellPayment(tale: Tale): Promise<void> {
  const { teller, stage } = tale;
  teller.step("The visitor pays 100.00 USD; the shop's backend reports it");
  const paid = await teller.tell("POST", "/api/track/conversion", FIRST_CALL);
  // Typed in, not computed: the domain and the books must both agree with the page a person reads.
  checkCommission(tale, paid, { captured: FIRST, refunded: 0, gross: 3_000, fee: 150, net: 2_850 });
  const available = new Date(startOfDay(matureDay(stage.deps.now(), HOLDING_DAYS))).toISOString();
  teller.check("available at the first 00:00 UTC after 14 days", {
    byHand: available,
    books: paid.text("available_at"),
    show: (instant) => instant.replace("T00:00:00.000Z", ""),
  });
  await checkStanding(tale, { pending: 2_850, available: 0 });
}

async function tellRepetition(tale: Tale): Promise<void> {
  const { teller } = tale;
  teller.step("The backend is not sure it got through and sends the same again");
  const again = await teller.tell("POST", "/api/track/conversion", FIRST_CALL);
  teller.check("answered from the books, not recorded twice", {
    byHand: "true",
    books: again.header("Idempotent-Replayed"),
  });
  teller.say("  The same event_id with another amount is a mistake, and is told:");
  await teller.tell("POST", "/api/track/conversion", { ...FIRST_CALL, amount_cents: FIRST + 1 }, 409);
  await checkStanding(tale, { pending: 2_850, available: 0 });
}

async function tellRefunds(tale: Tale): Promise<void> {
  const { teller } = tale;
  teller.step("The shop gives back 33.33, later the other 66.67");
  const refund = { ref: "demo42", user_id: "u_1" };
  const part = await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 3_333, event_id: "refund_1" });
  checkReversal(tale, part, { captured: FIRST, before: 0, refunded: 3_333, net: 950 });
  await checkStanding(tale, { pending: 1_900, available: 0 });
  const rest = await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 6_667, event_id: "refund_2" });
  checkReversal(tale, rest, { captured: FIRST, before: 3_333, refunded: FIRST, net: 1_900 });
  await checkStanding(tale, { pending: 0, available: 0 });
  teller.say("  There is nothing left to give back, not a cent:");
  await teller.tell("POST", "/api/track/refund", { ...refund, amount_cents: 1, event_id: "refund_3" }, 422);
}

async function tellMaturation(tale: Tale): Promise<void> {
  const { teller, stage } = tale;
  teller.step("A second payment, 49.99 USD: every share is rounded down");
  const call = { ref: "demo42", user_id: "u_1", amount_cents: SECOND, event_id: "order_2" };
  const paid = await teller.tell("POST", "/api/track/conversion", call);
  checkCommission(tale, paid, { captured: SECOND, refunded: 0, gross: 1_499, fee: 74, net: 1_425 });
  await checkStanding(tale, { pending: 1_425, available: 0 });
  teller.step("15 days later: the money is Mara's to cash out, without any job running");
  stage.advance(15 * DAY_MS);
  await checkStanding(tale, { pending: 0, available: 1_425 });
  teller.step("The shop gives back 20.00 of it after all");
  const refund = { ref: "demo42", user_id: "u_1", amount_cents: 2_000, event_id: "refund_4" };
  checkReversal(tale, await teller.tell("POST", "/api/track/refund", refund), {
    captured: SECOND,
    before: 0,
    refunded: 2_000,
    net: 570,
  });
  await checkStanding(tale, { pending: 0, available: 855 });
}

async function tellBooks({ teller, stage }: Tale): Promise<void> {
  teller.step("The books are recomputed from every recorded fact");
  const problems = await auditBooks(stage.deps.db);
  for (const problem of problems) teller.say(problem);
  teller.check("things that are off", { byHand: 0, books: problems.length });
  teller.say("");
  teller.say(`Every number agreed: ${teller.agreed()} of ${teller.agreed()}.`);
}

function checkCommission(
  { teller }: Tale,
  answer: Answer,
  by: { captured: number; refunded: number; gross: number; fee: number; net: number },
): void {
  const due = commissionDue({ baseCents: by.captured, capturedCents: by.captured, ...TERMS }, by.refunded);
  const gross = `30 % of ${cents(by.captured)} is ${share(by.captured, TERMS.rateBps)}: commission`;
  teller.check(gross, {
    byHand: by.gross,
    books: answer.number("commission.commission_cents"),
    rule: due.grossCents,
    show: cents,
  });
  const fee = `5 % of ${cents(by.gross)} is ${share(by.gross, TERMS.feeBps)}: platform fee`;
  teller.check(fee, {
    byHand: by.fee,
    books: answer.number("commission.platform_fee_cents"),
    rule: due.feeCents,
    show: cents,
  });
  const net = `${cents(by.gross)} − ${cents(by.fee)}: Mara gets`;
  teller.check(net, {
    byHand: by.net,
    books: answer.number("commission.net_commission_cents"),
    rule: due.netCents,
    show: cents,
  });
}

/** What a refund takes from Mara: her share of the payment as it stood before, less her share of what is left. */
function checkReversal(
  { teller }: Tale,
  answer: Answer,
  by: { captured: number; before: number; refunded: number; net: number },
): void {
  const terms = { baseCents: by.captured, capturedCents: by.captured, ...TERMS };
  const before = commissionDue(terms, by.before);
  const after = commissionDue(terms, by.refunded);
  teller.say(
    `  ${cents(by.captured - by.refunded)} stays paid: commission ${cents(after.grossCents)}, ` +
      `fee ${cents(after.feeCents)}, Mara ${cents(after.netCents)}`,
  );
  teller.check(`${cents(before.netCents)} − ${cents(after.netCents)}: taken back from Mara`, {
    byHand: by.net,
    books: answer.number("reversed.net_commission_cents"),
    rule: before.netCents - after.netCents,
    show: cents,
  });
}

async function checkStanding({ teller, affiliateId }: Tale, by: Standing): Promise<void> {
  const balance = await teller.send("GET", `/api/v1/affiliates/${affiliateId}/balance`);
  teller.check("Mara's balance, pending", {
    byHand: by.pending,
    books: balance.number("balances.0.pending_cents"),
    show: cents,
  });
  const books = balance.number("balances.0.available_cents");
  teller.check("Mara's balance, available", { byHand: by.available, books, show: cents });
}

/** A share before it is rounded down, exact: 30 % of 49.99 → 14.997. Basis points of cents are millionths. */
function share(amountCents: number, bps: number): string {
  const digits = String(BigInt(amountCents) * BigInt(bps)).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6).replace(/0{1,4}$/, "")}`;
}

function cents(amountCents: number): string {
  return formatMoney(amountCents, "usd").replace(/ USD$/, "");
}
