import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { giveMethod, payoutsOf, setMinimums, step } from "../support/payouts.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { deliverTo, SECRET } from "../support/stripe-world.ts";
import { createWorld, type Json, START, type TestApp, type World } from "../support/world.ts";
import { addCreator } from "../support/creators.ts";
import { type Batch, type Creator, CURRENCIES, MINIMUM, type Payout, PayoutModel, type Sale } from "./payout-model.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";

type Action =
  | {
      readonly what: "sell";
      readonly creator: number;
      readonly amount: number;
      readonly currency: string;
      readonly isPublic: boolean;
    }
  | { readonly what: "refund"; readonly sale: number; readonly amount: number }
  | { readonly what: "dispute"; readonly sale: number; readonly status: "open" | "won" | "lost" }
  | { readonly what: "hold" | "release"; readonly sale: number }
  | { readonly what: "decide"; readonly sale: number; readonly decision: "approve" | "reject" }
  | { readonly what: "status"; readonly creator: number; readonly status: "active" | "suspended" | "revoked" }
  | { readonly what: "correct"; readonly creator: number; readonly amount: number; readonly currency: string }
  | { readonly what: "wait"; readonly days: number }
  | { readonly what: "draft" }
  | { readonly what: "run"; readonly batch: number }
  | { readonly what: "settle" | "fail" | "retry"; readonly payout: number };

const place = fc.nat({ max: 11 });
const currency = fc.constantFrom(...CURRENCIES);
const amount = fc.constantFrom(1, 333, 3_333, 10_000, 25_001);
const creator = fc.nat({ max: 2 });
const sell = fc.record({ what: fc.constant("sell" as const), creator, amount, currency, isPublic: fc.boolean() });
const wait = fc.record({ what: fc.constant("wait" as const), days: fc.constantFrom(1, 5, 15) });

/** Most of it sells, waits and pays; the rest is what goes wrong between. */
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: sell },
  { weight: 4, arbitrary: wait },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("draft" as const) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("run" as const), batch: fc.nat({ max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom("settle" as const, "fail" as const, "retry" as const),
      payout: fc.nat({ max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("refund" as const), sale: place, amount }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("dispute" as const),
      sale: place,
      status: fc.constantFrom("open" as const, "won" as const, "lost" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom("hold" as const, "release" as const), sale: place }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("decide" as const),
      sale: place,
      decision: fc.constantFrom("approve" as const, "approve" as const, "reject" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("correct" as const),
      creator,
      amount: fc.constantFrom(-5_000, -1, 700, 2_000),
      currency,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("status" as const),
      creator,
      status: fc.constantFrom(
        "active" as const,
        "active" as const,
        "suspended" as const,
        "suspended" as const,
        "revoked" as const,
      ),
    }),
  },
);

/** Begun with something to pay, so that a history comes to its point. */
const anyHistory = fc
  .tuple(fc.array(sell, { minLength: 3, maxLength: 6 }), fc.array(anyAction, { minLength: 10, maxLength: 45 }))
  .map(([sales, actions]): readonly Action[] => [...sales, { what: "wait", days: 15 }, ...actions]);

test(
  "AR18 after every step of any history the books balance, nothing is paid twice, and balances are as the rules say",
  async () => {
    const play = fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const stage = await PayoutStage.open();
        for (const action of history) {
          await stage.perform(action);
          await expectAgreement(stage);
        }
        await stage.world.db.close();
      }),
      runs(12),
    );
    await expect(play).resolves.toBeUndefined();
  },
  TIME_LIMIT_MS,
);

