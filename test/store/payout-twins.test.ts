import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AffiliateStatus } from "../../worker/domain/affiliate-status.ts";
import { METHOD_BLOCK_MS, type MethodFacts, whyLeftOut } from "../../worker/domain/payout-eligibility.ts";
import { START_OF_TIME } from "../../worker/store/cursor.ts";
import type { Statement } from "../../worker/store/db.ts";
import { previewPayouts } from "../../worker/store/payout-batch-store.ts";
import { ROWS } from "../support/rows.ts";
import { insertRow, NOW, openBooks, TODAY } from "./facts.ts";

const OWN_MINIMUM = 100;
/** Of all that can be of somebody, enough that each reason is met often. */
const PEOPLE = 300;

interface Person {
  readonly status: AffiliateStatus;
  readonly revokedAt: number;
  readonly isVoided: boolean;
  readonly payable: number;
  readonly toCome: number;
  readonly inReview: number;
  readonly currency: "usd" | "eur";
  readonly method: MethodFacts | null;
}

const person: fc.Arbitrary<Person> = fc.record({
  status: fc.constantFrom<AffiliateStatus[]>("applied", "active", "active", "active", "suspended", "revoked"),
  revokedAt: fc.constantFrom(NOW - 1, NOW + 1),
  isVoided: fc.boolean(),
  payable: fc.constantFrom(-50, 0, 99, 100, 150),
  toCome: fc.nat({ max: 3 }),
  inReview: fc.constantFrom(0, 7),
  currency: fc.constantFrom<("usd" | "eur")[]>("usd", "eur"),
  method: fc.option(
    fc.record({
      kind: fc.constantFrom<MethodFacts["kind"][]>("paypal", "bank", "stripe", "other", "none"),
      payer: fc.constantFrom<("app" | "operator")[]>("app", "operator"),
      changedAt: fc.constantFrom(NOW - METHOD_BLOCK_MS, NOW - METHOD_BLOCK_MS + 1, NOW),
      isChange: fc.boolean(),
    }),
  ),
});

describe.each([null, 120])("SQL = whyLeftOut, with a minimum of %s", (minimum) => {
  test.each([
    ["manual", "app"],
    ["stripe", "app"],
    ["stripe", "operator"],
  ] as const)("paid by %s of the %s", async (rail, payer) => {
    const people = fc.sample(person, { numRuns: PEOPLE, seed: 1 });
    const db = await openBooks();
    await db.batch(people.flatMap(rowsOf));
    const minimums =
      minimum === null ? [] : ["usd", "eur"].map((currency) => ({ app: "shop", currency, cents: minimum }));
    await db.batch(minimums.map((row) => insertRow("payout_minimum", row)));
    const batch = { rail, payer, affiliateId: null, currency: null, ownCurrency: "usd", defaultMinimum: OWN_MINIMUM };
    const page = { after: START_OF_TIME, limit: PEOPLE + 10 };
    const rows = await previewPayouts(db, "shop", { ...batch, ...page, today: TODAY, now: NOW });
    await db.close();
    const found = new Map(rows.map(({ affiliateId, reason, payableCents }) => [affiliateId, { reason, payableCents }]));
    for (const [place, of] of people.entries()) {
      const least = minimum ?? (of.currency === "usd" ? OWN_MINIMUM : null);
      const expected = {
        reason: whyLeftOut(factsOf(of, least), { rail, payer, since: NOW, now: NOW }),
        payableCents: of.payable,
      };
      // Who has nothing at all is in no list.
      const isListed = of.payable !== 0 || of.inReview !== 0;
      expect({ of, ...found.get(nameOf(place)) }).toEqual({ of, ...(isListed ? expected : {}) });
    }
    expect(new Set(rows.map(({ reason }) => reason)).size).toBeGreaterThan(8);
  });
});

function factsOf(of: Person, minimumCents: number | null) {
  const { status, isVoided, method } = of;
  const payer = method?.kind === "stripe" ? method.payer : null;
  return {
    status,
    revokedAt: status === "revoked" ? of.revokedAt : null,
    isVoided,
    payableCents: of.payable,
    inReviewCents: of.inReview,
    minimumCents,
    method: method === null ? null : { ...method, payer },
  };
}

function nameOf(place: number): string {
  return `a${place}`;
}

function rowsOf(of: Person, place: number): readonly Statement[] {
  const id = nameOf(place);
  const { status, currency, toCome, inReview, payable } = of;
  const money = { app: "shop", affiliate: id, currency };
  const revokedAt = status === "revoked" ? of.revokedAt : null;
  const affiliate = { ...ROWS.affiliate, app: "shop", id, email: `${id}@example.test`, code: id };
  return [
    insertRow("affiliate", { ...affiliate, status, revoked_at: revokedAt, voided: Number(of.isVoided) }),
    insertRow("total", {
      ...money,
      earned_clear: Math.max(0, payable) + toCome,
      earned_review: inReview + toCome,
      adjust: Math.min(0, payable),
    }),
    ...["clear", "review"].map((lane) => insertRow("bucket", { ...money, lane, mature_day: TODAY + 1, net: toCome })),
    ...methodRows(id, of.method),
  ];
}

function methodRows(affiliate: string, of: MethodFacts | null): readonly Statement[] {
  if (of === null) return [];
  const row = { app: "shop", affiliate, label: "", actor: "a test" };
  const before = { ...row, id: `${affiliate}-0`, kind: "other", details: "-", created_at: 0 };
  const details = of.kind === "none" ? null : "-";
  const payer = of.kind === "stripe" ? of.payer : null;
  const now = { ...row, id: `${affiliate}-1`, kind: of.kind, details, payer, created_at: of.changedAt };
  return [...(of.isChange ? [insertRow("payout_method", before)] : []), insertRow("payout_method", now)];
}
