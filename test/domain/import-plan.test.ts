import { expect, test } from "vitest";
import {
  type ImportRow,
  judgeImport,
  type KnownAffiliate,
  type KnownState,
  openingKey,
} from "../../worker/domain/import-plan.ts";

const KIM: KnownAffiliate = { id: "aff_kim", status: "active" };
const GONE: KnownAffiliate = { id: "aff_gone", status: "revoked" };
const APPLIED: KnownAffiliate = { id: "aff_applied", status: "applied" };
const NOTHING: KnownState = { affiliates: new Map(), codes: new Map(), referrals: new Map(), openings: new Map() };
const HERE: KnownState = {
  affiliates: new Map([
    ["kim@x.test", KIM],
    ["gone@x.test", GONE],
    ["applied@x.test", APPLIED],
  ]),
  codes: new Map([
    ["kim", KIM],
    ["gone", GONE],
    ["elsewhere", null],
  ]),
  referrals: new Map([
    ["kims", { affiliateId: KIM.id, isOpen: false }],
    ["gones", { affiliateId: GONE.id, isOpen: true }],
    ["others", { affiliateId: "aff_other", isOpen: false }],
    ["open", { affiliateId: "aff_other", isOpen: true }],
    ["kims-open", { affiliateId: KIM.id, isOpen: true }],
  ]),
  openings: new Map([[openingKey(KIM.id, "usd"), 500]]),
};

const affiliate = (email: string, ref: string | null = null): ImportRow => ({
  type: "affiliate",
  email,
  name: null,
  ref,
  rateBps: null,
  status: "active",
  createdAt: null,
});
const code = (email: string, ref: string): ImportRow => ({ type: "code", email, ref, createdAt: null });
const referral = (userId: string, email: string | null, ref: string | null = null): ImportRow => ({
  type: "referral",
  userId,
  email,
  ref,
  customerEmail: null,
  createdAt: null,
});
const balance = (email: string, amountCents: number, currency = "usd"): ImportRow => ({
  type: "balance",
  email,
  currency,
  amountCents,
  note: null,
});

/** Each row's verdict in a word: `make`, `known`, or the field and reason of what cannot be. */
function told(known: KnownState, rows: readonly ImportRow[]): readonly string[] {
  const lines = rows.map((row, at) => ({ line: at + 2, row }));
  return judgeImport(lines, known).map(({ outcome, reason, field, earlier }) =>
    [outcome === "problem" ? field : outcome, reason, earlier].filter((word) => word !== null).join(" "),
  );
}

test("rows may stand in any order: what hangs on a row below it is made, too", () => {
  const rows = [
    balance("new@x.test", 1),
    referral("u1", "new@x.test"),
    referral("u2", null, "SECOND"),
    code("new@x.test", "second"),
    affiliate("new@x.test", "first"),
  ];
  expect(told(NOTHING, rows)).toEqual(["make", "make", "make", "make", "make"]);
});

test("what hangs on a row that cannot be cannot be either", () => {
  const rows = [
    affiliate("new@x.test", "elsewhere"),
    code("new@x.test", "second"),
    referral("u1", "new@x.test"),
    referral("u2", null, "second"),
    balance("new@x.test", 1),
  ];
  expect(told(HERE, rows)).toEqual([
    "ref code_taken",
    "email no_affiliate",
    "email no_affiliate",
    "ref no_code",
    "email no_affiliate",
  ]);
});

test.each<[string, ImportRow, string]>([
  ["an affiliate who is here stays as they are", affiliate("kim@x.test"), "known"],
  ["… also by their code, however it is written", affiliate("kim@x.test", "KIM"), "known"],
  ["… and gets a code that they lack", affiliate("kim@x.test", "kim2"), "make"],
  ["… also who was revoked, as long as nothing is new", affiliate("gone@x.test", "gone"), "known"],
  ["who was revoked gets no code", affiliate("gone@x.test", "gone2"), "email affiliate_revoked"],
  ["a code of another affiliate", affiliate("new@x.test", "kim"), "ref code_of_another"],
  ["a code of another app, or of an account", code("kim@x.test", "elsewhere"), "ref code_taken"],
  ["a code that is theirs", code("kim@x.test", "kim"), "known"],
  ["a customer who is theirs", referral("kims", "kim@x.test"), "known"],
  ["a customer who is theirs, by the code", referral("kims", null, "kim"), "known"],
  ["a customer of theirs by the public's word is vouched for", referral("kims-open", "kim@x.test"), "make"],
  ["a customer of another's by the public's word", referral("open", "kim@x.test"), "make"],
  ["a customer of another's", referral("others", "kim@x.test"), "user_id user_of_another"],
  ["a customer for who was revoked", referral("u1", "gone@x.test"), "email affiliate_revoked"],
  ["a customer for who was revoked, by the code", referral("u1", null, "gone"), "ref affiliate_revoked"],
  ["a customer for who waits", referral("u1", "applied@x.test"), "email affiliate_applied"],
  ["an e-mail and a code of two", referral("u1", "gone@x.test", "kim"), "ref code_of_another"],
  ["a code of nobody here", referral("u1", null, "elsewhere"), "ref no_code"],
  ["a balance that is open", balance("kim@x.test", 500), "known"],
  ["… with another amount", balance("kim@x.test", 501), "amount opened_otherwise"],
  ["… with none", balance("kim@x.test", 0), "amount opened_otherwise"],
  ["… in another currency", balance("kim@x.test", 501, "eur"), "make"],
  ["what is owed is owed to who was revoked, too", balance("gone@x.test", -5), "make"],
  ["nothing that is owed", balance("gone@x.test", 0), "known nothing_owed"],
])("%s", (_, row, expected) => {
  expect(told(HERE, [row])).toEqual([expected]);
});

test("what the file says twice is said once, and what it says otherwise is a problem", () => {
  const rows = [
    affiliate("a@x.test", "a"),
    affiliate("a@x.test", "a"),
    affiliate("b@x.test", "A"),
    affiliate("b@x.test", "b"),
    code("a@x.test", "a"),
    code("b@x.test", "a"),
    referral("u1", "a@x.test"),
    referral("u1", null, "a"),
    referral("u1", "b@x.test"),
    balance("a@x.test", 1),
    balance("a@x.test", 1),
  ];
  expect(told(NOTHING, rows)).toEqual([
    "make",
    "email repeated_otherwise 2",
    "ref repeated_otherwise 2",
    "make",
    "known repeated 2",
    "ref repeated_otherwise 2",
    "make",
    "known repeated 8",
    "user_id repeated_otherwise 8",
    "make",
    "amount repeated_otherwise 11",
  ]);
});
