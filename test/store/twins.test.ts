import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attribute, type LiveCode, type StoredReferral } from "../../worker/domain/attribution.ts";
import { type Commission, type ConversionTerms, commissionDue } from "../../worker/domain/commission.ts";
import { commissionStatus } from "../../worker/domain/conversion-status.ts";
import { DAY_MS, matureDay, startOfDay } from "../../worker/domain/maturation.ts";
import { MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";
import { allocateRefund } from "../../worker/domain/refund-allocation.ts";
import { conversionTrust, entryLane, type Source, type Suspicion } from "../../worker/domain/trust.ts";
import { listCommissions, readBalances } from "../../worker/store/book-store.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import { type ConversionParams, writeConversion } from "../../worker/store/conversion-store.ts";
import type { Db, Row, Statement } from "../../worker/store/db.ts";
import { writeSignup } from "../../worker/store/referral-store.ts";
import { writeRefund } from "../../worker/store/refund-store.ts";
import { dueOf, settle } from "../../worker/store/settle.ts";
import { ROWS } from "../support/rows.ts";
import { apiRefund, conversionRows, insertRow, NOW, openBooks, sql, TODAY } from "./facts.ts";

// The statement decides, inside the write batch; `domain/` says the same for people. Here the two are held equal.

const MAX = MAX_AMOUNT_CENTS;
/** Fixed, so that every run tries the same cases. */
const SEED = 1;

const anyBps = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(0, 1, 9_999, 10_000));
const anyAmount = fc.oneof(
  fc.integer({ min: 1, max: 1_000 }),
  fc.integer({ min: 1, max: MAX }),
  fc.constantFrom(1, 999_999, 1_000_000, 1_000_001, MAX - 1, MAX),
);
const ALL_DIRTY = sql("UPDATE conversion SET dirty = 1");

describe("what is due", () => {
  const anyCase = fc
    .record({ captured: anyAmount, base: anyAmount, back: fc.option(anyAmount), rate: anyBps, fee: anyBps })
    .map(({ captured, base, back, rate, fee }) => ({
      terms: { baseCents: Math.min(base, captured), capturedCents: captured, rateBps: rate, feeBps: fee },
      back: back ?? 0,
    }));

  test("SQL = commissionDue, up to the largest amounts, whose products leave 64 bits", async () => {
    await withBooks((db, fresh) =>
      fc.assert(
        fc.asyncProperty(fc.array(anyCase, { minLength: 1, maxLength: 20 }), async (cases) => {
          const ids = cases.map(() => fresh("c"));
          await db.batch(cases.flatMap(({ terms, back }, at) => conversionWith(ids[at] ?? "", terms, back)));
          const due = await db.query({ sql: dueOf("conversion c"), args: [] });
          const inSql = ids.map((id) => due.find((row) => row["id"] === id));
          expect(inSql.map((row) => [row?.["net"], row?.["fee"]])).toEqual(
            cases.map(({ terms, back }) => netAndFee(commissionDue(terms, back))),
          );
          await db.batch(settle({ app: "shop", claimed_app: null, code: null, fact: "f", now: NOW }));
          const posted = await db.query(sql("SELECT id, posted_net, posted_fee, refunded FROM conversion"));
          for (const [at, { terms, back }] of cases.entries()) {
            const row = posted.find((one) => one["id"] === ids[at]);
            expect([row?.["posted_net"], row?.["posted_fee"]]).toEqual(netAndFee(commissionDue(terms, back)));
            expect(row?.["refunded"]).toBe(Math.min(back, terms.capturedCents));
          }
        }),
        { seed: SEED, numRuns: 40 },
      ),
    );
  });
});

describe("the day of maturation", () => {
  const anyInstant = fc.oneof(
    fc.integer({ min: 0, max: 100 * 366 * DAY_MS }),
    fc.tuple(fc.integer({ min: 1, max: 36_600 }), fc.constantFrom(-1, 0, 1)).map(([day, off]) => day * DAY_MS + off),
  );

  test("SQL = matureDay, at any time of day and exactly at midnight", async () => {
    await withBooks((db, fresh) =>
      fc.assert(
        fc.asyncProperty(anyInstant, fc.integer({ min: 0, max: 365 }), async (now, days) => {
          const conversion = fresh("conv");
          await db.batch([
            sql("UPDATE app SET holding_days = ?1", days),
            ...writeConversion(conversionCall({ conversion, now, code: "ann", user_id: fresh("user") })),
          ]);
          const found = await db.query(sql("SELECT mature_day FROM conversion WHERE id = ?1", conversion));
          expect(found).toEqual([{ mature_day: matureDay(now, days) }]);
        }),
        { seed: SEED, numRuns: 150 },
      ),
    );
  });
});

