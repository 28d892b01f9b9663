import * as fc from "fast-check";
import type { Decision, Mode } from "./model.ts";

// What can happen in a history. Everything is drawn from small sets, so that calls meet: the same user, key, payment or
// code again, now from a backend and now from a stranger. A place in a set is a number; the stage takes it modulo its
// size.

/** The last place in a set, where the stage puts what is foreign or unknown. */
export const LAST_PLACE = 11;
const nth = fc.nat({ max: LAST_PLACE });
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1, 3, 333, 10_000) },
  { weight: 1, arbitrary: fc.constant(999_999_999_999) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 50_000 }) },
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.constant(null) });

/** Who calls: a program's secret key, or the public; which program the call names beside it, if any. */
const caller = { program: nth, keyed: fc.boolean(), names: seldom(nth) };
const user = fc.constantFrom("u1", "u2", "u3");
const eventId = fc.option(fc.constantFrom<string>("e1", "e2", "e3", "e4"), { freq: 2 });
const paymentRef = fc.option(fc.constantFrom("p1", "p2", "p3"), { freq: 2 });
const currency = fc.constantFrom(null, null, null, "usd", "eur", "jpy");

const conversion = fc.record({
  what: fc.constant("conversion" as const),
  ...caller,
  ref: mostly(nth),
  user,
  amount,
  currency,
  paymentRef,
  eventId,
});

const refund = fc.record({
  what: fc.constant("refund" as const),
  ...caller,
  ref: fc.option(nth, { freq: 2 }),
  user: fc.option(user, { freq: 2 }),
  amount: fc.constantFrom<number | null>(null, 1, 1, 3, 333, 333, 10_000),
  currency: seldom(fc.constantFrom("usd", "eur", "jpy")),
  paymentRef,
  /** One of the conversions there are, the newest first. */
  conversion: fc.oneof(fc.constant(null), fc.constant(null), nth),
  eventId,
});

const signup = fc.record({ what: fc.constant("signup" as const), ...caller, ref: nth, user, eventId });

/** An earlier call word for word, the newest first. */
const again = fc.record({ what: fc.constant("again" as const), nth: fc.constantFrom<number>(0, 0, 0, 1, 2, 5, 10) });

const DAY_MS = 24 * 60 * 60 * 1_000;
const wait = fc.record({
  what: fc.constant("wait" as const),
  millis: fc.constantFrom<number>(1, 9_999, 10_000, 3_600_000, DAY_MS, 14 * DAY_MS, 31 * DAY_MS),
});
/** Until a midnight so many days ahead, or one millisecond before or after it. */
const waitForMidnight = fc.record({
  what: fc.constant("midnight" as const),
  days: fc.constantFrom<number>(1, 2, 14),
  off: fc.constantFrom(-1, 0, 1),
});

const bps = fc.constantFrom(0, 1, 820, 3_000, 3_333, 10_000);
const program = fc.record({
  what: fc.constant("program" as const),
  program: nth,
  change: fc.oneof(
    fc.record({ rateBps: bps }),
    fc.record({ mode: fc.constantFrom<Mode>("open", "matched", "keyed", "keyed") }),
    fc.record({ holdingDays: fc.constantFrom(0, 1, 14, 30) }),
    fc.record({ maxMonths: fc.constantFrom(1, 1, null) }),
    fc.record({ feeBps: fc.constantFrom(0, 500, 10_000) }),
    fc.record({ currency: fc.constantFrom("usd", "eur") }),
  ),
});
/** Conversions of a program, the newest first, some of them perhaps twice, of another program, or decided before. */
const decide = fc.record({
  what: fc.constant("decide" as const),
  program: nth,
  decision: fc.constantFrom<Decision>("approve", "approve", "reject"),
  conversions: fc.array(fc.constantFrom<number>(0, 0, 1, 2, 3, 5, 8, LAST_PLACE), { minLength: 1, maxLength: 4 }),
});
const rule = fc.record({
  what: fc.constant("rule" as const),
  program: nth,
  /** Null: everybody. */
  creator: fc.option(nth, { freq: 1 }),
  currency: fc.constantFrom(null, null, "usd", "eur"),
  maxEvent: fc.constantFrom(333, 10_000, 50_000),
  times: fc.constantFrom(1, 2, 100),
});
const endRule = fc.record({ what: fc.constant("end rule" as const), program: nth, rule: nth });

const creatorRate = fc.record({ what: fc.constant("creator rate" as const), creator: nth, bps: mostly(bps) });
const revoke = fc.record({ what: fc.constant("revoke" as const), creator: nth });
const retire = fc.record({ what: fc.constant("retire" as const), code: nth });

/** One thing that happens. */
const anyAction = fc.oneof(
  { weight: 10, arbitrary: conversion },
  { weight: 7, arbitrary: refund },
  { weight: 3, arbitrary: signup },
  { weight: 4, arbitrary: again },
  { weight: 3, arbitrary: wait },
  { weight: 3, arbitrary: waitForMidnight },
  { weight: 3, arbitrary: program },
  { weight: 3, arbitrary: decide },
  { weight: 3, arbitrary: rule },
  { weight: 1, arbitrary: endRule },
  { weight: 1, arbitrary: creatorRate },
  { weight: 1, arbitrary: revoke },
  { weight: 1, arbitrary: retire },
);

export type Action = typeof anyAction extends fc.Arbitrary<infer Case> ? Case : never;
export type Call = Extract<Action, { what: "conversion" | "refund" | "signup" }>;
export type ProgramChange = Extract<Action, { what: "program" }>["change"];

/** A history of things that happen, at most `length` of them. */
export function anyHistory(length: number): fc.Arbitrary<Action[]> {
  return fc.array(anyAction, { minLength: 1, maxLength: length, size: "max" });
}
