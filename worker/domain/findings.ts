import type { AffiliateStatus } from "./affiliate-status.ts";

/**
 * Why something did not come about, or not yet: the closed list that `explain` answers with. docs/explain.md prints it, with
 * what each means.
 */
export const FINDING_CODES = [
  // Of a code, and of whose it is.
  "unknown_code",
  "code_expired",
  "code_retired",
  "code_revoked",
  "credits_only",
  "affiliate_applied",
  "affiliate_suspended",
  "affiliate_revoked",
  // Of a user.
  "no_events",
  "no_referral",
  "call_refused",
  // Of a payment that earns nothing.
  "self_referral",
  "existing_customer",
  "month_limit",
  "earns_zero",
  // Of a conversion.
  "duplicate",
  "rejected",
  "refunded",
  "disputed",
  "held",
  "in_review",
  "pending",
  "available",
  "paid",
  "clawed_back",
  // Of payouts.
  "payout_processing",
  "payout_failed",
  "below_minimum",
  "payouts_blocked",
  // Of what Stripe told.
  "parked",
  "closed",
  "wrong_mode",
  // Of an account in the host's application.
  "program_off",
  "not_joined",
  "join_refused",
  "no_clicks",
  "no_signups",
  "no_conversions",
  // Of friend credits.
  "no_redemption",
  "credits_pending",
  "credits_revoked",
  "capped",
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** One cause, from stored facts. Times are epoch milliseconds. */
export interface Finding {
  readonly code: FindingCode;
  /** Which of several kinds of it, in a word of ours. */
  readonly reason: string | null;
  readonly since: number | null;
  readonly until: number | null;
  /** How many of them there are, of those that were looked at. */
  readonly count: number;
}

export function finding(code: FindingCode, more: Partial<Omit<Finding, "code">> = {}): Finding {
  return { code, reason: null, since: null, until: null, count: 1, ...more };
}

/** The same cause once, with how often and since when; the first mention gives the order. */
export function gather(findings: readonly Finding[]): readonly Finding[] {
  const gathered = new Map<string, Finding>();
  for (const one of findings) {
    const key = `${one.code} ${one.reason ?? ""}`;
    const known = gathered.get(key);
    gathered.set(key, known === undefined ? one : join(known, one));
  }
  return [...gathered.values()];
}

/** A code as far as it decides whether a call would be taken. */
export interface CodeFacts {
  readonly state: "active" | "retired" | "revoked";
  readonly expiresAt: number | null;
  readonly retiredAt: number | null;
  readonly affiliate: AffiliateFacts | null;
}

export interface AffiliateFacts {
  readonly status: AffiliateStatus;
  /** When the status was set; null where it has been so from the beginning. */
  readonly statusSince: number | null;
}

/** What keeps a code from bringing new users, or its affiliate from being paid. Null: nobody has issued it in this app. */
export function codeFindings(code: CodeFacts | null, now: number): readonly Finding[] {
  if (code === null) return [finding("unknown_code")];
  const { state, expiresAt, retiredAt, affiliate } = code;
  return [
    ...(state === "retired" ? [finding("code_retired", { since: retiredAt })] : []),
    ...(state === "revoked" ? [finding("code_revoked", { since: affiliate?.statusSince ?? null })] : []),
    ...(expiresAt !== null && expiresAt <= now ? [finding("code_expired", { since: expiresAt })] : []),
    ...(affiliate === null ? [finding("credits_only")] : affiliateFindings(affiliate)),
  ];
}

/** What an affiliate's status keeps from coming about. */
export function affiliateFindings({ status, statusSince }: AffiliateFacts): readonly Finding[] {
  switch (status) {
    case "active":
      return [];
    case "applied":
      return [finding("affiliate_applied", { since: statusSince })];
    case "suspended":
      return [finding("affiliate_suspended", { since: statusSince })];
    case "revoked":
      return [finding("affiliate_revoked", { since: statusSince })];
  }
}

function join(a: Finding, b: Finding): Finding {
  return {
    ...a,
    since: pick(Math.min, a.since, b.since),
    until: pick(Math.max, a.until, b.until),
    count: a.count + b.count,
  };
}

function pick(choose: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : choose(a, b);
}
