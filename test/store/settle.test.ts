import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import type { Db, Row, Statement } from "../../worker/store/db.ts";
import { settle } from "../../worker/store/settle.ts";
import { ROWS } from "../support/rows.ts";
import { apiRefund, conversionRows, insertRow, NOW, openBooks, settleAfter, sql, STRIPE, TODAY } from "./facts.ts";

const DAY = TODAY + 15;
const PAYMENT = "pay_c1";
const VOID = sql("UPDATE conversion SET voided_at = ?1, void_reason = 'rejected', dirty = 1 WHERE id = 'c1'", NOW);

let db: Db;
beforeEach(async () => {
  db = await openBooks();
});
afterEach(() => db.close());

/** Writes facts about a payment and settles, as one batch. */
async function write(fact: string, statements: readonly Statement[], payment = PAYMENT): Promise<void> {
  await db.batch([...statements, ...settleAfter(fact, { payment })]);
}

async function rows(text: string, ...args: readonly (string | number)[]): Promise<readonly Row[]> {
  return db.query(sql(text, ...args));
}

/** The ledger as `kind lane net fee day`, line by line. */
async function ledger(): Promise<readonly string[]> {
  const lines = await rows("SELECT kind, lane, net, fee, mature_day FROM ledger ORDER BY seq");
  return lines.map((line) => `${line["kind"]} ${line["lane"]} ${line["net"]} ${line["fee"]} ${line["mature_day"]}`);
}

async function buckets(): Promise<readonly string[]> {
  const all = await rows("SELECT lane, mature_day, net FROM bucket WHERE net <> 0 ORDER BY lane, mature_day");
  return all.map((bucket) => `${bucket["lane"]} ${bucket["net"]} ${bucket["mature_day"]}`);
}

async function total(): Promise<Row | undefined> {
  return (await rows("SELECT earned_clear, earned_review, earned_held, fee FROM total WHERE affiliate = 'ann'"))[0];
}

function charge(id: string, refundedTotal: number): Statement {
  return insertRow("charge", { ...ROWS.charge, ...STRIPE, id, refunded_total: refundedTotal });
}

function chargeRefund(
  id: string,
  { charge: of, amount, status }: { charge: string; amount: number; status: string },
): Statement {
  return insertRow("refund", {
    ...ROWS.refund,
    ...STRIPE,
    id,
    source: "stripe",
    source_ref: id,
    charge: of,
    amount,
    status,
    counted: 1,
  });
}

function dispute(
  id: string,
  { charge: of, amount, status }: { charge: string; amount: number; status: string },
): Statement {
  return insertRow("dispute", { ...ROWS.dispute, ...STRIPE, id, charge: of, amount, status });
}

function hold(id: string, action: "hold" | "release", payment = PAYMENT): Statement {
  return insertRow("hold", { ...ROWS.hold, id, payment, action });
}

function approval(conversion: string, decision: "approve" | "reject"): Statement {
  return insertRow("approval", { ...ROWS.approval, id: `ap_${conversion}`, conversion, decision });
}

function disputed(status: string): Statement {
  return dispute("dp_1", { charge: "ch_c1", amount: 0, status });
}

