import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { type Action, anyHistory } from "./actions.ts";
import { expectAgreement } from "./compare.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";
import { Stage } from "./stage.ts";

const NORTH = { program: 0, names: null };
const SALE = { what: "conversion", amount: 333, currency: null, paymentRef: null, eventId: null } as const;
const SIGNUP = { what: "signup", eventId: null } as const;
const REFUND = {
  what: "refund",
  user: null,
  currency: null,
  paymentRef: null,
  conversion: null,
  eventId: null,
} as const;
const DECIDE = { what: "decide", program: 0 } as const;
const RULE = { what: "rule", program: 0, currency: null } as const;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Whose codes stand at 0, 2 and 4. */
const [NORA, NILS, NELL] = [0, 2, 4];

/** Histories a random one seldom is, each with what it shows. The first three went wrong once. */
const SELDOM: readonly (readonly [string, readonly Action[]])[] = [
  [
    "a public event of a user a backend has vouched for changes nothing of that",
    [
      { ...SIGNUP, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { ...SIGNUP, ...NORTH, keyed: false, ref: NILS, user: "u1" },
    ],
  ],
  [
    "who takes over a revoked creator's user as a stranger is replaced by the first vouched event",
    [
      { ...SIGNUP, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "revoke", creator: 0 },
      { ...SALE, ...NORTH, keyed: false, ref: NILS, user: "u1" },
      { ...SALE, ...NORTH, keyed: true, ref: NELL, user: "u1" },
    ],
  ],
  [
    "a signup refused for its key is not counted",
    [
      { ...SIGNUP, ...NORTH, keyed: true, ref: NORA, user: "u2", eventId: "e1" },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { ...SIGNUP, ...NORTH, keyed: true, ref: NORA, user: "u1", eventId: "e1" },
    ],
  ],
  [
    "a backend is never answered with what a stranger announced",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1", amount: 3 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
      { what: "revoke", creator: 0 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1", amount: 10_000 },
    ],
  ],
  [
    "where every announcement of a payment is void, the best one answers",
    [
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u2", paymentRef: "p1" },
      { what: "revoke", creator: 0 },
      { ...SALE, ...NORTH, keyed: true, ref: NILS, user: "u1", paymentRef: "p1", eventId: "e1" },
      { what: "revoke", creator: 1 },
      { ...SALE, ...NORTH, keyed: true, ref: NELL, user: "u1", paymentRef: "p1", amount: 3 },
    ],
  ],
  [
    "all of a payment that only a stranger spoke of is all of what a backend then says it was",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1", amount: 3 },
      { ...REFUND, ...NORTH, keyed: true, ref: null, paymentRef: "p1", amount: null },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
    ],
  ],
  [
    "more than a stranger spoke of waits for the backend's word",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1", amount: 3 },
      { ...REFUND, ...NORTH, keyed: true, ref: null, paymentRef: "p1", amount: 333, currency: "usd" },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
    ],
  ],
  [
    "what the public refunded of its own announcement does not count against a backend's",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1" },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 333 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
    ],
  ],
  [
    "a refund that waits counts in the currency it names, and in no other",
    [
      { ...REFUND, ...NORTH, keyed: true, ref: null, paymentRef: "p1", amount: 3, currency: "eur" },
      { ...REFUND, ...NORTH, keyed: true, ref: null, paymentRef: "p2", amount: 3, currency: "usd" },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p2" },
    ],
  ],
  [
    "what a revoked creator's users pay later earns nothing, and is not voided",
    [
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "revoke", creator: 0 },
      { what: "wait", millis: 10_000 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "revoke", creator: 0 },
    ],
  ],
  [
    "the first decision stands, and neither refunds nor the public's word move what was rejected",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1", eventId: "e1" },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 3 },
      { ...DECIDE, decision: "reject", conversions: [0, 0] },
      { ...DECIDE, decision: "approve", conversions: [0] },
      { ...DECIDE, decision: "reject", conversions: [0] },
      { ...REFUND, ...NORTH, keyed: true, ref: null, paymentRef: "p1", amount: 3 },
      { ...SALE, ...NORTH, keyed: false, ref: NILS, user: "u2", paymentRef: "p1" },
      { what: "again", nth: 3 },
      { what: "midnight", days: 15, off: 0 },
      { what: "again", nth: 3 },
    ],
  ],
  [
    "what a stranger announced and the owner rejected earns on the backend's word",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1" },
      { ...DECIDE, decision: "reject", conversions: [0] },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", paymentRef: "p1" },
      { ...DECIDE, decision: "reject", conversions: [0, 1] },
    ],
  ],
  [
    "what was approved of a stranger's is void once the backend speaks, and waits anew where its word is not enough",
    [
      { ...SIGNUP, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", paymentRef: "p1" },
      { ...DECIDE, decision: "approve", conversions: [0] },
      { what: "program", program: 0, change: { mode: "keyed" } },
      { ...SALE, ...NORTH, keyed: true, ref: null, user: "u1", paymentRef: "p1", amount: 10_000 },
      { ...DECIDE, decision: "approve", conversions: [0, 1] },
      { ...SALE, ...NORTH, keyed: true, ref: null, user: "u1", paymentRef: "p2" },
      { ...DECIDE, decision: "reject", conversions: [0] },
      { ...SALE, ...NORTH, keyed: true, ref: null, user: "u1", paymentRef: "p2", eventId: "e1" },
    ],
  ],
  [
    "what was approved is taken back by a refund of the backend alone, and is voided by no revocation once it matured",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u2" },
      { ...DECIDE, decision: "approve", conversions: [0] },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, user: "u2", amount: 3 },
      { ...REFUND, ...NORTH, keyed: true, ref: null, user: "u2", amount: 3 },
      { what: "midnight", days: 15, off: 0 },
      { what: "revoke", creator: 0 },
      { ...DECIDE, decision: "approve", conversions: [0, 1] },
    ],
  ],
  [
    "a rule approves what comes after it, up to its amounts, a creator's own before the one for everybody",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", amount: 333 },
      { ...RULE, creator: null, maxEvent: 333, times: 2 },
      { ...RULE, creator: 1, maxEvent: 10_000, times: 1 },
      { ...RULE, creator: 1, maxEvent: 333, times: 1 },
      { what: "wait", millis: 10_000 },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", amount: 333 },
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", amount: 10_000 },
      { ...SALE, ...NORTH, keyed: false, ref: NELL, user: "u2", amount: 3 },
      { ...SALE, ...NORTH, keyed: false, ref: NELL, user: "u2", amount: 333, eventId: "e1" },
      { ...SALE, ...NORTH, keyed: false, ref: NILS, user: "u3", amount: 10_000 },
      { ...SALE, ...NORTH, keyed: false, ref: NILS, user: "u3", amount: 1 },
      { what: "midnight", days: 1, off: 0 },
      { ...SALE, ...NORTH, keyed: false, ref: NELL, user: "u2", amount: 333, eventId: "e2" },
      { ...SALE, ...NORTH, keyed: true, ref: NELL, user: "u2", amount: 333, eventId: "e3" },
      { ...SALE, ...NORTH, keyed: false, ref: NELL, user: "u2", amount: 1, currency: "eur" },
      { what: "end rule", program: 0, rule: 0 },
      { ...SALE, ...NORTH, keyed: false, ref: NELL, user: "u2", amount: 1 },
      { ...DECIDE, decision: "reject", conversions: [0, 1, 2, 3, 4, 5] },
    ],
  ],
  [
    "a public refund without a key is one for ten seconds, and then another",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 3 },
      { what: "again", nth: 0 },
      { what: "wait", millis: 9_999 },
      { what: "again", nth: 0 },
      { what: "wait", millis: 1 },
      { what: "again", nth: 0 },
    ],
  ],
  [
    "a public refund reaches what has not matured, to the millisecond",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1" },
      { what: "midnight", days: 15, off: -1 },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 3 },
      { what: "wait", millis: 1 },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 1 },
    ],
  ],
  [
    "a stranger's key within a code and a backend's key of the same text are two",
    [
      { ...SALE, ...NORTH, keyed: false, ref: NORA, user: "u1", eventId: "e1" },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1", eventId: "nora:e1" },
      { ...REFUND, ...NORTH, keyed: false, ref: NORA, amount: 3, eventId: "e1" },
      { ...REFUND, ...NORTH, keyed: true, ref: NORA, amount: 1, eventId: "nora:e1" },
    ],
  ],
  [
    "a backend's refund without a key is another each time",
    [
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { ...REFUND, ...NORTH, keyed: true, ref: NORA, amount: 3 },
      { what: "again", nth: 0 },
    ],
  ],
  [
    "a refund that names nothing spreads over the newest conversions",
    [
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "wait", millis: 10_000 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u2" },
      { ...REFUND, ...NORTH, keyed: true, ref: null, user: "u1", amount: 334 },
      { ...REFUND, ...NORTH, keyed: true, ref: NORA, amount: 334 },
      { ...REFUND, ...NORTH, keyed: true, ref: NORA, amount: 332 },
    ],
  ],
  [
    "after its months a referral earns nothing",
    [
      { what: "program", program: 0, change: { maxMonths: 1 } },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "wait", millis: 31 * DAY_MS - 1 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
      { what: "wait", millis: 1 },
      { ...SALE, ...NORTH, keyed: true, ref: NORA, user: "u1" },
    ],
  ],
];

test(
  "after every step of any history the product knows what the rules say",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory(40), async (history) => {
        const stage = await Stage.open();
        for (const action of history) {
          await stage.perform(action);
          await expectAgreement(stage);
          expect(await checkBooks(stage.world.db)).toEqual([]);
        }
        await stage.world.db.close();
      }),
      runs(60),
    );
  },
  TIME_LIMIT_MS,
);

test.each(SELDOM)("%s", async (_what, history) => {
  const stage = await Stage.open();
  for (const action of history) {
    await stage.perform(action);
    await expectAgreement(stage);
  }
  expect(await checkBooks(stage.world.db)).toEqual([]);
  await stage.world.db.close();
});
