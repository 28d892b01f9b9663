import type { AffiliateStatus } from "./affiliate-status.ts";
import { foldCode } from "./code.ts";

/** A row of a file of what was somewhere else before. E-mails are folded, a ref is as it is written. */
export type ImportRow =
  | {
      readonly type: "affiliate";
      readonly email: string;
      readonly name: string | null;
      /** Their first code; null draws one. */
      readonly ref: string | null;
      /** Null: the app's. */
      readonly rateBps: number | null;
      readonly status: "active" | "suspended";
      /** Null: now. */
      readonly createdAt: number | null;
    }
  | { readonly type: "code"; readonly email: string; readonly ref: string; readonly createdAt: number | null }
  | {
      readonly type: "referral";
      readonly userId: string;
      /** Whose they are: an affiliate's e-mail, a code of theirs, or both. */
      readonly email: string | null;
      readonly ref: string | null;
      readonly customerEmail: string | null;
      readonly createdAt: number | null;
    }
  | {
      readonly type: "balance";
      readonly email: string;
      readonly currency: string;
      /** Minor units of either sign. */
      readonly amountCents: number;
      readonly note: string | null;
    };

export type ImportType = ImportRow["type"];

export interface ImportLine {
  /** Where it stands in the file. */
  readonly line: number;
  readonly row: ImportRow;
}

/** An affiliate as this app knows them. */
export interface KnownAffiliate {
  readonly id: string;
  readonly status: AffiliateStatus;
}

/** What the app knows of all that a file names. */
export interface KnownState {
  /** By folded e-mail. */
  readonly affiliates: ReadonlyMap<string, KnownAffiliate>;
  /** By folded code; null is somebody's who is no affiliate of this app. */
  readonly codes: ReadonlyMap<string, KnownAffiliate | null>;
  /** By user id. `isOpen`: the first word that is vouched for decides whose they are. */
  readonly referrals: ReadonlyMap<string, { readonly affiliateId: string; readonly isOpen: boolean }>;
  /** Minor units that were opened with, by `openingKey`. */
  readonly openings: ReadonlyMap<string, number>;
}

export function openingKey(affiliateId: string, currency: string): string {
  return `${currency} ${affiliateId}`;
}

export type ImportReason =
  | "affiliate_applied"
  | "affiliate_revoked"
  | "code_of_another"
  | "code_taken"
  | "no_affiliate"
  | "no_code"
  | "nothing_owed"
  | "opened_otherwise"
  | "repeated"
  | "repeated_otherwise"
  | "user_of_another";

/** What becomes of a row: it is to be made, is there already, or cannot be. */
export interface ImportVerdict {
  readonly outcome: "make" | "known" | "problem";
  readonly reason: ImportReason | null;
  /** The column at fault. */
  readonly field: string | null;
  /** The earlier line that says the same or something else. */
  readonly earlier: number | null;
}

const ORDER: readonly ImportType[] = ["affiliate", "code", "referral", "balance"];

/**
 * Says of each line what becomes of it, in the order given: affiliates are looked at first, then codes, referrals and balances,
 * so that the rows of a file may stand in any order. What is there already, or stands in the file twice, is known; what says
 * something else than is there is a problem, and what hangs on a problem is one, too.
 */
export function judgeImport(lines: readonly ImportLine[], known: KnownState): readonly ImportVerdict[] {
  const sheet: Sheet = { known, affiliates: new Map(), codes: new Map(), users: new Map(), balances: new Map() };
  const verdicts = new Map<ImportLine, ImportVerdict>();
  for (const type of ORDER) {
    for (const one of lines) {
      if (one.row.type === type) verdicts.set(one, judge(sheet, one));
    }
  }
  return lines.map((one) => verdicts.get(one) ?? MAKE);
}

/** What the rows before said, as far as it holds. */
interface Sheet {
  readonly known: KnownState;
  readonly affiliates: Map<string, { readonly line: number }>;
  readonly codes: Map<string, { readonly line: number; readonly email: string }>;
  readonly users: Map<string, { readonly line: number; readonly who: string }>;
  readonly balances: Map<string, { readonly line: number; readonly cents: number }>;
}

const MAKE: ImportVerdict = { outcome: "make", reason: null, field: null, earlier: null };
const KNOWN: ImportVerdict = { ...MAKE, outcome: "known" };

const problem = (field: string, reason: ImportReason, earlier: number | null = null): ImportVerdict => ({
  outcome: "problem",
  reason,
  field,
  earlier,
});
const repeated = (earlier: number): ImportVerdict => ({ ...KNOWN, reason: "repeated", earlier });

function judge(sheet: Sheet, { line, row }: ImportLine): ImportVerdict {
  switch (row.type) {
    case "affiliate":
      return judgeAffiliate(sheet, line, row);
    case "code":
      return judgeCode(sheet, line, row);
    case "referral":
      return judgeReferral(sheet, line, row);
    case "balance":
      return judgeBalance(sheet, line, row);
  }
}

type RowOf<Type extends ImportType> = Extract<ImportRow, { readonly type: Type }>;