describe("a new conversion", () => {
  test("posts what is due once: a ledger row, its bucket, its affiliate's total", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    expect(await ledger()).toEqual([`in clear 2850 150 ${DAY}`]);
    expect(await buckets()).toEqual([`clear 2850 ${DAY}`]);
    expect(await total()).toEqual({ earned_clear: 2_850, earned_review: 0, earned_held: 0, fee: 150 });
    expect(await checkBooks(db)).toEqual([]);
  });

  test("settled again posts nothing: due minus posted is zero", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    for (let again = 0; again < 3; again++) await write(`again_${again}`, []);
    expect(await ledger()).toEqual([`in clear 2850 150 ${DAY}`]);
    expect(await buckets()).toEqual([`clear 2850 ${DAY}`]);
    expect(await rows("SELECT dirty FROM conversion")).toEqual([{ dirty: 0 }]);
  });

  test("names the fact that caused the posting", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("rfd_1", apiRefund("rfd_1", { payment: PAYMENT, amount: 5_000 }));
    expect(await rows("SELECT fact, cause, net FROM ledger ORDER BY seq")).toEqual([
      { fact: "clm_c1", cause: "c1#0", net: 2_850 },
      { fact: "rfd_1", cause: "c1#1", net: -1_425 },
    ]);
  });

  test("of which all is the platform's fee has a ledger row, and no bucket of zero", async () => {
    await write("clm_c1", conversionRows({ id: "c1", fee_bps: 10_000 }));
    expect(await ledger()).toEqual([`in clear 0 3000 ${DAY}`]);
    expect(await rows("SELECT * FROM bucket")).toEqual([]);
    await write("hld_1", [hold("hld_1", "hold")]);
    expect((await ledger()).slice(1)).toEqual([`out clear 0 -3000 ${DAY}`, `in held 0 3000 ${DAY}`]);
    expect(await total()).toMatchObject({ fee: 3_000 });
    expect(await checkBooks(db)).toEqual([]);
  });

  test("at a rate of 0 posts nothing, and is not dirty any more", async () => {
    await write("clm_c1", conversionRows({ id: "c1", rate_bps: 0 }));
    expect(await ledger()).toEqual([]);
    expect(await rows("SELECT dirty FROM conversion")).toEqual([{ dirty: 0 }]);
  });
});