const anySource = fc.constantFrom<Source>("stripe", "key", "public");

describe("attribution", () => {
  const anyStored = fc.option(
    fc
      .record({
        affiliate: fc.constantFrom("ann", "bob"),
        trust: fc.constantFrom<StoredReferral["trust"]>("vouched", "public"),
        fixed: fc.boolean(),
        affiliateRevoked: fc.boolean(),
      })
      // A vouched referral was fixed by the event that vouched for it: the schema knows no other.
      .map((stored) => ({ ...stored, code: stored.affiliate, fixed: stored.fixed || stored.trust === "vouched" })),
  );
  /** The code in the call: whose, and whether it is live. Two of them are the same affiliate's. */
  const anyCall = fc.record({
    affiliate: fc.constantFrom("ann", "ann", "bob", "cat"),
    code: fc.constantFrom("first", "second"),
    dead: fc.constantFrom("", "", "", "retired", "expired"),
    status: fc.constantFrom("active", "active", "suspended", "applied"),
  });

  test.each(["conversion", "signup"] as const)(
    "SQL = attribute, by the batch of a %s",
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(anySource, anyStored, anyCall, async (source, stored, called) => {
          await withBooks(async (db) => {
            const code = called.code === "first" ? called.affiliate : `${called.affiliate}2`;
            const isRevoked = stored !== null && stored.affiliateRevoked && stored.affiliate === called.affiliate;
            const isLive = called.dead === "" && called.status !== "applied" && !isRevoked;
            await db.batch([
              ...["ann", "bob", "cat"].map((id) =>
                insertRow("code", { ...ROWS.code, affiliate: id, code: `${id}2`, ref: `${id}2` }),
              ),
              ...(stored === null ? [] : referralRows(stored)),
              ...deaden(code, called),
              ...(isRevoked
                ? []
                : [
                    sql(
                      "UPDATE affiliate SET status = ?1, status_at = 1 WHERE id = ?2",
                      called.status,
                      called.affiliate,
                    ),
                  ]),
            ]);
            const live: LiveCode | null = isLive ? { affiliate: called.affiliate, code } : null;
            const expected = attribute(source, { stored, live });

            const call = conversionCall({ source, code, conversion: "conv_1", user_id: "u1" });
            await db.batch(kind === "conversion" ? writeConversion(call) : writeSignup(signupOf(call)));
            const [referral] = await db.query(sql("SELECT affiliate, code, trust, fixed_at FROM referral"));
            const [claim] = await db.query(sql("SELECT affiliate, code, attribution FROM claim"));
            // A signup without a live code changes nothing; a conversion is recorded for whom the referral names.
            const stands = kind === "signup" && live === null ? stored : expected;
            expect(referral === undefined ? null : { ...referral, fixed_at: referral["fixed_at"] !== null }).toEqual(
              stands && { affiliate: stands.affiliate, code: stands.code, trust: stands.trust, fixed_at: stands.fixed },
            );
            if (kind === "signup") return;
            expect(claim ?? null).toEqual(
              expected && { affiliate: expected.affiliate, code: expected.code, attribution: expected.trust },
            );
          });
        }),
        { seed: SEED, numRuns: 300 },
      );
    },
    60_000,
  );
});

