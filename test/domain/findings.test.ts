import { describe, expect, test } from "vitest";
import {
  funnelFindings,
  joinFindings,
  type JoinPolicy,
  payoutFinding,
  redemptionFinding,
} from "../../worker/domain/account-findings.ts";
import { type ConversionState, conversionFindings } from "../../worker/domain/conversion-findings.ts";
import {
  affiliateFindings,
  type CodeFacts,
  codeFindings,
  type Finding,
  finding,
  FINDING_CODES,
  gather,
} from "../../worker/domain/findings.ts";
import { wordsOf } from "../../worker/domain/explain-words.ts";
import { dayOf, startOfDay } from "../../worker/domain/maturation.ts";
import { LEFT_OUT } from "../../worker/domain/payout-eligibility.ts";

const NOW = Date.UTC(2026, 0, 15, 12);
const EARLIER = NOW - 1_000;
const ACTIVE = { status: "active", statusSince: null } as const;

describe("a code", () => {
  const code: CodeFacts = { state: "active", expiresAt: null, retiredAt: null, affiliate: ACTIVE };

  test.each<[why: string, code: CodeFacts | null, found: readonly Finding[]]>([
    ["that nobody issued is unknown", null, [finding("unknown_code")]],
    ["that is live has nothing against it", code, []],
    ["that expires later is live", { ...code, expiresAt: NOW + 1 }, []],
    ["expires at its very millisecond", { ...code, expiresAt: NOW }, [finding("code_expired", { since: NOW })]],
    [
      "that was retired is dead since then",
      { ...code, state: "retired", retiredAt: EARLIER },
      [finding("code_retired", { since: EARLIER })],
    ],
    [
      "dies with its affiliate, and both are said",
      { ...code, state: "revoked", affiliate: { status: "revoked", statusSince: EARLIER } },
      [finding("code_revoked", { since: EARLIER }), finding("affiliate_revoked", { since: EARLIER })],
    ],
    [
      "of who applied waits for the owner",
      { ...code, affiliate: { status: "applied", statusSince: EARLIER } },
      [finding("affiliate_applied", { since: EARLIER })],
    ],
    ["of an account alone earns no cash", { ...code, affiliate: null }, [finding("credits_only")]],
  ])("%s", (_, facts, found) => {
    expect(codeFindings(facts, NOW)).toEqual(found);
  });

  test("an affiliate who is suspended earns all the same, and that is said", () => {
    expect(affiliateFindings({ status: "suspended", statusSince: EARLIER })).toEqual([
      finding("affiliate_suspended", { since: EARLIER }),
    ]);
  });
});

