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

/** The lane a conversion enters, with the reason where it is not `clear`. Below the app's mode it waits for the owner. */
export function entryLane(trust: ConversionTrust, mode: ConversionsMode): { lane: Lane; reason: string | null } {
  if (LEVEL[trust] < REQUIRED[mode]) return { lane: "held", reason: "below_mode" };
  if (trust === "unverified") return { lane: "review", reason: "unverified" };
  return { lane: "clear", reason: null };
}