describe("several conversions settled at once", () => {
  test("of one lane and day all reach their bucket: UPDATE FROM without GROUP BY would take one of them", async () => {
    await write(
      "clm_1",
      ["c1", "c2", "c3"].flatMap((id) => conversionRows({ id })),
    );
    expect(await buckets()).toEqual([`clear 8550 ${DAY}`]);
    expect(await total()).toMatchObject({ earned_clear: 8_550, fee: 450 });
  });

  test("go to their own lanes, days, currencies and affiliates", async () => {
    await write("clm_1", [
      ...conversionRows({ id: "c1" }),
      ...conversionRows({ id: "c2", lane: "review" }),
      ...conversionRows({ id: "c3", mature_day: DAY + 1 }),
      ...conversionRows({ id: "c4", currency: "eur" }),
      ...conversionRows({ id: "c5", affiliate: "bob" }),
    ]);
    const found = await rows("SELECT affiliate, currency, lane, mature_day, net FROM bucket ORDER BY 1, 2, 3, 4");
    expect(found.map((bucket) => Object.values(bucket).join(" "))).toEqual([
      `ann eur clear ${DAY} 2850`,
      `ann usd clear ${DAY} 2850`,
      `ann usd clear ${DAY + 1} 2850`,
      `ann usd review ${DAY} 2850`,
      `bob usd clear ${DAY} 2850`,
    ]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("leave and enter one bucket in the same batch", async () => {
    await write("clm_1", [...conversionRows({ id: "c1" }), ...conversionRows({ id: "c2" })]);
    await db.batch([
      ...apiRefund("rfd_1", { payment: "pay_c1", amount: 10_000 }),
      ...conversionRows({ id: "c3", captured: 1_000 }),
      ...settleAfter("rfd_1", { payment: "pay_c1" }),
    ]);
    expect(await buckets()).toEqual([`clear ${2_850 + 285} ${DAY}`]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("of another app wait for a batch of that app", async () => {
    await db.batch(conversionRows({ id: "o1", app: "other", affiliate: "oda" }));
    await write("clm_c1", conversionRows({ id: "c1" }));
    expect(await rows("SELECT app FROM ledger")).toEqual([{ app: "shop" }]);
    expect(await rows("SELECT dirty FROM conversion WHERE app = 'other'")).toEqual([{ dirty: 1 }]);
  });

  test("of no app are none: a batch whose code is unknown settles nothing", async () => {
    await db.batch(conversionRows({ id: "c1" }));
    await db.batch(settle({ app: null, claimed_app: null, code: "nobody", fact: "f", now: NOW }));
    expect(await ledger()).toEqual([]);
    await db.batch(settle({ app: null, claimed_app: "other", code: "ann", fact: "f", now: NOW }));
    expect(await ledger()).toEqual([]);
    await db.batch(settle({ app: null, claimed_app: "shop", code: "ann", fact: "f", now: NOW }));
    expect(await ledger()).toHaveLength(1);
  });
});

/** What is known of a payment of 10,000: the charge's cumulative amount, Stripe's refunds and disputes, API refunds. */
interface TakenBack {
  readonly seen?: number;
  readonly refunds?: readonly (readonly [amount: number, status: string])[];
  readonly disputes?: readonly (readonly [amount: number, status: string])[];
  readonly api?: readonly number[];
}

describe("what went back to the customer", () => {
  test.each<readonly [string, TakenBack, number]>([
    ["nothing", {}, 0],
    ["a charge of which nothing was refunded", { seen: 0 }, 0],
    ["one refund", { seen: 0, refunds: [[300, "succeeded"]] }, 300],
    [
      "two refunds add up",
      {
        seen: 0,
        refunds: [
          [300, "succeeded"],
          [200, "succeeded"],
        ],
      },
      500,
    ],
    [
      "refunds under way count",
      {
        seen: 0,
        refunds: [
          [300, "pending"],
          [200, "requires_action"],
        ],
      },
      500,
    ],
    [
      "the cumulative amount knows of a refund whose event has not come",
      { seen: 500, refunds: [[300, "succeeded"]] },
      500,
    ],
    [
      "the refunds know more than the last cumulative amount",
      {
        seen: 300,
        refunds: [
          [300, "succeeded"],
          [200, "succeeded"],
        ],
      },
      500,
    ],
    ["the cumulative amount alone", { seen: 700 }, 700],
    ["a refund that failed is given back", { seen: 0, refunds: [[300, "failed"]] }, 0],
    ["a refund that was cancelled is given back", { seen: 0, refunds: [[300, "canceled"]] }, 0],
    ["… also where it was in the cumulative amount", { seen: 300, refunds: [[300, "failed"]] }, 0],
    ["… of which the rest stays", { seen: 500, refunds: [[300, "failed"]] }, 200],
    [
      "a failed one and its second try",
      {
        seen: 300,
        refunds: [
          [300, "failed"],
          [300, "succeeded"],
        ],
      },
      300,
    ],
    [
      "a failed one, and a larger amount seen after it",
      {
        seen: 900,
        refunds: [
          [300, "failed"],
          [300, "succeeded"],
        ],
      },
      600,
    ],
    ["a failed one larger than what was seen never counts below zero", { seen: 100, refunds: [[300, "failed"]] }, 0],
    ["an open dispute takes nothing yet", { disputes: [[400, "open"]] }, 0],
    ["a won dispute takes nothing", { disputes: [[400, "won"]] }, 0],
    ["a lost dispute takes its amount", { disputes: [[400, "lost"]] }, 400],
    [
      "two lost disputes",
      {
        disputes: [
          [400, "lost"],
          [100, "lost"],
        ],
      },
      500,
    ],
    ["refunded and disputed", { seen: 300, disputes: [[400, "lost"]] }, 700],
    ["an API refund", { api: [250] }, 250],
    ["API refunds add up", { api: [250, 250] }, 500],
    ["all three kinds", { seen: 300, disputes: [[400, "lost"]], api: [250] }, 950],
    ["never more than was captured", { seen: 9_000, disputes: [[9_000, "lost"]], api: [9_000] }, 10_000],
  ])("%s", async (_why, taken, expected) => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("f", factsOf(taken, "ch_c1"));
    const due = Math.floor(((10_000 - expected) * 3_000) / 10_000);
    const net = due - Math.floor((due * 500) / 10_000);
    expect(await rows("SELECT refunded, posted_net, posted_fee FROM conversion")).toEqual([
      { refunded: expected, posted_net: net, posted_fee: due - net },
    ]);
    expect(await rows("SELECT sum(net) AS net FROM bucket")).toEqual([{ net }]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("is taken per charge: what one charge's cumulative amount knows says nothing of another", async () => {
    await write("clm_c1", [
      ...conversionRows({ id: "c1" }),
      insertRow("payment_ref", { ...ROWS.payment_ref, ...STRIPE, ref: "ch_2", payment: PAYMENT }),
      charge("ch_c1", 500),
      charge("ch_2", 0),
      chargeRefund("re_1", { charge: "ch_c1", amount: 100, status: "succeeded" }),
      chargeRefund("re_2", { charge: "ch_2", amount: 200, status: "succeeded" }),
    ]);
    expect(await rows("SELECT refunded FROM conversion")).toEqual([{ refunded: 700 }]);
  });

  test("is of this account, mode and app only", async () => {
    const elsewhere = [{ account: "acct_2" }, { livemode: 0 }, { app: "other" }];
    await write("clm_c1", [
      ...conversionRows({ id: "c1" }),
      ...elsewhere.map((other) =>
        insertRow("charge", { ...ROWS.charge, ...STRIPE, id: "ch_c1", refunded_total: 900, ...other }),
      ),
      ...elsewhere.map((other) =>
        insertRow("dispute", { ...ROWS.dispute, ...STRIPE, charge: "ch_c1", amount: 900, status: "lost", ...other }),
      ),
    ]);
    expect(await rows("SELECT refunded FROM conversion")).toEqual([{ refunded: 0 }]);
  });

  test("may be known before the payment is", async () => {
    await db.batch(factsOf({ seen: 2_000, disputes: [[3_000, "lost"]] }, "ch_c1"));
    await write("clm_c1", conversionRows({ id: "c1" }));
    expect(await rows("SELECT refunded, posted_net FROM conversion")).toEqual([{ refunded: 5_000, posted_net: 1_425 }]);
    expect(await ledger()).toEqual([`in clear 1425 75 ${DAY}`]);
  });

  test("is given back when a refund fails: the same money, in the same bucket", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("re_1", factsOf({ refunds: [[10_000, "pending"]], seen: 10_000 }, "ch_c1"));
    expect(await buckets()).toEqual([]);
    await write("re_1 failed", [sql("UPDATE refund SET status = 'failed'")]);
    expect(await ledger()).toEqual([
      `in clear 2850 150 ${DAY}`,
      `in clear -2850 -150 ${DAY}`,
      `in clear 2850 150 ${DAY}`,
    ]);
    expect(await buckets()).toEqual([`clear 2850 ${DAY}`]);
    expect(await checkBooks(db)).toEqual([]);
  });

  function factsOf({ seen, refunds = [], disputes = [], api = [] }: TakenBack, of: string): readonly Statement[] {
    return [
      ...(seen === undefined ? [] : [charge(of, seen)]),
      ...refunds.map(([amount, status], at) => chargeRefund(`re_${at}`, { charge: of, amount, status })),
      ...disputes.map(([amount, status], at) => dispute(`dp_${at}`, { charge: of, amount, status })),
      ...api.flatMap((amount, at) => apiRefund(`rfd_${at}`, { payment: PAYMENT, amount })),
    ];
  }
});

describe("lanes", () => {
  const IN_CLEAR = `in clear 2850 150 ${DAY}`;
  const TO_HELD = [`out clear -2850 -150 ${DAY}`, `in held 2850 150 ${DAY}`];
  const TO_CLEAR = [`out held -2850 -150 ${DAY}`, `in clear 2850 150 ${DAY}`];

  test("an open dispute holds the whole conversion; won, it comes back, each time as two rows of one day", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("dp_1", [dispute("dp_1", { charge: "ch_c1", amount: 100, status: "open" })]);
    expect(await ledger()).toEqual([IN_CLEAR, ...TO_HELD]);
    expect(await buckets()).toEqual([`held 2850 ${DAY}`]);
    expect(await total()).toEqual({ earned_clear: 0, earned_review: 0, earned_held: 2_850, fee: 150 });
    await write("dp_1 won", [sql("UPDATE dispute SET status = 'won'")]);
    expect(await ledger()).toEqual([IN_CLEAR, ...TO_HELD, ...TO_CLEAR]);
    expect(await total()).toEqual({ earned_clear: 2_850, earned_review: 0, earned_held: 0, fee: 150 });
    expect(await checkBooks(db)).toEqual([]);
  });

  test("a lost dispute leaves the held lane whole and enters the clear one with what is left", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("dp_1", [dispute("dp_1", { charge: "ch_c1", amount: 4_000, status: "open" })]);
    await write("dp_1 lost", [sql("UPDATE dispute SET status = 'lost'")]);
    expect((await ledger()).slice(3)).toEqual([`out held -2850 -150 ${DAY}`, `in clear 1710 90 ${DAY}`]);
    expect(await buckets()).toEqual([`clear 1710 ${DAY}`]);
  });

  test("a dispute lost over all of it leaves nothing in any lane", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("dp_1", [dispute("dp_1", { charge: "ch_c1", amount: 10_000, status: "open" })]);
    await write("dp_1 lost", [sql("UPDATE dispute SET status = 'lost'")]);
    expect((await ledger()).slice(3)).toEqual([`out held -2850 -150 ${DAY}`]);
    expect(await buckets()).toEqual([]);
    expect(await rows("SELECT posted_lane, posted_net FROM conversion")).toEqual([
      { posted_lane: "clear", posted_net: 0 },
    ]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("a hold by hand, its release, and a hold again: the latest counts", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("hld_1", [hold("hld_1", "hold")]);
    await write("hld_2", [hold("hld_2", "release")]);
    await write("hld_3", [hold("hld_3", "hold")]);
    expect(await ledger()).toEqual([IN_CLEAR, ...TO_HELD, ...TO_CLEAR, ...TO_HELD]);
    expect(await buckets()).toEqual([`held 2850 ${DAY}`]);
  });

  test("an approval moves money in review to clear and keeps its day, though the day is over", async () => {
    await write("clm_c1", conversionRows({ id: "c1", lane: "review", mature_day: TODAY - 3 }));
    await write("ap_c1", [approval("c1", "approve")]);
    expect(await ledger()).toEqual([
      `in review 2850 150 ${TODAY - 3}`,
      `out review -2850 -150 ${TODAY - 3}`,
      `in clear 2850 150 ${TODAY - 3}`,
    ]);
    expect(await buckets()).toEqual([`clear 2850 ${TODAY - 3}`]);
    expect(await rows("SELECT mature_day, entry_lane FROM conversion")).toEqual([
      { mature_day: TODAY - 3, entry_lane: "review" },
    ]);
  });

  test.each<readonly [string, "clear" | "review" | "held", readonly Statement[], "clear" | "review" | "held"]>([
    ["clear, and nothing happened", "clear", [], "clear"],
    ["in review, and nothing happened", "review", [], "review"],
    ["held at entry, and nothing happened", "held", [], "held"],
    ["in review, approved", "review", [approval("c1", "approve")], "clear"],
    ["held at entry, approved", "held", [approval("c1", "approve")], "clear"],
    [
      "in review, rejected: the lane stays, the voiding is another column",
      "review",
      [approval("c1", "reject"), VOID],
      "review",
    ],
    ["clear, held by hand", "clear", [hold("h1", "hold")], "held"],
    ["in review, held and released: back to review", "review", [hold("h1", "hold"), hold("h2", "release")], "review"],
    [
      "approved, held by hand: a hold outweighs an approval",
      "review",
      [approval("c1", "approve"), hold("h1", "hold")],
      "held",
    ],
    [
      "held by hand, approved: the order says nothing",
      "review",
      [hold("h1", "hold"), approval("c1", "approve")],
      "held",
    ],
    ["approved, disputed", "review", [approval("c1", "approve"), disputed("open")], "held"],
    [
      "disputed and released by hand: the dispute is still open",
      "clear",
      [disputed("open"), hold("h1", "release")],
      "held",
    ],
    ["a dispute won, and still held by hand", "clear", [disputed("won"), hold("h1", "hold")], "held"],
    ["a dispute lost is over", "clear", [disputed("lost")], "clear"],
  ])("%s", async (_why, entry, facts, expected) => {
    await write("clm_c1", conversionRows({ id: "c1", lane: entry }));
    await write("f", facts);
    expect(await rows("SELECT posted_lane FROM conversion")).toEqual([{ posted_lane: expected }]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("a refund while held takes from the held lane, and what is left is released", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("hld_1", [hold("hld_1", "hold")]);
    await write("rfd_1", apiRefund("rfd_1", { payment: PAYMENT, amount: 5_000 }));
    await write("hld_2", [hold("hld_2", "release")]);
    expect((await ledger()).slice(3)).toEqual([
      `in held -1425 -75 ${DAY}`,
      `out held -1425 -75 ${DAY}`,
      `in clear 1425 75 ${DAY}`,
    ]);
  });

  test("a dispute and a refund that settle together: out whole, in with what is left", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("f", [disputed("open"), ...apiRefund("rfd_1", { payment: PAYMENT, amount: 5_000 })]);
    expect((await ledger()).slice(1)).toEqual([`out clear -2850 -150 ${DAY}`, `in held 1425 75 ${DAY}`]);
  });
});

describe("a voided conversion", () => {
  test("is due nothing, whatever its lane", async () => {
    await write("clm_c1", conversionRows({ id: "c1", lane: "review" }));
    await write("ap_c1", [approval("c1", "reject"), VOID]);
    expect(await ledger()).toEqual([`in review 2850 150 ${DAY}`, `in review -2850 -150 ${DAY}`]);
    expect(await total()).toEqual({ earned_clear: 0, earned_review: 0, earned_held: 0, fee: 0 });
    expect(await checkBooks(db)).toEqual([]);
  });

  test("takes no part in a later refund of its payment", async () => {
    await write("clm_c1", conversionRows({ id: "c1" }));
    await write("void", [VOID]);
    await write("rfd_1", apiRefund("rfd_1", { payment: PAYMENT, amount: 5_000 }));
    expect(await ledger()).toHaveLength(2);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("leaves the bucket of its day to the others", async () => {
    await write("clm_1", [...conversionRows({ id: "c1" }), ...conversionRows({ id: "c2" })]);
    await write("void", [VOID]);
    expect(await buckets()).toEqual([`clear 2850 ${DAY}`]);
  });
});

describe("any history of facts", () => {
  const CAPTURED = 1_000;
  const IDS = ["c1", "c2", "c3"] as const;
  const anyId = fc.constantFrom(...IDS);
  const anyAmount = fc.integer({ min: 1, max: 1_200 });
  const anyFact = fc.oneof(
    fc.record({ kind: fc.constant("seen" as const), id: anyId, amount: anyAmount }),
    fc.record({ kind: fc.constant("refund" as const), id: anyId, amount: anyAmount }),
    fc.record({ kind: fc.constant("refund ends" as const), nth: fc.nat({ max: 9 }), ok: fc.boolean() }),
    fc.record({ kind: fc.constant("api" as const), id: anyId, amount: anyAmount }),
    fc.record({ kind: fc.constant("dispute" as const), id: anyId, amount: anyAmount }),
    fc.record({ kind: fc.constant("dispute ends" as const), nth: fc.nat({ max: 9 }), won: fc.boolean() }),
    fc.record({ kind: fc.constant("hold" as const), id: anyId, on: fc.boolean() }),
    fc.record({ kind: fc.constant("approve" as const), id: anyId }),
    fc.record({ kind: fc.constant("void" as const), id: anyId }),
  );

  /** What is known of one payment, kept as plain lists; the reference below reads it. */
  class Known {
    seen = 0;
    refunds: { amount: number; ok: boolean }[] = [];
    api: number[] = [];
    disputes: { amount: number; status: "open" | "won" | "lost" }[] = [];
    held = false;
    approved = false;
    voided = false;

    refunded(): number {
      const good = sum(this.refunds.filter(({ ok }) => ok).map(({ amount }) => amount));
      const bad = sum(this.refunds.filter(({ ok }) => !ok).map(({ amount }) => amount));
      const lost = sum(this.disputes.filter(({ status }) => status === "lost").map(({ amount }) => amount));
      return Math.min(CAPTURED, Math.max(good, this.seen - bad) + lost + sum(this.api));
    }

    lane(entry: string): string {
      if (this.held || this.disputes.some(({ status }) => status === "open")) return "held";
      return this.approved ? "clear" : entry;
    }

    net(): number {
      if (this.voided) return 0;
      const gross = Math.floor(((CAPTURED - this.refunded()) * 3_333) / 10_000);
      return gross - Math.floor((gross * 500) / 10_000);
    }
  }

  test("ends each time in what the facts say, and settling again changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFact, { minLength: 1, maxLength: 25 }), async (facts) => {
        await db.close();
        db = await openBooks();
        const entry = { c1: "clear", c2: "review", c3: "held" } as const;
        const known = { c1: new Known(), c2: new Known(), c3: new Known() };
        const refunds: { amount: number; ok: boolean }[] = [];
        const disputes: Known["disputes"] = [];
        await db.batch([
          ...IDS.flatMap((id) => conversionRows({ id, captured: CAPTURED, rate_bps: 3_333, lane: entry[id] })),
          ...IDS.map((id) => charge(`ch_${id}`, 0)),
          ...settleAfter("clm", { payment: PAYMENT }),
        ]);
        for (const [at, fact] of facts.entries()) {
          await db.batch([
            ...apply(fact, at),
            sql("UPDATE conversion SET dirty = 1"),
            ...settleAfter(`f${at}`, { payment: "" }),
          ]);
          const found = await rows("SELECT id, refunded, posted_lane, posted_net FROM conversion ORDER BY id");
          expect(found).toEqual(
            IDS.map((id) => ({
              id,
              refunded: known[id].refunded(),
              posted_lane: known[id].lane(entry[id]),
              posted_net: known[id].net(),
            })),
          );
          expect(await checkBooks(db)).toEqual([]);
          const before = await ledger();
          await db.batch([sql("UPDATE conversion SET dirty = 1"), ...settleAfter("again", { payment: "" })]);
          expect(await ledger()).toEqual(before);
        }

        function apply(fact: (typeof facts)[number], at: number): readonly Statement[] {
          if (fact.kind === "refund ends") {
            const refund = refunds[fact.nth];
            if (refund === undefined) return [];
            refund.ok = fact.ok;
            return [
              sql("UPDATE refund SET status = ?1 WHERE id = ?2", fact.ok ? "succeeded" : "failed", `re_${fact.nth}`),
            ];
          }
          if (fact.kind === "dispute ends") {
            const one = disputes[fact.nth];
            if (one === undefined) return [];
            one.status = fact.won ? "won" : "lost";
            return [sql("UPDATE dispute SET status = ?1 WHERE id = ?2", one.status, `dp_${fact.nth}`)];
          }
          const of = known[fact.id];
          const chargeId = `ch_${fact.id}`;
          const payment = `pay_${fact.id}`;
          switch (fact.kind) {
            case "seen":
              of.seen = Math.max(of.seen, fact.amount);
              return [
                sql("UPDATE charge SET refunded_total = max(refunded_total, ?1) WHERE id = ?2", fact.amount, chargeId),
              ];
            case "refund": {
              const refund = { amount: fact.amount, ok: true };
              of.refunds.push(refund);
              const id = `re_${refunds.push(refund) - 1}`;
              return [chargeRefund(id, { charge: chargeId, amount: fact.amount, status: "pending" })];
            }
            case "api":
              of.api.push(fact.amount);
              return apiRefund(`rfd_${at}`, { payment, amount: fact.amount });
            case "dispute": {
              const one = { amount: fact.amount, status: "open" as const };
              of.disputes.push(one);
              const id = `dp_${disputes.push(one) - 1}`;
              return [dispute(id, { charge: chargeId, amount: fact.amount, status: "open" })];
            }
            case "hold":
              of.held = fact.on;
              return [hold(`hld_${at}`, fact.on ? "hold" : "release", payment)];
            case "approve":
              if (of.approved) return [];
              of.approved = true;
              return [approval(fact.id, "approve")];
            case "void":
              of.voided = true;
              return [
                sql(
                  "UPDATE conversion SET voided_at = ?1, void_reason = 'rejected', dirty = 1 WHERE id = ?2",
                  NOW,
                  fact.id,
                ),
              ];
          }
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });
});

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