describe("a conversion", () => {
  const today = dayOf(NOW);
  const sale: ConversionState = {
    createdAt: EARLIER,
    rateBps: 3_000,
    capturedCents: 10_000,
    refundedCents: 0,
    netCents: 2_850,
    settledCents: 0,
    lane: "clear",
    entryLane: "clear",
    reason: null,
    matureDay: today + 1,
    voidedAt: null,
    voidReason: null,
    claims: 1,
    decision: null,
    heldAt: null,
    disputeOpenAt: null,
    disputeLostAt: null,
    affiliateStatus: "active",
    payouts: [],
  };
  const ofNothing = { rateBps: 0, netCents: 0 };
  const mature = { matureDay: today };
  const pending = finding("pending", { until: startOfDay(today + 1) });
  const available = finding("available", { since: startOfDay(today) });
  const payout = { id: "po_1", amountCents: 2_850, createdAt: EARLIER, settledAt: null } as const;
  const paid = { ...mature, settledCents: 2_850 };

  test.each<[why: string, change: Partial<ConversionState>, found: readonly Finding[]]>([
    ["that is clear waits for its day alone", {}, [pending]],
    ["that has matured waits for a payout", mature, [available]],
    [
      "that is held by the app's rules is not payable, whatever its day",
      { ...mature, lane: "held", entryLane: "held", reason: "cap" },
      [finding("held", { reason: "cap", since: EARLIER })],
    ],
    [
      "in review waits for the owner and for its day",
      { lane: "review", entryLane: "review", reason: "no_click" },
      [finding("in_review", { reason: "no_click", since: EARLIER }), pending],
    ],
    [
      "that was approved waits for nobody",
      { ...mature, entryLane: "review", reason: "unverified", decision: { decision: "approve", at: NOW } },
      [available],
    ],
    [
      "that is disputed and held by hand is both, though it was approved",
      {
        ...mature,
        lane: "held",
        entryLane: "review",
        reason: "unverified",
        decision: { decision: "approve", at: NOW },
        heldAt: NOW,
        disputeOpenAt: EARLIER,
      },
      [finding("disputed", { reason: "open", since: EARLIER }), finding("held", { reason: "by_hand", since: NOW })],
    ],
    [
      "whose dispute was lost has lost what it took",
      { disputeLostAt: NOW, refundedCents: 10_000, netCents: 0 },
      [finding("disputed", { reason: "lost", since: NOW }), finding("refunded", { reason: "whole" })],
    ],
    ["refunded in part has the rest", { refundedCents: 1 }, [finding("refunded", { reason: "part" }), pending]],
    [
      "refunded in whole has nothing",
      { refundedCents: 10_000, netCents: 0 },
      [finding("refunded", { reason: "whole" })],
    ],
    [
      "of a payment announced thrice counts once",
      { claims: 3 },
      [finding("duplicate", { reason: "announced_again", since: EARLIER, count: 2 }), pending],
    ],
    [
      "that another announcement replaced says nothing else",
      { voidedAt: NOW, voidReason: "superseded", claims: 2, netCents: 0 },
      [finding("duplicate", { reason: "superseded", since: NOW })],
    ],
    [
      "that was rejected is so since the decision",
      { voidedAt: NOW, voidReason: "rejected", netCents: 0, decision: { decision: "reject", at: NOW } },
      [finding("rejected", { since: NOW })],
    ],
    [
      "that a revocation voided is not one that came after it",
      { voidedAt: NOW, voidReason: "affiliate_revoked", netCents: 0 },
      [finding("affiliate_revoked", { reason: "voided", since: NOW })],
    ],
    [
      "that came after a revocation earns nothing",
      { ...ofNothing, reason: "affiliate_revoked" },
      [finding("affiliate_revoked", { reason: "later_payment", since: EARLIER })],
    ],
    [
      "of the affiliate itself earns nothing, whatever lane it is in",
      { ...ofNothing, reason: "self_referral", entryLane: "review", lane: "review" },
      [finding("self_referral", { since: EARLIER })],
    ],
    [
      "of what may be the affiliate, and was not vouched for, is held with its rate",
      { reason: "self_referral", entryLane: "held", lane: "held" },
      [finding("held", { reason: "self_referral", since: EARLIER }), pending],
    ],
    [
      "of a known customer earns nothing",
      { ...ofNothing, reason: "existing_customer" },
      [finding("existing_customer", { since: EARLIER })],
    ],
    [
      "after the months earns nothing",
      { ...ofNothing, reason: "month_limit" },
      [finding("month_limit", { since: EARLIER })],
    ],
    ["at a rate of zero comes to nothing", ofNothing, [finding("earns_zero", { reason: "rate" })]],
    ["of a cent comes to nothing", { netCents: 0 }, [finding("earns_zero", { reason: "rounded_down" })]],
    ["of who is suspended is not paid", { affiliateStatus: "suspended" }, [finding("affiliate_suspended"), pending]],
    [
      "in a payout under way waits for it",
      { ...paid, payouts: [{ ...payout, status: "processing" }] },
      [finding("payout_processing", { since: EARLIER })],
    ],
    [
      "that was paid is so since it arrived",
      { ...paid, payouts: [{ ...payout, status: "settled", settledAt: NOW }] },
      [finding("paid", { since: NOW })],
    ],
    [
      "whose payout failed is available again",
      { ...mature, payouts: [{ ...payout, status: "failed" }] },
      [available, finding("payout_failed", { since: EARLIER })],
    ],
    [
      "whose second payout arrived tells of no failure",
      {
        ...paid,
        payouts: [
          { ...payout, status: "failed" },
          { ...payout, id: "po_2", status: "settled", settledAt: NOW },
        ],
      },
      [finding("paid", { since: NOW })],
    ],
    [
      "refunded after it was paid owes the difference",
      {
        ...paid,
        refundedCents: 5_000,
        netCents: 1_425,
        payouts: [{ ...payout, status: "settled", settledAt: NOW }],
      },
      [finding("refunded", { reason: "part" }), finding("paid", { since: NOW }), finding("clawed_back")],
    ],
  ])("%s", (_, change, found) => {
    expect(conversionFindings({ ...sale, ...change }, NOW)).toEqual(found);
  });
});

