import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { signStripe, stripeEvents } from "../../support/stripe-events.ts";
import { type Batch, type Creator, CURRENCIES, MINIMUM, type Payout, PayoutModel, type Sale } from "../payout-model.ts";
import { type Dice, diceOf } from "./dice.ts";
import { type Answered, type Call, type Json, later, type Machine } from "./machine.ts";

/** What a shop does, and how often: the paths of money, and three ways to steal. */
const OPERATIONS = {
  signup: 6,
  "sale by key": 12,
  "sale without a key of its own": 4,
  "sale in public": 8,
  "Stripe invoice": 8,
  "refund by conversion": 5,
  "refund by payment": 4,
  "refund by user": 4,
  "Stripe refund": 5,
  "Stripe dispute": 4,
  hold: 4,
  release: 3,
  decision: 6,
  correction: 3,
  status: 2,
  draft: 6,
  run: 8,
  settle: 4,
  fail: 2,
  retry: 2,
  return: 2,
  redeem: 5,
  complete: 3,
  spend: 4,
  "revoke credits": 2,
  forge: 2,
  cross: 2,
} as const;
export type Operation = keyof typeof OPERATIONS | "import";

/** A fact is in the database under this name once, or it was lost or doubled. */
export type FactKind =
  | "signup"
  | "conversion"
  | "refund"
  | "dispute"
  | "hold"
  | "decision"
  | "correction"
  | "payout"
  | "redemption"
  | "spend";

interface Sold {
  readonly sale: Sale;
  readonly user: string;
  readonly ref: string;
  /** Its name at Stripe, where it has one. */
  readonly charge: string | null;
  readonly by: "key" | "public" | "stripe";
  readonly id: string;
}

interface Redemption {
  readonly id: string;
  readonly referrer: string;
  readonly referred: string;
  readonly day: number;
  status: "pending" | "successful" | "revoked";
}

const SECRET = `whsec_${"c".repeat(32)}`;
const AMOUNTS = [1, 333, 3_333, 10_000, 25_001];
const REASON = "chaos asks for it";
const AWARD = 100;
/** A redemption waits longer than this for its word. */
const PENDING_DAYS = 20;
/** As many wrong answers say enough. */
const MAX_PROBLEMS = 5;

/** One app and the model of it, side by side. It does one thing after another; others do theirs meanwhile. */
export class Shop {
  readonly model: PayoutModel;
  readonly facts = new Map<FactKind, Set<string>>();
  readonly told = new Map<string, number>();
  readonly credits = new Map<string, number>();
  readonly done = new Map<Operation, number>();
  readonly problems: string[] = [];
  readonly ids = new Map<Creator, string>();
  readonly name: string;
  id = "";
  key = "";
  neighbour: Shop | null = null;
  readonly sold: Sold[] = [];
  readonly #machine: Machine;
  readonly #dice: Dice;
  readonly #batches = new Map<Batch, string>();
  readonly #payouts = new Map<Payout, string>();
  readonly #returned = new Set<Payout>();
  readonly #redemptions: Redemption[] = [];
  readonly #guessed = new Set<string>();
  readonly #holds = new Map<string, number>();
  #names = 0;

  constructor(machine: Machine, { name, seed }: { readonly name: string; readonly seed: number }) {
    this.#machine = machine;
    this.#dice = diceOf(seed);
    this.name = name;
    this.model = new PayoutModel(machine.now, ["ann", "bob", "cat"]);
  }