describe("the lane a conversion enters", () => {
  const MODES = ["open", "matched", "keyed"] as const;
  const SOURCES = ["stripe", "key", "public"] as const;
  const REFERRALS = ["vouched", "public"] as const;
  const cases = MODES.flatMap((mode) =>
    SOURCES.flatMap((source) => REFERRALS.map((referral) => ({ mode, source, referral }))),
  );
  const SUSPICIONS: readonly Suspicion[] = [false, true].flatMap((selfReferral) =>
    [false, true].flatMap((overCap) =>
      [null, "no_click"].flatMap((flag) =>
        [false, true].map((possibleDuplicate) => ({ selfReferral, overCap, flag, possibleDuplicate })),
      ),
    ),
  );

  test.each(cases)("SQL = entryLane: mode $mode, an event by $source, a $referral referral", async (one) => {
    for (const suspicion of SUSPICIONS) {
      await withBooks(async (db) => {
        const { flag, selfReferral, overCap, possibleDuplicate } = suspicion;
        const email_hmac = selfReferral ? "hmac of ann" : "hmac of u1";
        const seen = {
          flag,
          email_hmac,
          email_mask: "m",
          email_trust: "public",
          trust: one.referral,
          fixed_at: NOW - 1,
        };
        await db.batch([
          sql("UPDATE app SET conversions = ?1, max_event_cents = ?2", one.mode, overCap ? 1 : null),
          sql("UPDATE affiliate SET email_hmac = 'hmac of ann' WHERE id = 'ann'"),
          insertRow("referral", { ...ROWS.referral, code: "ann", ...seen }),
          ...(possibleDuplicate ? conversionRows({ id: "of_stripe", user_id: "cus_1", source: "stripe" }) : []),
          ...writeConversion(conversionCall({ source: one.source, code: "ann", conversion: "conv_1", user_id: "u1" })),
        ]);
        const trust = conversionTrust(one.source, one.referral);
        // Of a backend's word alone: the public's waits anyway, and Stripe names its payments.
        const doubt = { ...suspicion, possibleDuplicate: possibleDuplicate && one.source === "key" };
        const { lane, reason } = entryLane(trust, one.mode, doubt);
        const found = await db.query(
          sql("SELECT trust, entry_lane, posted_lane, reason FROM conversion WHERE id <> 'of_stripe'"),
        );
        expect(found).toEqual([{ trust, entry_lane: lane, posted_lane: lane, reason }]);
      });
    }
  });
});

const anySold = fc.record({
  at: fc.integer({ min: 0, max: 4 }),
  captured: fc.integer({ min: 1, max: 30 }),
  back: fc.integer({ min: 0, max: 30 }),
  user: fc.constantFrom("u1", "u1", "u2"),
  affiliate: fc.constantFrom("ann", "ann", "bob"),
  currency: fc.constantFrom("usd", "usd", "eur"),
  trust: fc.constantFrom<"verified" | "matched" | "unverified">("verified", "matched", "unverified"),
});
type Sold = CaseOf<typeof anySold>;