describe("an account", () => {
  const open: JoinPolicy = { accounts: "all", countries: [], changedAt: null };

  test.each<[why: string, policy: JoinPolicy, isListed: boolean, reasons: readonly string[]]>([
    ["everybody may join", open, false, []],
    ["nobody may, listed or not", { ...open, accounts: "none" }, true, ["closed"]],
    ["those on the list may", { ...open, accounts: "listed" }, true, []],
    ["… and nobody else", { ...open, accounts: "listed" }, false, ["account"]],
    ["some countries may, and which it is only the call says", { ...open, countries: ["DE"] }, false, ["country"]],
  ])("%s", (_, policy, isListed, reasons) => {
    expect(joinFindings(policy, isListed).map(({ reason }) => reason)).toEqual(reasons);
  });

  test.each([
    ["successful", null],
    ["pending", finding("credits_pending", { since: EARLIER })],
    ["capped", finding("capped", { since: EARLIER })],
    ["revoked", finding("credits_revoked", { since: NOW })],
  ] as const)("a redemption that is %s", (status, found) => {
    expect(redemptionFinding({ status, createdAt: EARLIER, revokedAt: NOW })).toEqual(found);
  });

  test("what leaves an affiliate out is said once: by the payout, or by the status or the money itself", () => {
    const said = LEFT_OUT.map((reason) => [reason, payoutFinding(reason, { methodChangedAt: NOW })?.code ?? null]);
    expect(Object.fromEntries(said)).toEqual({
      applied: null,
      suspended: null,
      revoked: null,
      in_review: null,
      nothing_payable: null,
      more_than_approved: null,
      below_minimum: "below_minimum",
      minimum_not_set: "below_minimum",
      no_method: "payouts_blocked",
      other_method: "payouts_blocked",
      method_changed: "payouts_blocked",
      negative_balance: "payouts_blocked",
      revocation_under_way: "payouts_blocked",
    });
  });

  test("a changed payout method is waited for until 48 hours are over", () => {
    const found = payoutFinding("method_changed", { methodChangedAt: NOW });
    expect(found).toMatchObject({ since: NOW, until: NOW + 48 * 3_600_000 });
  });

  test.each([
    [{ clicks: 0, signups: 0, conversions: 0 }, ["no_clicks"]],
    [{ clicks: 1, signups: 0, conversions: 0 }, ["no_signups"]],
    [{ clicks: 0, signups: 1, conversions: 0 }, ["no_conversions"]],
    [{ clicks: 0, signups: 0, conversions: 1 }, []],
  ])("of %j the first step that nobody took is said", (counts, codes) => {
    expect(funnelFindings(counts).map(({ code }) => code)).toEqual(codes);
  });
});

describe("findings", () => {
  test("of one cause are one, with how often, since the first and until the last", () => {
    const one = finding("held", { reason: "cap", since: 5, until: null });
    const other = finding("held", { reason: "cap", since: 3, until: 9 });
    const third = finding("held", { reason: "by_hand", since: null });
    expect(gather([one, third, other])).toEqual([
      finding("held", { reason: "cap", since: 3, until: 9, count: 2 }),
      third,
    ]);
  });

  test.each(FINDING_CODES)("%s has words", (code) => {
    expect(wordsOf({ code, reason: null }).message).toMatch(/^[A-Z].*\.$/);
    expect(wordsOf({ code, reason: "of a kind nobody knows" })).toEqual(wordsOf({ code, reason: null }));
  });
});
