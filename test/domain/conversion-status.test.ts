import { describe, expect, test } from "vitest";
import { type CommissionStatus, commissionStatus, type StatusFacts } from "../../worker/domain/conversion-status.ts";
import { DAY_MS } from "../../worker/domain/maturation.ts";

const MATURES_ON = 20_000;
const BEFORE = MATURES_ON * DAY_MS - 1;
const AFTER = MATURES_ON * DAY_MS;

const NEW: StatusFacts = {
  voided: false,
  refundedCents: 0,
  capturedCents: 100,
  everPaid: false,
  lane: "clear",
  matureDay: MATURES_ON,
};

describe("a commission's status", () => {
  test.each<readonly [Partial<StatusFacts>, number, CommissionStatus, string]>([
    [{}, BEFORE, "pending", "its day has not come, by a millisecond"],
    [{}, AFTER, "confirmed", "its day has come, to the millisecond"],
    [{ lane: "review" }, BEFORE, "pending", "its day has not come"],
    [{ lane: "review" }, AFTER, "confirmed", "what waits for the owner matures as documented"],
    [{ lane: "held" }, BEFORE, "pending", "its day has not come"],
    [{ lane: "held" }, AFTER, "pending", "held: not confirmed, however old"],
    [{ refundedCents: 99 }, BEFORE, "pending", "a cent is left"],
    [{ refundedCents: 99 }, AFTER, "confirmed", "a cent is left"],
    [{ refundedCents: 100 }, BEFORE, "cancelled", "nothing is left"],
    [{ refundedCents: 100 }, AFTER, "cancelled", "nothing is left, and never was paid"],
    [{ refundedCents: 100, lane: "held" }, AFTER, "cancelled", "nothing is left to hold"],
    [{ voided: true }, BEFORE, "cancelled", "voided"],
    [{ voided: true }, AFTER, "cancelled", "voided"],
    [{ everPaid: true }, AFTER, "paid", "paid out"],
    [{ everPaid: true, refundedCents: 100 }, AFTER, "paid", "paid for ever: a refund later is a clawback"],
    [{ everPaid: true, voided: true }, AFTER, "paid", "paid for ever"],
    [{ everPaid: true, lane: "held" }, AFTER, "paid", "paid for ever, though disputed now"],
  ])("of %j at %i is %s: %s", (facts, now, expected) => {
    expect(commissionStatus({ ...NEW, ...facts }, now)).toBe(expected);
  });
});

describe("the status machine", () => {
  interface State {
    readonly facts: StatusFacts;
    readonly now: number;
  }
  interface Step {
    readonly name: string;
    readonly to: (state: State) => State;
    readonly from: CommissionStatus;
    readonly into: CommissionStatus;
  }

  const statusOf = ({ facts, now }: State): CommissionStatus => commissionStatus(facts, now);
  const changed = ({ facts, now }: State, change: Partial<StatusFacts>): State => ({
    facts: { ...facts, ...change },
    now,
  });

  /** All that can happen to a commission. A payout takes only what is confirmed and clear. */
  const HAPPENINGS: Readonly<Record<string, (state: State) => State>> = {
    "its day comes": (state) => ({ ...state, now: AFTER }),
    "a part is refunded": (state) => changed(state, { refundedCents: Math.min(state.facts.refundedCents + 60, 100) }),
    "all is refunded": (state) => changed(state, { refundedCents: 100 }),
    "it is held": (state) => changed(state, { lane: "held" }),
    "it goes to review": (state) => changed(state, { lane: "review" }),
    "it is cleared": (state) => changed(state, { lane: "clear" }),
    "it is voided": (state) => changed(state, { voided: true }),
    "it is paid": (state) =>
      statusOf(state) === "confirmed" && state.facts.lane === "clear" ? changed(state, { everPaid: true }) : state,
  };
  /** Stripe can report that a refund failed: its money is the merchant's again. */
  const REFUND_FAILS = { "a refund fails": (state: State) => changed(state, { refundedCents: 0 }) };

  const ALLOWED = new Set([
    "pending → pending",
    "pending → confirmed",
    "pending → cancelled",
    "confirmed → confirmed",
    "confirmed → pending", // a dispute or a hold
    "confirmed → paid",
    "confirmed → cancelled",
    "cancelled → cancelled",
    "paid → paid",
  ]);
  const STATUSES: readonly CommissionStatus[] = ["pending", "confirmed", "paid", "cancelled"];
  const pairs = STATUSES.flatMap((from) => STATUSES.map((into) => ({ from, into })));
  const steps = walk(HAPPENINGS);

  test.each(pairs.filter(({ from, into }) => ALLOWED.has(`${from} → ${into}`)))("$from can become $into", (pair) => {
    expect(namesOf(steps, pair)).not.toEqual([]);
  });

  test.each(pairs.filter(({ from, into }) => !ALLOWED.has(`${from} → ${into}`)))(
    "$from never becomes $into",
    (pair) => {
      expect(namesOf(steps, pair)).toEqual([]);
    },
  );

  test("only a refund that failed brings a cancelled commission back, and never a voided or paid one", () => {
    const revived = walk({ ...HAPPENINGS, ...REFUND_FAILS }).filter(
      ({ from, into }) => from === "cancelled" && into !== from,
    );
    expect(new Set(revived.map(({ name }) => name))).toEqual(new Set(["a refund fails"]));
    expect(new Set(revived.map(({ into }) => into))).toEqual(new Set(["pending", "confirmed"]));
  });

  function namesOf(all: readonly Step[], pair: { from: CommissionStatus; into: CommissionStatus }): readonly string[] {
    return all.filter(({ from, into }) => from === pair.from && into === pair.into).map(({ name }) => name);
  }

  /** Every step from every state that the happenings can lead to from a new commission. */
  function walk(happenings: Readonly<Record<string, (state: State) => State>>): readonly Step[] {
    const seen = new Set<string>();
    const found: Step[] = [];
    const open: State[] = [{ facts: NEW, now: BEFORE }];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const key = JSON.stringify(state);
      if (seen.has(key)) continue;
      seen.add(key);
      for (const [name, to] of Object.entries(happenings)) {
        const next = to(state);
        found.push({ name, to, from: statusOf(state), into: statusOf(next) });
        open.push(next);
      }
    }
    return found;
  }
});
