/** Whose word an event is: a signed Stripe event, a call with a secret key, or anybody who knows a code. */
export type Source = "stripe" | "key" | "public";

/** How a user's referral came to be. The first vouched event of a user fixes it. */
export type ReferralTrust = "vouched" | "public";

/** `verified`: event and attribution vouched for. `matched`: only the event. `unverified`: anybody could have sent it. */
export type ConversionTrust = "verified" | "matched" | "unverified";

/** What an app takes at its word: everything, vouched events, or vouched events of vouched users. */
export type ConversionsMode = "open" | "matched" | "keyed";

/** Whether a commission may be paid: `clear` yes; `review` after the owner approves; `held` not while it lasts. */
export type Lane = "held" | "review" | "clear";

const LEVEL = { unverified: 0, matched: 1, verified: 2 } as const;
const REQUIRED = { open: 0, matched: 1, keyed: 2 } as const;

/** The trust of a conversion: its event's word, capped by how its user was attributed. */
export function conversionTrust(source: Source, attribution: ReferralTrust): ConversionTrust {
  if (source === "public") return "unverified";
  return attribution === "vouched" ? "verified" : "matched";
}

/** What speaks against a conversion, beside whose word it is. */
export interface Suspicion {
  /** The customer is the affiliate, by account or by an e-mail address that anybody may have given. */
  readonly selfReferral: boolean;
  /** Over the app's amount for an event or a day. */
  readonly overCap: boolean;
  /** The referral's: `no_click`. */
  readonly flag: string | null;
  /** Told twice, perhaps: by a backend without a name and by Stripe, or by Stripe as two things that nothing links. */
  readonly possibleDuplicate: boolean;
}

/**
 * The lane a conversion enters, with the reason where it is not `clear`. Below the app's mode or over a cap it is held. What
 * the public said of a referral weighs on what the public vouches for, and is ignored where a backend vouches for all of it:
 * a stranger cannot hold up somebody else's money.
 */
export function entryLane(
  trust: ConversionTrust,
  mode: ConversionsMode,
  { selfReferral, overCap, flag, possibleDuplicate }: Suspicion,
): { lane: Lane; reason: string | null } {
  if (selfReferral && trust === "unverified") return { lane: "held", reason: "self_referral" };
  if (overCap) return { lane: "held", reason: "cap" };
  if (LEVEL[trust] < REQUIRED[mode]) return { lane: "held", reason: "below_mode" };
  const doubt = trust === "verified" ? null : selfReferral ? "self_referral" : flag;
  if (doubt !== null) return { lane: "review", reason: doubt };
  if (trust === "unverified") return { lane: "review", reason: "unverified" };
  return possibleDuplicate ? { lane: "review", reason: "possible_duplicate" } : { lane: "clear", reason: null };
}
