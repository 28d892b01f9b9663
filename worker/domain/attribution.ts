import type { ReferralTrust, Source } from "./trust.ts";

export interface StoredReferral {
  readonly affiliate: string;
  readonly code: string;
  readonly trust: ReferralTrust;
  /** True once a vouched event has fixed it: no later event replaces it. */
  readonly fixed: boolean;
  readonly affiliateRevoked: boolean;
}

/** A code that is live now: active, unexpired, its affiliate neither applied nor revoked. */
export interface LiveCode {
  readonly affiliate: string;
  readonly code: string;
}

export interface Attribution {
  readonly affiliate: string;
  readonly code: string;
  readonly trust: ReferralTrust;
  readonly fixed: boolean;
}

/**
 * Who earns for a user's event, and the referral that stands after it. Null when nobody does.
 *
 * A stored referral wins over a code in the call, with two exceptions: the user's first vouched event may replace a
 * public referral, and the users of a revoked affiliate are free for the next live code.
 */
export function attribute(
  source: Source,
  { stored, live }: { stored: StoredReferral | null; live: LiveCode | null },
): Attribution | null {
  const vouched = source !== "public";
  if (live !== null && takesCode(vouched, stored)) {
    return { affiliate: live.affiliate, code: live.code, trust: vouched ? "vouched" : "public", fixed: vouched };
  }
  if (stored === null) return null;
  return {
    affiliate: stored.affiliate,
    code: stored.code,
    trust: stored.trust,
    fixed: stored.fixed || vouched,
  };
}

function takesCode(vouched: boolean, stored: StoredReferral | null): boolean {
  if (stored === null || stored.affiliateRevoked) return true;
  return vouched && stored.trust === "public" && !stored.fixed;
}