function expectAgreement(stage: PayoutStage): Promise<void> {
  return stage.expectAgreement();
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The product and the model side by side. */
class PayoutStage {
  readonly world: World;
  readonly app: TestApp;
  readonly #creators = new Map<Creator, TestApp>();
  readonly #sales = new Map<Sale, string>();
  readonly #batches = new Map<Batch, string>();
  readonly #payouts = new Map<Payout, string>();
  readonly model = new PayoutModel(START, ["ann", "bob", "cat"]);

  static async open(): Promise<PayoutStage> {
    const world = await createWorld();
    const stage = new PayoutStage(world, await world.newApp());
    await world.call("/api/v1/app/stripe", { webhook_secrets: [SECRET] }, { key: stage.app.key, method: "PUT" });
    await setMinimums(world, stage.app, Object.fromEntries(CURRENCIES.map((code) => [code, MINIMUM])));
    for (const one of stage.model.creators) {
      const made = await addCreator(world, stage.app, one.name);
      await giveMethod(world, made);
      stage.#creators.set(one, made);
    }
    return stage;
  }

  private constructor(world: World, app: TestApp) {
    this.world = world;
    this.app = app;
  }

  async perform(action: Action): Promise<void> {
    switch (action.what) {
      case "sell":
        return this.#sell(pick(this.model.creators, action.creator), action);
      case "refund":
        return this.#refund(nth(this.model.sales, action.sale), action.amount);
      case "dispute":
        return this.#dispute(nth(this.model.sales, action.sale), action.status);
      case "hold":
      case "release":
        return this.#hold(nth(this.model.sales, action.sale), action.what);
      case "decide":
        return this.#decide(nth(this.model.sales, action.sale), action.decision);
      case "status":
        return this.#setStatus(pick(this.model.creators, action.creator), action.status);
      case "correct":
        return this.#correct(pick(this.model.creators, action.creator), action);
      case "wait":
        this.world.advance(action.days * DAY_MS);
        this.model.now += action.days * DAY_MS;
        return;
      case "draft":
        return this.#draft();
      case "run":
        return this.#run(nth(this.model.batches, action.batch));
      case "settle":
      case "fail":
      case "retry":
        return this.#end(nth(this.model.payouts, action.payout), action.what);
    }
  }

  async expectAgreement(): Promise<void> {
    for (const one of this.model.creators) {
      for (const code of CURRENCIES) {
        const is = await this.world.balance(this.#creatorOf(one), code);
        const expected = this.model.balanceOf(one, code);
        expect(is ?? NOTHING).toMatchObject({
          pending_cents: expected.pending,
          available_cents: expected.available,
          in_review_cents: expected.inReview,
          held_cents: expected.held,
          paid_cents: expected.paid,
          processing_cents: expected.processing,
        });
      }
    }
    const statuses = await payoutsOf(this.world, this.app);
    expect(statuses.map(({ id, amount_cents, status }) => `${id} ${amount_cents} ${status}`).toSorted()).toEqual(
      this.model.payouts.map((one) => `${this.#payouts.get(one)} ${one.amount} ${one.status}`).toSorted(),
    );
    expect(await checkBooks(this.world.db)).toEqual([]);
    expect(await this.world.db.query(SETTLED_IS_PAID)).toEqual([]);
  }

  async #sell(
    one: Creator,
    { amount: cents, currency: code, isPublic }: { amount: number; currency: string; isPublic: boolean },
  ) {
    if (one.status === "revoked") return;
    const n = this.model.sales.length + 1;
    const body = { ref: one.name, user_id: `u${n}`, amount_cents: cents, currency: code, payment_ref: `ch_${n}` };
    const options = isPublic ? { headers: { "X-Test-IP": `2001:db8:${n.toString(16)}::1` } } : { key: this.app.key };
    const answer = await this.world.call("/api/track/conversion", body, options);
    expect(answer.status).toBe(200);
    this.#sales.set(this.model.sell(one, { amount: cents, currency: code, isPublic }), answer.body.conversion_id);
  }

  async #refund(sale: Sale | null, cents: number): Promise<void> {
    if (sale === null || sale.isPublic) return;
    const left = sale.amount - sale.refunded - (sale.disputed === "lost" ? sale.amount : 0);
    const body = { conversion_id: this.#sales.get(sale), amount_cents: cents };
    const answer = await this.world.call("/api/track/refund", body, { key: this.app.key });
    const isTaken = cents <= left && !sale.isVoid;
    expect(answer.status).toBe(isTaken ? 200 : 422);
    if (isTaken) sale.refunded += cents;
  }

  async #dispute(sale: Sale | null, status: "open" | "won" | "lost"): Promise<void> {
    if (sale === null || sale.disputed === "won" || sale.disputed === "lost") return;
    const { disputeCreated, disputeClosed } = stripeEvents("newest", { created: Math.floor(this.model.now / 1_000) });
    const of = { id: `dp_${sale.place}`, charge: `ch_${sale.place}`, amount: sale.amount, currency: sale.currency };
    const event = status === "open" ? disputeCreated(of) : disputeClosed({ ...of, status });
    const answer = await deliverTo(this.world, `/api/stripe/webhook/${this.app.id}`, event);
    expect(answer.body).toMatchObject({ received: true, outcome: "recorded" });
    sale.disputed = status;
  }

  async #hold(sale: Sale | null, action: "hold" | "release"): Promise<void> {
    if (sale === null) return;
    const path = `/api/v1/conversions/${this.#sales.get(sale)}/${action}`;
    expect((await this.world.call(path, { reason: "a history asks for it" }, { key: this.app.key })).status).toBe(200);
    sale.isHeld = action === "hold";
  }

  async #decide(sale: Sale | null, decision: "approve" | "reject"): Promise<void> {
    if (sale === null) return;
    const body = { decision, conversion_ids: [this.#sales.get(sale)], reason: "a history asks for it" };
    const { done } = (await this.world.call("/api/v1/review", body, { key: this.app.key })).body;
    const isNew = sale.isPublic && sale.decision === null && !sale.isVoid;
    expect(done).toBe(isNew || sale.decision === decision ? 1 : 0);
    if (!isNew) return;
    sale.decision = decision;
    if (decision === "reject") sale.isVoid = true;
  }

  async #setStatus(one: Creator, status: "active" | "suspended" | "revoked"): Promise<void> {
    const path = `/api/v1/affiliates/${this.#creatorOf(one).affiliateId}`;
    const body = { status, reason: "a history asks for it" };
    const answer = await this.world.call(path, body, { key: this.app.key, method: "PATCH" });
    const isFinal = one.status === "revoked" && status !== "revoked";
    expect(answer.status).toBe(isFinal ? 409 : 200);
    if (isFinal) return;
    if (status !== "revoked") one.status = status;
    else if (one.status !== "revoked") this.model.revoke(one);
    // Whether a batch was made before a revocation or after it is told by the clock.
    this.world.advance(1);
    this.model.now += 1;
  }

  async #correct(one: Creator, { amount: cents, currency: code }: { amount: number; currency: string }): Promise<void> {
    const path = `/api/v1/affiliates/${this.#creatorOf(one).affiliateId}/corrections`;
    const body = { amount_cents: cents, currency: code, reason: "a history asks for it" };
    expect((await this.world.call(path, body, { key: this.app.key })).status).toBe(201);
    this.model.correct(one, { amount: cents, currency: code });
  }

  async #draft(): Promise<void> {
    const answer = await step(this.world, this.app, "batches", {});
    const expected = this.model.draft();
    expect(answer.status).toBe(expected === null ? 409 : 201);
    if (expected === null) return;
    this.#batches.set(expected, answer.body.batch.id);
    const lines = await this.#linesOf(expected);
    expect(lines).toEqual(expected.lines.map((line) => this.#presented(line)).toSorted());
    expect((await step(this.world, this.app, `batches/${answer.body.batch.id}/approve`)).status).toBe(200);
  }

  async #run(batch: Batch | null): Promise<void> {
    if (batch === null) return;
    const before = this.model.payouts.length;
    const answer = await step(this.world, this.app, `batches/${this.#batches.get(batch)}/run`);
    if (batch.status !== "settled") this.model.run(batch);
    await this.#expectRun(batch, answer.body.batch, before);
  }

  async #end(payout: Payout | null, how: "settle" | "fail" | "retry"): Promise<void> {
    if (payout === null) return;
    const before = this.model.payouts.length;
    const body = how === "fail" ? { reason: "a history asks for it" } : {};
    const answer = await step(this.world, this.app, `${this.#payouts.get(payout)}/${how}`, body);
    const isOpen = payout.status === "processing";
    const isSame = payout.status === (how === "settle" ? "settled" : "failed");
    expect(answer.status).toBe((how === "retry" ? isSame : isOpen || isSame) ? 200 : 409);
    if (how === "retry" && isSame) {
      this.model.retry(payout);
      await this.#expectRun(payout.batch, answer.body.batch, before);
    }
    if (how === "settle" && isOpen) this.model.settle(payout);
    if (how === "fail" && isOpen) this.model.fail(payout);
  }

  /** What a run has written is what the model has, by affiliate and currency; and each line has its reason. */
  async #expectRun(batch: Batch, answer: Json, before: number): Promise<void> {
    expect(answer.status).toBe(batch.status);
    expect(await this.#linesOf(batch)).toEqual(batch.lines.map((line) => this.#presented(line)).toSorted());
    const known = new Set(this.#payouts.values());
    const written = (await payoutsOf(this.world, this.app)).filter(({ id }) => !known.has(id));
    for (const payout of this.model.payouts.slice(before)) {
      const theirs = written.find(
        ({ affiliate_id, currency: code }) =>
          affiliate_id === this.#creatorOf(payout.creator).affiliateId && code === payout.currency,
      );
      expect(theirs).toMatchObject({ amount_cents: payout.amount, status: "processing" });
      this.#payouts.set(payout, theirs?.id ?? "");
    }
    expect(written).toHaveLength(this.model.payouts.length - before);
  }

  async #linesOf(batch: Batch): Promise<readonly string[]> {
    const path = `/api/v1/payouts/batches/${this.#batches.get(batch)}/lines`;
    const { lines } = (await this.world.call(path, undefined, { key: this.app.key })).body;
    const texts: string[] = lines.map(
      (line: Json) => `${line.affiliate_id} ${line.currency} ${line.approved_cents} ${line.done} ${line.reason}`,
    );
    return texts.toSorted();
  }

  #presented(line: Batch["lines"][number]): string {
    const { affiliateId } = this.#creatorOf(line.creator);
    return `${affiliateId} ${line.currency} ${line.approved} ${line.isDone} ${line.reason}`;
  }

  #creatorOf(one: Creator): TestApp {
    const made = this.#creators.get(one);
    if (made === undefined) throw new Error("the stage has lost somebody");
    return made;
  }
}

const NOTHING = {
  pending_cents: 0,
  available_cents: 0,
  in_review_cents: 0,
  held_cents: 0,
  paid_cents: 0,
  processing_cents: 0,
};

/** What payouts took of conversions and corrections is what was paid, of everybody. */
const SETTLED_IS_PAID = {
  sql: `SELECT t.affiliate, t.currency, t.paid FROM total t WHERE t.paid <>
    coalesce((SELECT sum(c.settled_net) FROM conversion c
      WHERE c.app = t.app AND c.affiliate = t.affiliate AND c.currency = t.currency), 0)
    + coalesce((SELECT sum(k.amount) FROM correction k WHERE k.app = t.app AND k.affiliate = t.affiliate
      AND k.currency = t.currency AND k.payout IS NOT NULL), 0)`,
  args: [],
};

function pick<T>(items: readonly T[], at: number): T {
  const item = items[at % items.length];
  if (item === undefined) throw new Error("there is none");
  return item;
}

/** The newest first; null while there is none. */
function nth<T>(items: readonly T[], at: number): T | null {
  return items.at(-1 - (at % Math.max(items.length, 1))) ?? null;
}
