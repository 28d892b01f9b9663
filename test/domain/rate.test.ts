import { expect, test } from "vitest";
import { nextRateOf } from "../../worker/domain/rate.ts";

const sooner = { bps: 1_000, from: 1 };
const later = { bps: 2_000, from: 2 };

test.each([
  ["nothing is planned", { own: null, next: null, app: null }, null],
  ["their own rate changes", { own: 3_000, next: later, app: null }, later],
  [
    "the app's change is none of theirs while they have a rate of their own",
    { own: 3_000, next: null, app: sooner },
    null,
  ],
  ["an own rate of 0 is a rate", { own: 0, next: null, app: sooner }, null],
  ["without an own rate the app's change is theirs", { own: null, next: null, app: sooner }, sooner],
  ["the app's comes first", { own: null, next: later, app: sooner }, sooner],
  ["their own comes first", { own: null, next: sooner, app: later }, sooner],
  ["both at once: their own goes before", { own: null, next: { bps: 5, from: 1 }, app: sooner }, { bps: 5, from: 1 }],
])("%s", (_, { own, next, app }, expected) => {
  expect(nextRateOf({ rateBps: own, nextRate: next }, { nextRate: app })).toEqual(expected);
});