describe("the allocation of a refund that names nothing", () => {
  const anyCurrency = fc.constantFrom(null, "usd", "eur");
  const anyTarget = fc.constantFrom<"user" | "code">("user", "code");

  test("SQL = allocateRefund, over random conversions", async () => {
    const many = fc.array(anySold, { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(
        many,
        anyTarget,
        fc.integer({ min: 1, max: 120 }),
        anyCurrency,
        async (given, target, amount, currency) => {
          const { written, expected } = await allocated(given, { target, amount, currency });
          expect(written).toEqual(expected);
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });

  test.each([99, 100, 101])(
    "SQL = allocateRefund, where it asks for %i of more than the hundred it reaches",
    async (amount) => {
      const given: readonly Sold[] = Array.from({ length: 105 }, (_, at) => ({
        at: at % 50,
        captured: 1,
        back: at % 40 === 0 ? 1 : 0,
        user: "u1",
        affiliate: "ann",
        currency: "usd",
        trust: at % 3 === 0 ? "unverified" : "verified",
      }));
      for (const target of ["user", "code"] as const) {
        const { written, expected } = await allocated(given, { target, amount, currency: null });
        expect(written).toEqual(expected);
      }
    },
  );
});

const anyState = fc.record({
  captured: fc.constantFrom(100, 1),
  back: fc.constantFrom(0, 0, 50, 100),
  lane: fc.constantFrom<"clear" | "review" | "held">("clear", "review", "held"),
  day: fc.integer({ min: TODAY - 1, max: TODAY + 2 }),
  voided: fc.constantFrom(false, false, true),
  paid: fc.constantFrom("", "", "settled", "processing", "failed", "clawed back"),
});

describe("the status of a commission", () => {
  test("SQL's filter = commissionStatus, for every status and at any time", async () => {
    const many = fc.array(anyState, { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(many, fc.constantFrom(-1, 0, 1, DAY_MS - 1, DAY_MS), async (states, off) => {
        await withBooks(async (db) => {
          await db.batch([
            insertRow("payout_method", { ...ROWS.payout_method, id: ROWS.payout.method }),
            insertRow("payout_batch", { ...ROWS.payout_batch, id: ROWS.payout.batch }),
            insertRow("payout_line", { ...ROWS.payout_line, currency: ROWS.payout.currency }),
            ...states.flatMap((state, at) => {
              const id = `c${at}`;
              return [
                ...conversionRows({ id, captured: state.captured, lane: state.lane, mature_day: state.day }),
                ...(state.back === 0 ? [] : apiRefund(`rfd_${id}`, { payment: `pay_${id}`, amount: state.back })),
                ...(state.voided
                  ? [sql("UPDATE conversion SET voided_at = 1, void_reason = 'rejected', dirty = 1 WHERE id = ?1", id)]
                  : []),
                ...payoutRows(id, state.paid),
              ];
            }),
            ...settle({ app: "shop", claimed_app: null, code: null, fact: "f", now: NOW }),
          ]);
          const now = startOfDay(TODAY + 1) + off;
          const page = { affiliateId: "ann", currency: null, before: { at: NOW + 1, id: "" }, limit: 100, now };
          const all = await listCommissions(db, "shop", { ...page, status: null });
          expect(all.map(({ id }) => id).toSorted()).toEqual(states.map((_, at) => `c${at}`));
          for (const status of ["pending", "confirmed", "paid", "cancelled"] as const) {
            const inSql = await listCommissions(db, "shop", { ...page, status });
            const expected = states.flatMap((state, at) => (statusOf(state, now) === status ? [`c${at}`] : []));
            expect(inSql.map(({ id }) => id).toSorted()).toEqual(expected);
            expect(inSql.every((one) => commissionStatus(one.status, now) === status)).toBe(true);
          }
        });
      }),
      { seed: SEED, numRuns: 80 },
    );
  });
});

describe("a balance", () => {
  const anyEarning = fc.record({
    captured: fc.integer({ min: 1, max: 10_000 }),
    back: fc.integer({ min: 0, max: 12_000 }),
    lane: fc.constantFrom<"clear" | "review" | "held">("clear", "clear", "review", "held"),
    matures: fc.integer({ min: TODAY, max: TODAY + 5 }),
    currency: fc.constantFrom("usd", "usd", "eur"),
  });
  const anyOther = fc.record({
    kind: fc.constantFrom<"adjust" | "payout" | "payout_return">("adjust", "payout", "payout_return"),
    amount: fc.integer({ min: 1, max: 5_000 }),
    negative: fc.boolean(),
  });

  test("as it is read = the sums of the ledger, on any day", async () => {
    const earnings = fc.array(anyEarning, { maxLength: 12 });
    const others = fc.array(anyOther, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(earnings, others, fc.integer({ min: TODAY - 1, max: TODAY + 6 }), async (earned, other, day) => {
        await withBooks(async (db) => {
          await db.batch([
            ...earned.flatMap(({ back, matures, ...one }, at) => [
              ...conversionRows({ ...one, id: `c${at}`, mature_day: matures }),
              ...(back === 0 ? [] : apiRefund(`rfd_${at}`, { payment: `pay_c${at}`, amount: back })),
            ]),
            ...settle({ app: "shop", claimed_app: null, code: null, fact: "f", now: NOW }),
            ...earned.flatMap((_, at) =>
              at % 3 === 0 ? [insertRow("hold", { ...ROWS.hold, id: `hld_${at}`, payment: `pay_c${at}` })] : [],
            ),
            ALL_DIRTY,
            ...settle({ app: "shop", claimed_app: null, code: null, fact: "g", now: NOW }),
            insertRow("total", { ...ROWS.total, currency: "gbp" }),
            ...otherPostings(other),
          ]);
          const balances = await readBalances(db, "shop", { affiliateId: "ann", now: startOfDay(day) + 1 });
          expect(balances.map(({ currency }) => currency)).toContain("usd");
          const ledger = await db.query(sql("SELECT * FROM ledger WHERE affiliate = 'ann'"));
          for (const { currency, processingCents, ...balance } of balances) {
            const expected = balanceInLedger(
              ledger.filter((line) => line["currency"] === currency),
              day,
            );
            expect(balance).toEqual(expected.balance);
            const { paidCents, pendingCents, availableCents, heldCents } = balance;
            expect(paidCents + pendingCents + availableCents + heldCents).toBe(expected.earnedAndAdjusted);
            expect(processingCents).toBe(0);
          }
          // Of corrections and payouts there are postings alone, without the facts they come from.
          const found = await checkBooks(db);
          expect(found.filter(({ check }) => !/payout|correct|paid|adjust/.test(check))).toEqual([]);
        });
      }),
      { seed: SEED, numRuns: 80 },
    );
  });
});

/** What an arbitrary draws. */
type CaseOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Case> ? Case : never;

/** Books of its own for one property, or for one case of it, and names nobody has used in them. */
async function withBooks(work: (db: Db, fresh: (prefix: string) => string) => Promise<unknown>): Promise<void> {
  const db = await openBooks();
  let names = 0;
  try {
    await work(db, (prefix) => `${prefix}_${(names += 1)}`);
  } finally {
    await db.close();
  }
}

/** What a keyed conversion of app `shop` binds, $100.00 unless told. Its other ids follow from the conversion's. */
function conversionCall(
  call: Partial<ConversionParams> & { readonly conversion: string; readonly user_id: string },
): ConversionParams {
  const { conversion } = call;
  return {
    app: "shop",
    claimed_app: null,
    unreadable: 0,
    code: null,
    source: "key",
    now: NOW,
    claim: `clm_${conversion}`,
    payment: `pay_${conversion}`,
    referral: `ref_${conversion}`,
    audit: `aud_${conversion}`,
    source_ref: `e:${conversion}`,
    body_hash: "h",
    amount: 10_000,
    currency: null,
    payment_ref: null,
    metadata: null,
    customer_created_at: null,
    occurred_at: call.now ?? NOW,
    default_fee_bps: 500,
    today: TODAY,
    ...call,
  };
}

/** What a keyed refund binds that names the user `u1` and the code `ann`. */
function refundCall(call: { refund: string; amount: number; currency: string | null }) {
  return {
    app: "shop",
    claimed_app: null,
    code: "ann",
    source: "key" as const,
    now: NOW,
    payment: "pay_new",
    source_ref: `e:${call.refund}`,
    body_hash: "h",
    user_id: "u1",
    conversion: null,
    payment_ref: null,
    today: TODAY,
    ...call,
  };
}

function byConversion(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function conversionWith(id: string, terms: ConversionTerms, back: number): readonly Statement[] {
  const { baseCents: base, capturedCents: captured, rateBps: rate_bps, feeBps: fee_bps } = terms;
  return [
    ...conversionRows({ id, base, captured, rate_bps, fee_bps }),
    ...(back === 0 ? [] : apiRefund(`rfd_${id}`, { payment: `pay_${id}`, amount: back })),
  ];
}

function netAndFee({ netCents, feeCents }: Commission): readonly number[] {
  return [netCents, feeCents];
}

function referralRows({ affiliate, code, trust, fixed, affiliateRevoked }: StoredReferral): readonly Statement[] {
  const fixedAt = fixed ? NOW - 1 : null;
  return [
    insertRow("referral", { ...ROWS.referral, affiliate, code, trust, fixed_at: fixedAt, created_at: NOW - 1 }),
    ...(affiliateRevoked
      ? [sql("UPDATE affiliate SET status = 'revoked', revoked_at = 1, status_at = 1 WHERE id = ?1", affiliate)]
      : []),
  ];
}

function deaden(code: string, { dead }: { dead: string }): readonly Statement[] {
  if (dead === "retired") return [sql("UPDATE code SET state = 'retired' WHERE code = ?1", code)];
  return dead === "expired" ? [sql("UPDATE code SET expires_at = ?1 WHERE code = ?2", NOW, code)] : [];
}

function signupOf(call: ConversionParams) {
  return { ...call, key: null, email_hmac: null, email_mask: null, seen_at: call.now, from_browser: 0 as const };
}

function statusOf(state: CaseOf<typeof anyState>, now: number) {
  return commissionStatus(
    {
      voided: state.voided,
      refundedCents: Math.min(state.back, state.captured),
      capturedCents: state.captured,
      everPaid: state.paid === "settled" || state.paid === "clawed back",
      lane: state.lane,
      matureDay: state.day,
    },
    now,
  );
}

/** A payout of 10 for it: settled, under way, failed, or settled with a later one that takes it back. */
function payoutRows(conversion: string, paid: string): readonly Statement[] {
  if (paid === "") return [];
  const status = paid === "clawed back" ? "settled" : paid;
  const payout = { ...ROWS.payout, status, settled_at: status === "settled" ? NOW : null };
  const back = insertRow("payout_item", {
    ...ROWS.payout_item,
    payout: `po2_${conversion}`,
    conversion,
    amount: -10,
  });
  return [
    insertRow("payout", { ...payout, id: `po_${conversion}` }),
    insertRow("payout_item", { ...ROWS.payout_item, payout: `po_${conversion}`, conversion, amount: 10 }),
    ...(paid === "clawed back" ? [insertRow("payout", { ...payout, id: `po2_${conversion}` }), back] : []),
  ];
}

/** What corrections and payouts post in pounds: the ledger row and the total's column. A payout takes, a return gives. */
function otherPostings(other: readonly { kind: string; amount: number; negative: boolean }[]): readonly Statement[] {
  let paid = 0;
  return other.flatMap(({ kind, amount, negative }, at) => {
    if (kind === "payout_return" && amount > paid) return [];
    const net = kind === "payout" || (kind === "adjust" && negative) ? -amount : amount;
    if (kind !== "adjust") paid -= net;
    const column = kind === "adjust" ? "adjust = adjust + ?1" : "paid = paid - ?1";
    const posting = {
      lane: null,
      mature_day: null,
      conversion: null,
      kind,
      cause: `x${at}`,
      currency: "gbp",
      net,
      fee: 0,
    };
    return [
      insertRow("ledger", { ...ROWS.ledger, ...posting }),
      sql(`UPDATE total SET ${column} WHERE affiliate = 'ann' AND currency = 'gbp'`, net),
    ];
  });
}

function sum(lines: readonly Row[]): number {
  return lines.reduce((all, line) => all + Number(line["net"]), 0);
}

/** A balance on a day as nothing but sums of the ledger. */
function balanceInLedger(ledger: readonly Row[], day: number) {
  const of = (...names: readonly unknown[]) => ledger.filter(({ lane, kind }) => names.includes(lane ?? kind));
  const isMature = (line: Row) => Number(line["mature_day"]) <= day;
  const upcoming = of("clear", "review").filter((line) => !isMature(line));
  const days = [...new Set(upcoming.map((line) => Number(line["mature_day"])))].toSorted((a, b) => a - b);
  const balance = {
    pendingCents: sum(upcoming),
    availableCents: sum([...of("clear", "review").filter(isMature), ...of("adjust", "payout", "payout_return")]),
    inReviewCents: sum(of("review").filter(isMature)),
    heldCents: sum(of("held")),
    paidCents: 0 - sum(of("payout", "payout_return")),
    next: days
      .map((one) => ({
        availableAt: startOfDay(one),
        amountCents: sum(upcoming.filter((line) => line["mature_day"] === one)),
      }))
      .filter(({ amountCents }) => amountCents > 0),
  };
  return { balance, earnedAndAdjusted: sum(of("clear", "review", "held", "adjust")) };
}

/**
 * A refund of `u1` or of the code `ann` where this was sold: what the batch wrote and what `allocateRefund` says, each
 * as the refund's amount (null: refused) and its parts.
 */
async function allocated(
  given: readonly Sold[],
  { target, amount, currency }: { target: "user" | "code"; amount: number; currency: string | null },
) {
  // Ids in another order than time, so that ties show.
  const sold = given.map((one, at) => ({ ...one, id: `c${String((at * 7) % 1_000).padStart(3, "0")}` }));
  const reached = sold.flatMap(({ id, at, captured, back, ...one }) => {
    const isTarget = target === "user" ? one.user === "u1" : one.affiliate === "ann";
    if (!isTarget || one.currency !== (currency ?? "usd")) return [];
    const leftCents = captured - Math.min(back, captured);
    return [{ conversionId: id, occurredAt: NOW + at * 60_000, vouched: one.trust !== "unverified", leftCents }];
  });
  const parts = allocateRefund(reached, amount);

  const db = await openBooks();
  await db.batch([
    ...sold.flatMap(({ at, back, user, ...one }) => [
      ...conversionRows({ ...one, user_id: user, occurred_at: NOW + at * 60_000 }),
      ...(back === 0 ? [] : apiRefund(`rfd_${one.id}`, { payment: `pay_${one.id}`, amount: back })),
    ]),
    ...settle({ app: "shop", claimed_app: null, code: null, fact: "f", now: NOW }),
  ]);
  await db.batch(writeRefund(target, refundCall({ refund: "rfd_new", amount, currency })));
  const [refund] = await db.query(sql("SELECT amount FROM refund WHERE id = 'rfd_new'"));
  const inSql = await db.query(
    sql("SELECT conversion AS conversionId, amount AS amountCents FROM refund_part WHERE refund = 'rfd_new'"),
  );
  const discrepancies = await checkBooks(db);
  await db.close();
  return {
    written: { amount: refund?.["amount"] ?? null, parts: inSql.toSorted(byConversion), discrepancies },
    expected: {
      amount: parts === null ? null : amount,
      parts: (parts ?? []).toSorted(byConversion),
      discrepancies: [],
    },
  };
}
