import { describe, expect, test } from "vitest";
import { attribute, type StoredReferral } from "../../worker/domain/attribution.ts";

/** The user's stored referral, of `ann` by her code `ann1`; `gone` = her affiliate was revoked since. */
const STORED = {
  none: null,
  public: stored({ trust: "public", fixed: false }),
  "public, fixed": stored({ trust: "public", fixed: true }),
  vouched: stored({ trust: "vouched", fixed: true }),
  "public, gone": stored({ trust: "public", fixed: false, affiliateRevoked: true }),
  "public, fixed, gone": stored({ trust: "public", fixed: true, affiliateRevoked: true }),
  "vouched, gone": stored({ trust: "vouched", fixed: true, affiliateRevoked: true }),
} as const;

/** The code in the call, where it is live: none, another one of the same affiliate, one of another affiliate. */
const LIVE = {
  none: null,
  ann2: { affiliate: "ann", code: "ann2" },
  bob: { affiliate: "bob", code: "bob" },
} as const;

type Row = readonly [stored: keyof typeof STORED, live: keyof typeof LIVE, outcome: string | null, why: string];

/** outcome: the code that earns, the referral's trust, and whether a vouched event has fixed it. */
const PUBLIC: readonly Row[] = [
  ["none", "none", null, "nobody earns"],
  ["none", "ann2", "ann2 public open", "the first event makes the referral"],
  ["none", "bob", "bob public open", "the first event makes the referral"],
  ["public", "none", "ann1 public open", "the stored one earns"],
  ["public", "ann2", "ann1 public open", "the stored one wins over another code"],
  ["public", "bob", "ann1 public open", "a public event never replaces anything"],
  ["public, fixed", "none", "ann1 public fixed", "the stored one earns"],
  ["public, fixed", "ann2", "ann1 public fixed", "the stored one wins"],
  ["public, fixed", "bob", "ann1 public fixed", "the stored one wins"],
  ["vouched", "none", "ann1 vouched fixed", "the stored one earns"],
  ["vouched", "ann2", "ann1 vouched fixed", "the stored one wins"],
  ["vouched", "bob", "ann1 vouched fixed", "the stored one wins"],
  [
    "public, gone",
    "none",
    "ann1 public open",
    "revoked, but nobody else is named: recorded for her, and earns nothing",
  ],
  ["public, gone", "bob", "bob public open", "the users of a revoked affiliate are free for the next live code"],
  ["public, gone", "ann2", "ann2 public open", "as the code says (no code of hers is live, in fact)"],
  ["public, fixed, gone", "none", "ann1 public fixed", "nobody else is named"],
  ["public, fixed, gone", "bob", "bob public open", "free, and what fixed the old referral does not fix the new one"],
  ["public, fixed, gone", "ann2", "ann2 public open", "as the code says"],
  ["vouched, gone", "none", "ann1 vouched fixed", "nobody else is named"],
  ["vouched, gone", "bob", "bob public open", "free, and only as good as the public event that took it"],
  ["vouched, gone", "ann2", "ann2 public open", "as the code says"],
];

const VOUCHED: readonly Row[] = [
  ["none", "none", null, "nobody earns"],
  ["none", "ann2", "ann2 vouched fixed", "the first event makes the referral, and is vouched for"],
  ["none", "bob", "bob vouched fixed", "the first event makes the referral, and is vouched for"],
  [
    "public",
    "none",
    "ann1 public fixed",
    "the first vouched event names nobody: the stored one stays, and stays public",
  ],
  ["public", "ann2", "ann2 vouched fixed", "the first vouched event replaces a public referral"],
  ["public", "bob", "bob vouched fixed", "the first vouched event replaces a public referral"],
  ["public, fixed", "none", "ann1 public fixed", "the stored one earns"],
  ["public, fixed", "ann2", "ann1 public fixed", "only the first vouched event could replace it"],
  ["public, fixed", "bob", "ann1 public fixed", "only the first vouched event could replace it"],
  ["vouched", "none", "ann1 vouched fixed", "the stored one earns"],
  ["vouched", "ann2", "ann1 vouched fixed", "the stored one wins"],
  ["vouched", "bob", "ann1 vouched fixed", "the stored one wins"],
  ["public, gone", "none", "ann1 public fixed", "nobody else is named"],
  ["public, gone", "bob", "bob vouched fixed", "free for the next live code"],
  ["public, gone", "ann2", "ann2 vouched fixed", "as the code says"],
  ["public, fixed, gone", "none", "ann1 public fixed", "nobody else is named"],
  ["public, fixed, gone", "bob", "bob vouched fixed", "free for the next live code"],
  ["public, fixed, gone", "ann2", "ann2 vouched fixed", "as the code says"],
  ["vouched, gone", "none", "ann1 vouched fixed", "nobody else is named"],
  ["vouched, gone", "bob", "bob vouched fixed", "free for the next live code"],
  ["vouched, gone", "ann2", "ann2 vouched fixed", "as the code says"],
];

describe.each([
  ["public", PUBLIC],
  ["key", VOUCHED],
  ["stripe", VOUCHED],
] as const)("an event by %s", (source, rows) => {
  test("is decided here for every combination", () => {
    const asked = rows.map(([before, live]) => `${before} + ${live}`).toSorted();
    const all = Object.keys(STORED).flatMap((before) => Object.keys(LIVE).map((live) => `${before} + ${live}`));
    expect(asked).toEqual(all.toSorted());
  });

  test.each(rows)("stored %s, live %s → %s: %s", (before, live, outcome) => {
    const decided = attribute(source, { stored: STORED[before], live: LIVE[live] });
    const text = decided && `${decided.code} ${decided.trust} ${decided.fixed ? "fixed" : "open"}`;
    expect(text).toBe(outcome);
    expect(decided?.affiliate).toBe(outcome === null ? undefined : outcome.slice(0, 3));
  });
});

function stored(state: Partial<StoredReferral>): StoredReferral {
  return { affiliate: "ann", code: "ann1", trust: "public", fixed: false, affiliateRevoked: false, ...state };
}