  async open(): Promise<void> {
    const made = await this.#machine.call("/api/v1/apps", {
      key: this.#machine.operatorKey,
      body: { name: this.name, commission_percent: 30, currency: "usd" },
    });
    this.id = made.body.app.id;
    this.key = made.body.secret_key;
    const settings = { dedupe_seconds: 3_600, credits: { cap: 1_000_000 } };
    this.#expect(await this.#call("/api/v1/app", { method: "PATCH", body: settings }), 200);
    await this.#call("/api/v1/app/stripe", { method: "PUT", body: { webhook_secrets: [SECRET] } });
    const minimums = Object.fromEntries(CURRENCIES.map((code) => [code, MINIMUM]));
    this.#expect(await this.#call("/api/v1/app/payouts", { method: "PUT", body: { minimums } }), 200);
    for (const creator of this.model.creators) {
      const ref = this.#refOf(creator);
      const { body } = await this.#call("/api/v1/affiliates", { body: { email: `${ref}@example.test`, ref } });
      this.#tell("affiliate.joined");
      await this.#giveMethod(creator, body.affiliate.id);
    }
  }

  /** Does what the dice say. What is not as the model has it is a problem, and the shop goes on. */
  async perform(operation: Operation = this.#dice.draw(OPERATIONS)): Promise<void> {
    if (this.problems.length >= MAX_PROBLEMS) return;
    // Whether a batch was made before a revocation or after it is told by the clock.
    this.model.now += 1;
    this.done.set(operation, (this.done.get(operation) ?? 0) + 1);
    try {
      await this.#act(operation);
    } catch (error) {
      this.problems.push(`${operation}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #act(operation: Operation): Promise<void> {
    const sold = this.#newest(this.sold);
    const payout = this.#newest(this.model.payouts);
    switch (operation) {
      case "signup":
        return this.#signUp();
      case "sale by key":
      case "sale without a key of its own":
      case "sale in public":
        return this.#sell(operation);
      case "Stripe invoice":
        return this.#sellByStripe();
      case "refund by conversion":
      case "refund by payment":
      case "refund by user":
        return this.#refund(sold, operation);
      case "Stripe refund":
        return this.#refundByStripe(this.#newest(this.sold.filter(({ by }) => by === "stripe")));
      case "Stripe dispute":
        return this.#dispute(sold);
      case "hold":
      case "release":
        return this.#hold(sold, operation);
      case "decision":
        return this.#decide(this.#newest(this.sold.filter(({ by }) => by === "public")));
      case "correction":
        return this.#correct();
      case "status":
        return this.#setStatus();
      case "draft":
        return this.#draft();
      case "run":
        return this.#run(this.#newest(this.model.batches));
      case "settle":
      case "fail":
      case "retry":
        return this.#end(payout, operation);
      case "return":
        return this.#giveBack(this.#newest(this.model.payouts.filter(({ status }) => status === "settled")));
      case "redeem":
        return this.#redeem();
      case "complete":
        return this.#complete();
      case "spend":
        return this.#spend();
      case "revoke credits":
        return this.#revokeCredits();
      case "forge":
        return this.#forge();
      case "cross":
        return this.#cross();
      case "import":
        return this.#moveIn();
    }
  }

  async #signUp(): Promise<void> {
    const creator = this.#earner();
    if (creator === null) return;
    const user = this.#newName("signed");
    const key = this.#dice.below(2) === 0 ? { event_id: `s-${user}` } : {};
    const body = { ref: this.#refOf(creator), user_id: user, ...key };
    this.#expect(await this.#twice("/api/track/signup", { body }), 200);
    this.#know("signup", user);
    this.#tell("signup.created");
  }

  async #sell(how: Operation): Promise<void> {
    const creator = this.#earner();
    if (creator === null) return;
    const isPublic = how === "sale in public";
    const [ref, user] = [this.#refOf(creator), this.#newName("u")];
    const [amount, currency] = [this.#dice.pick(AMOUNTS), this.#dice.pick(CURRENCIES)];
    // Some payments have no name, and are known again by the key of their call alone.
    const charge = how === "sale by key" && this.#dice.below(2) === 0 ? null : `ch_${user}`;
    const key =
      how === "sale without a key of its own"
        ? {}
        : { event_id: isPublic ? this.#guessKey(ref, user) : `${ref}:${user}` };
    const payment = charge === null ? {} : { payment_ref: charge };
    const body = { ref, user_id: user, amount_cents: amount, currency, ...payment, ...key };
    const answer = await this.#twice("/api/track/conversion", { body, ...(isPublic ? { key: undefined } : {}) });
    this.#expect(answer, 200);
    const sale = this.model.sell(creator, { amount, currency, isPublic });
    this.#book({ sale, user, ref, charge, by: isPublic ? "public" : "key", id: answer.body.conversion_id });
  }

  /** A stranger's key that, with the code before it, reads as one of the backend's: it is the stranger's own all the same. */
  #guessKey(ref: string, user: string): string {
    const known = this.sold.filter((one) => one.by === "key" && one.ref === ref && !this.#guessed.has(one.user));
    const guess = this.#newest(known)?.user ?? user;
    this.#guessed.add(guess);
    return guess;
  }

  async #sellByStripe(): Promise<void> {
    const creator = this.#earner();
    if (creator === null) return;
    const user = this.#newName("u");
    const [amount, currency] = [this.#dice.pick(AMOUNTS), this.#dice.pick(CURRENCIES)];
    const ref = this.#refOf(creator);
    const event = this.#stripe.invoicePaid({
      id: `in_${user}`,
      amountPaid: amount,
      currency,
      subscription: `sub_${user}`,
      subscriptionMetadata: { agentlinks_ref: ref, agentlinks_user_id: user },
      charge: `ch_${user}`,
    });
    await this.#deliver(event);
    const { events } = (await this.#call("/api/v1/app/stripe/events?limit=10")).body;
    const id = events.find((one: Json) => one.id === event.id)?.conversion_id;
    if (typeof id !== "string") throw new Error(`no conversion of ${event.id}`);
    const sale = this.model.sell(creator, { amount, currency, isPublic: false });
    this.#book({ sale, user, ref, charge: `ch_${user}`, by: "stripe", id });
  }

  #book(sold: Sold): void {
    this.sold.push(sold);
    this.#know("conversion", sold.id);
    this.#know("signup", sold.user);
    this.#tell("conversion.created");
    this.#tell("signup.created");
  }

  async #refund(sold: Sold | null, how: Operation): Promise<void> {
    if (sold === null || sold.by === "stripe" || (sold.by === "public" && how !== "refund by conversion")) return;
    const { sale } = sold;
    // Of a payment that is not known, or is void, a refund waits.
    if (how === "refund by payment" && (sale.isVoid || sold.charge === null)) return;
    const cents = this.#dice.pick([1, 7, 100, 333, 3_333, sale.amount]);
    const names = {
      "refund by conversion": { conversion_id: sold.id },
      "refund by payment": { payment_ref: sold.charge },
      "refund by user": { user_id: sold.user, currency: sale.currency },
    };
    const event_id = this.#newName("r");
    const named = how === "refund by payment" || how === "refund by user" ? names[how] : names["refund by conversion"];
    const answer = await this.#twice("/api/track/refund", { body: { ...named, amount_cents: cents, event_id } });
    const left = sale.amount - sale.refunded - (sale.disputed === "lost" ? sale.amount : 0);
    const isTaken = cents <= left && !sale.isVoid;
    this.#expect(answer, isTaken ? 200 : 422);
    if (!isTaken) return;
    sale.refunded += cents;
    this.#know("refund", answer.body.refund_id);
    this.#tell("refund.created");
  }

  async #refundByStripe(sold: Sold | null): Promise<void> {
    if (sold === null || sold.sale.disputed === "lost") return;
    const { sale } = sold;
    const left = sale.amount - sale.refunded;
    if (left === 0) return;
    const amount = Math.min(left, this.#dice.pick([1, 7, 333, sale.amount]));
    const id = this.#newName("re_");
    await this.#deliver(this.#stripe.refundCreated({ id, charge: sold.charge, amount, currency: sale.currency }));
    sale.refunded += amount;
    this.#know("refund", id);
    if (!sale.isVoid) this.#tell("refund.created");
  }

  async #dispute(sold: Sold | null): Promise<void> {
    if (sold === null || sold.sale.disputed === "won" || sold.sale.disputed === "lost") return;
    const { sale, charge } = sold;
    if (charge === null) return;
    const status = sale.disputed === null ? "open" : this.#dice.pick(["won", "lost"] as const);
    const of = { id: `dp_${charge}`, charge, amount: sale.amount, currency: sale.currency };
    await this.#deliver(
      status === "open" ? this.#stripe.disputeCreated(of) : this.#stripe.disputeClosed({ ...of, status }),
    );
    sale.disputed = status;
    this.#know("dispute", of.id);
    if (status === "lost" && !sale.isVoid && sale.refunded < sale.amount) this.#tell("refund.created");
  }

  async #hold(sold: Sold | null, action: "hold" | "release"): Promise<void> {
    if (sold === null) return;
    const answer = await this.#twice(`/api/v1/conversions/${sold.id}/${action}`, { body: { reason: REASON } });
    this.#expect(answer, 200);
    if (sold.sale.isHeld === (action === "hold")) return;
    sold.sale.isHeld = action === "hold";
    const changes = this.#holds.get(sold.id) ?? 0;
    this.#holds.set(sold.id, changes + 1);
    this.#know("hold", `${sold.id} ${changes + 1}`);
  }

  async #decide(sold: Sold | null): Promise<void> {
    if (sold === null) return;
    const { sale } = sold;
    const decision = this.#dice.pick(["approve", "approve", "reject"] as const);
    const body = { decision, conversion_ids: [sold.id], reason: REASON };
    const answer = await this.#twice("/api/v1/review", { body });
    const isNew = sale.decision === null && !sale.isVoid;
    this.#same(answer.body.done, isNew || sale.decision === decision ? 1 : 0, "done");
    if (!isNew) return;
    sale.decision = decision;
    if (decision === "reject") sale.isVoid = true;
    this.#know("decision", sold.id);
  }

  async #correct(): Promise<void> {
    const creator = this.#dice.pick(this.model.creators);
    const [amount, currency] = [this.#dice.pick([-5_000, -1, 700, 2_000]), this.#dice.pick(CURRENCIES)];
    const body = { amount_cents: amount, currency, reason: REASON, event_id: this.#newName("c") };
    const answer = await this.#twice(`${this.#pathOf(creator)}/corrections`, { body });
    if (answer.status !== 200) this.#expect(answer, 201);
    this.model.correct(creator, { amount, currency });
    this.#know("correction", answer.body.correction.id);
  }

  async #setStatus(): Promise<void> {
    const creator = this.#dice.pick(this.model.creators);
    // Somebody has to stay.
    const mayLeave = this.model.creators.filter(({ status }) => status !== "revoked").length > 1;
    const status = this.#dice.pick(
      mayLeave ? (["active", "active", "suspended", "revoked"] as const) : (["active", "suspended"] as const),
    );
    const answer = await this.#twice(this.#pathOf(creator), { method: "PATCH", body: { status, reason: REASON } });
    const isFinal = creator.status === "revoked" && status !== "revoked";
    this.#expect(answer, isFinal ? 409 : 200);
    if (isFinal || creator.status === status) return;
    if (status === "revoked") this.model.revoke(creator);
    else creator.status = status;
    this.#tell("affiliate.status_changed");
  }

  /** Sent again after no answer it drafts again: what nobody approves pays nobody. */
  async #draft(): Promise<void> {
    const answer = await this.#call("/api/v1/payouts/batches", { body: {} });
    const batch = this.model.draft();
    this.#expect(answer, batch === null ? 409 : 201);
    if (batch === null) return;
    const { id } = answer.body.batch;
    this.#batches.set(batch, id);
    await this.#compareLines(batch);
    this.#expect(await this.#twice(`/api/v1/payouts/batches/${id}/approve`, { method: "POST" }), 200);
  }

  async #run(batch: Batch | null): Promise<void> {
    if (batch === null) return;
    const before = this.model.payouts.length;
    const answer = await this.#twice(`/api/v1/payouts/batches/${this.#batches.get(batch)}/run`, { method: "POST" });
    if (batch.status !== "settled") this.model.run(batch);
    this.#same(
      (await this.#call(`/api/v1/payouts/batches/${this.#batches.get(batch)}`)).body.batch.status,
      batch.status,
      "status",
    );
    this.#expect(answer, 200);
    await this.#comparePayouts(batch, before);
  }

  async #end(payout: Payout | null, how: "settle" | "fail" | "retry"): Promise<void> {
    if (payout === null) return;
    const before = this.model.payouts.length;
    const body = how === "fail" ? { reason: REASON } : {};
    const answer = await this.#twice(`/api/v1/payouts/${this.#payouts.get(payout)}/${how}`, { body });
    const isOpen = payout.status === "processing";
    const isSame = payout.status === (how === "settle" ? "settled" : "failed");
    this.#expect(answer, (how === "retry" ? isSame : isOpen || isSame) ? 200 : 409);
    if (how === "retry" && isSame) {
      this.model.retry(payout);
      await this.#comparePayouts(payout.batch, before);
    }
    if (how === "settle" && isOpen) this.model.settle(payout);
    if (how === "fail" && isOpen) this.model.fail(payout);
    if (how !== "retry" && isOpen) this.#tell(how === "settle" ? "payout.paid" : "payout.failed");
  }

  async #giveBack(payout: Payout | null): Promise<void> {
    if (payout === null || this.#returned.has(payout)) return;
    this.#returned.add(payout);
    const amount = this.#dice.pick([1, payout.amount]);
    const id = this.#payouts.get(payout);
    const body = { reason: REASON, amount_cents: amount };
    this.#expect(await this.#twice(`/api/v1/payouts/${id}/return`, { body }), 200);
    this.model.correct(payout.creator, { amount, currency: payout.currency });
    this.#know("correction", `${id}_${amount}`);
    this.#tell("payout.returned");
  }

  async #redeem(): Promise<void> {
    const referrer = `${this.name}-friend-${this.#dice.below(4)}`;
    const referred = this.#newName("acc");
    const pending = this.#dice.below(2) === 0;
    const code = await this.#call("/api/v1/referrals/code", { headers: { "X-Account-Id": referrer } });
    const body = { code: code.body.referral_code, referred_account_id: referred, pending };
    const answer = await this.#twice("/api/v1/referrals/redeem", { body });
    this.#expect(answer, 200);
    const made: Redemption = {
      id: answer.body.redemption_id,
      referrer,
      referred,
      day: this.model.today,
      status: "pending",
    };
    this.#redemptions.push(made);
    this.#know("redemption", made.id);
    this.#same(answer.body.credits_awarded, pending ? 0 : AWARD, `credits of ${JSON.stringify(answer.body)}`);
    if (!pending) this.#award(made);
  }

  async #complete(): Promise<void> {
    const isOpen = ({ status, day }: Redemption) => status === "pending" && this.model.today - day < PENDING_DAYS;
    const one = this.#newest(this.#redemptions.filter(isOpen));
    if (one === null) return;
    const body = { referred_account_id: one.referred };
    const answer = await this.#twice("/api/v1/referrals/complete", { body });
    this.#same(answer.body.credits_awarded, AWARD, `credits of ${JSON.stringify(answer.body)}`);
    this.#award(one);
  }

  async #spend(): Promise<void> {
    const [account, amount] = [`${this.name}-friend-${this.#dice.below(4)}`, this.#dice.pick([30, 70, 150])];
    const body = { amount, reference: this.#newName("order") };
    const headers = { "X-Account-Id": account };
    const answer = await this.#twice("/api/v1/credits/spend", { body, headers });
    const isEnough = (this.credits.get(account) ?? 0) >= amount;
    this.#expect(answer, isEnough ? 200 : 409);
    if (!isEnough) return;
    this.#give(account, -amount);
    this.#know("spend", answer.body.spend_id);
  }

  async #revokeCredits(): Promise<void> {
    const one = this.#newest(this.#redemptions.filter(({ status }) => status === "successful"));
    if (one === null) return;
    const body = { redemption_id: one.id, reason: REASON };
    this.#expect(await this.#twice("/api/v1/credits/revoke", { body }), 200);
    one.status = "revoked";
    for (const account of [one.referrer, one.referred]) this.#give(account, -AWARD);
    this.#tell("credit.revoked", 2);
  }

  #award(one: Redemption): void {
    one.status = "successful";
    for (const account of [one.referrer, one.referred]) this.#give(account, AWARD);
    this.#tell("referral.completed");
    this.#tell("credit.awarded", 2);
  }

  #give(account: string, credits: number): void {
    this.credits.set(account, (this.credits.get(account) ?? 0) + credits);
  }

  /** An event that nobody at Stripe signed. */
  async #forge(): Promise<void> {
    const ref = this.#refOf(this.#dice.pick(this.model.creators));
    const user = this.#newName("forged");
    const metadata = { agentlinks_ref: ref, agentlinks_user_id: user };
    const event = this.#stripe.invoicePaid({
      id: `in_${user}`,
      amountPaid: 10_000,
      subscription: `sub_${user}`,
      subscriptionMetadata: metadata,
    });
    const body = JSON.stringify(event);
    const headers = { "Stripe-Signature": await signStripe(body, `whsec_${"f".repeat(32)}`) };
    this.#expect(await this.#call(`/api/stripe/webhook/${this.id}`, { key: undefined, headers, body }), 400);
  }

  /** What is another app's is not there. */
  async #cross(): Promise<void> {
    const theirs = this.#newest(this.neighbour?.sold ?? []);
    if (theirs === null) return;
    const action = this.#dice.pick(["hold", "refund"]);
    const answer =
      action === "hold"
        ? await this.#call(`/api/v1/conversions/${theirs.id}/hold`, { body: { reason: REASON } })
        : await this.#call("/api/track/refund", { body: { conversion_id: theirs.id, amount_cents: 1 } });
    this.#expect(answer, 404);
  }

  /** By the command, which is killed at its first try. */
  async #moveIn(): Promise<void> {
    const creator: Creator = { name: this.#newName("moved"), status: "active", revokedAt: 0 };
    const ref = this.#refOf(creator);
    const [email, user] = [`${ref}@example.test`, this.#newName("u")];
    const rows = [
      "type,email,ref,user_id,currency,amount",
      `affiliate,${email},${ref},,,`,
      `referral,${email},,${user},,`,
      `balance,${email},,,USD,12.34`,
    ];
    const file = join(this.#machine.folder, `${ref}.csv`);
    writeFileSync(file, rows.join("\n"));
    let isFirst = true;
    while (!(await this.#runImport(file, isFirst ? 600 + this.#dice.below(600) : null))) isFirst = false;
    this.model.creators.push(creator);
    this.model.correct(creator, { amount: 1_234, currency: "usd" });
    const { affiliates } = (await this.#call("/api/v1/affiliates?limit=100")).body;
    await this.#giveMethod(creator, affiliates.find((one: Json) => one.email === email).id);
    const { corrections } = (await this.#call(`${this.#pathOf(creator)}/corrections`)).body;
    this.#know("correction", corrections[0].id);
    this.#know("signup", user);
    this.#tell("affiliate.joined");
    this.#tell("signup.created");
  }

  /** Whether it ended well. `killMs`: when it is killed. */
  async #runImport(file: string, killMs: number | null): Promise<boolean> {
    const command = spawn(process.execPath, [resolve("dist/cli.js"), "import", file, "--app", this.id, "--apply"], {
      cwd: this.#machine.folder,
      env: { PATH: process.env["PATH"], ...this.#machine.env },
      stdio: "ignore",
    });
    const ended = once(command, "exit");
    if (killMs !== null) void later(killMs).then(() => command.kill("SIGKILL"));
    return (await ended)[0] === 0;
  }

  async #giveMethod(creator: Creator, id: string): Promise<void> {
    this.ids.set(creator, id);
    const body = { kind: "other", details: "cash" };
    this.#expect(await this.#call(`${this.#pathOf(creator)}/payout-method`, { method: "PUT", body }), 200);
  }

  async #compareLines(batch: Batch): Promise<void> {
    const { lines } = (await this.#call(`/api/v1/payouts/batches/${this.#batches.get(batch)}/lines?limit=100`)).body;
    const theirs = lines.map(
      (one: Json) => `${one.affiliate_id} ${one.currency} ${one.approved_cents} ${one.done} ${one.reason}`,
    );
    const ours = batch.lines.map(
      (one) => `${this.ids.get(one.creator)} ${one.currency} ${one.approved} ${one.isDone} ${one.reason}`,
    );
    this.#same(theirs.toSorted().join(", "), ours.toSorted().join(", "), "lines");
  }

  async #comparePayouts(batch: Batch, before: number): Promise<void> {
    const { payouts } = (await this.#call(`/api/v1/payouts?batch_id=${this.#batches.get(batch)}&limit=100`)).body;
    const known = new Set(this.#payouts.values());
    const written = payouts.filter(({ id }: Json) => !known.has(id));
    for (const payout of this.model.payouts.slice(before)) {
      const theirs = written.find(
        (one: Json) => one.affiliate_id === this.ids.get(payout.creator) && one.currency === payout.currency,
      );
      this.#same(theirs?.amount_cents, payout.amount, "a payout's amount");
      this.#payouts.set(payout, theirs?.id ?? "");
      this.#know("payout", theirs?.id ?? "");
      this.#tell("payout.created");
    }
    this.#same(written.length, this.model.payouts.length - before, "payouts written");
    await this.#compareLines(batch);
  }

  async #deliver(event: Json): Promise<void> {
    const body = JSON.stringify(event);
    const headers = { "Stripe-Signature": await signStripe(body, SECRET) };
    const answer = await this.#twice(`/api/stripe/webhook/${this.id}`, { key: undefined, headers, body });
    this.#same(answer.body.outcome, "recorded", `outcome of ${event.type}`);
  }

  /** As impatient senders do, now and then twice at once: both are answered alike. */
  async #twice(path: string, call: Call): Promise<Answered> {
    const sent = this.#dice.below(8) === 0 ? [call, call] : [call];
    const [first, second] = await Promise.all(sent.map((one) => this.#call(path, one)));
    if (first === undefined) throw new Error("nothing was sent");
    if (second !== undefined && first.status < 300)
      this.#same(second.status < 300, true, `the repeat of ${path} succeeds`);
    return first;
  }

  #call(path: string, call: Call = {}): Promise<Answered> {
    return this.#machine.call(path, { key: this.key, ...call });
  }

  get #stripe() {
    return stripeEvents("2024", { created: Math.floor(this.#machine.now / 1_000) });
  }

  /** Somebody whose code is alive. */
  #earner(): Creator | null {
    const alive = this.model.creators.filter(({ status }) => status !== "revoked");
    return alive.length === 0 ? null : this.#dice.pick(alive);
  }

  #refOf(creator: Creator): string {
    return `${this.name}-${creator.name}`;
  }

  #pathOf(creator: Creator): string {
    return `/api/v1/affiliates/${this.ids.get(creator)}`;
  }

  /** Of the last few, where things happen to what has just happened. */
  #newest<T>(items: readonly T[]): T | null {
    return items.at(-1 - this.#dice.below(Math.min(Math.max(items.length, 1), 12))) ?? null;
  }

  #newName(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.name}${this.#names}`;
  }

  #know(kind: FactKind, id: string): void {
    const facts = this.facts.get(kind) ?? new Set();
    this.facts.set(kind, facts.add(id));
  }

  #tell(kind: string, times = 1): void {
    this.told.set(kind, (this.told.get(kind) ?? 0) + times);
  }

  #expect(answer: Answered, status: number): void {
    if (answer.status !== status)
      throw new Error(`answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
  }

  #same(is: unknown, expected: unknown, what: string): void {
    if (is !== expected) throw new Error(`${what}: ${String(is)}, not ${String(expected)}`);
  }
}