/** Two rows of one affiliate may differ in what they say: one of them would be lost without a word. */
function judgeAffiliate(sheet: Sheet, line: number, { email, ref }: RowOf<"affiliate">): ImportVerdict {
  const before = sheet.affiliates.get(email);
  if (before !== undefined) return problem("email", "repeated_otherwise", before.line);
  const here = sheet.known.affiliates.get(email);
  const verdict = ref === null ? (here === undefined ? MAKE : KNOWN) : judgeRef(sheet, line, { email, ref });
  if (verdict.outcome !== "problem") sheet.affiliates.set(email, { line });
  return verdict;
}

function judgeCode(sheet: Sheet, line: number, { email, ref }: RowOf<"code">): ImportVerdict {
  if (whoByEmail(sheet, email) === null) return problem("email", "no_affiliate");
  return judgeRef(sheet, line, { email, ref });
}

/** A code is theirs already, or free, or cannot be had. */
function judgeRef(sheet: Sheet, line: number, { email, ref }: { email: string; ref: string }): ImportVerdict {
  const code = foldCode(ref);
  const owner = sheet.known.codes.get(code);
  const here = sheet.known.affiliates.get(email);
  if (owner === null) return problem("ref", "code_taken");
  if (owner !== undefined) return owner.id === here?.id ? KNOWN : problem("ref", "code_of_another");
  const before = sheet.codes.get(code);
  if (before !== undefined) {
    return before.email === email ? repeated(before.line) : problem("ref", "repeated_otherwise", before.line);
  }
  if (here?.status === "revoked") return problem("email", "affiliate_revoked");
  sheet.codes.set(code, { line, email });
  return MAKE;
}

function judgeReferral(sheet: Sheet, line: number, row: RowOf<"referral">): ImportVerdict {
  const owner = ownerOf(sheet, row);
  if (typeof owner !== "string") return owner;
  const here = sheet.known.referrals.get(row.userId);
  if (here?.affiliateId === owner && !here.isOpen) return KNOWN;
  const before = sheet.users.get(row.userId);
  if (before !== undefined) {
    return before.who === owner ? repeated(before.line) : problem("user_id", "repeated_otherwise", before.line);
  }
  if (here !== undefined && !here.isOpen) return problem("user_id", "user_of_another");
  const status = statusOf(sheet, row);
  if (status === "revoked") return problem(row.email === null ? "ref" : "email", "affiliate_revoked");
  if (status === "applied") return problem(row.email === null ? "ref" : "email", "affiliate_applied");
  sheet.users.set(row.userId, { line, who: owner });
  return MAKE;
}

/** Who a referral's affiliate is; where it names them twice, both must be the same. */
function ownerOf(sheet: Sheet, { email, ref }: RowOf<"referral">): string | ImportVerdict {
  const byEmail = email === null ? null : whoByEmail(sheet, email);
  if (email !== null && byEmail === null) return problem("email", "no_affiliate");
  if (ref === null) return byEmail ?? problem("email", "no_affiliate");
  const byCode = whoByCode(sheet, ref);
  if (byCode === null) return problem("ref", "no_code");
  return byEmail === null || byEmail === byCode ? byCode : problem("ref", "code_of_another");
}

function judgeBalance(sheet: Sheet, line: number, { email, currency, amountCents }: RowOf<"balance">): ImportVerdict {
  const who = whoByEmail(sheet, email);
  if (who === null) return problem("email", "no_affiliate");
  const key = openingKey(who, currency);
  const before = sheet.balances.get(key);
  // Two amounts may be two debts, or one that was copied: a person must say.
  if (before !== undefined) return problem("amount", "repeated_otherwise", before.line);
  sheet.balances.set(key, { line, cents: amountCents });
  const opened = sheet.known.openings.get(key);
  if (opened === undefined) return amountCents === 0 ? { ...KNOWN, reason: "nothing_owed" } : MAKE;
  return opened === amountCents ? KNOWN : problem("amount", "opened_otherwise");
}

/** An affiliate's id, or a name for one whom the file brings; null for nobody. */
function whoByEmail(sheet: Sheet, email: string): string | null {
  return sheet.known.affiliates.get(email)?.id ?? (sheet.affiliates.has(email) ? `new ${email}` : null);
}

function whoByCode(sheet: Sheet, ref: string): string | null {
  const code = foldCode(ref);
  const owner = sheet.known.codes.get(code);
  if (owner !== undefined) return owner?.id ?? null;
  const brought = sheet.codes.get(code);
  return brought === undefined ? null : whoByEmail(sheet, brought.email);
}

/** Of whom the file brings there is none yet. */
function statusOf(sheet: Sheet, { email, ref }: RowOf<"referral">): AffiliateStatus | null {
  const { affiliates, codes } = sheet.known;
  if (email !== null) return affiliates.get(email)?.status ?? null;
  const code = foldCode(ref ?? "");
  const brought = sheet.codes.get(code);
  return (codes.get(code) ?? affiliates.get(brought?.email ?? ""))?.status ?? null;
}
