const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Stripe may forget an idempotency key after 24 hours (docs.stripe.com/api/idempotent_requests): repeated later, the transfer
 * would be another one. Four hours are left for clocks that differ, and for a call that is under way.
 */
export const KEY_TRUSTED_MS = 20 * HOUR_MS;

/**
 * For so long a runner has a payout for itself. A call to Stripe takes five seconds at most, and of one payout there are four; a
 * process that has ended meanwhile is waited for no longer.
 */
export const SENDING_MS = 10 * MINUTE_MS;

/** How long after its first sending an attempt waits for how long, until it is sent again: after 1, 5, 15 minutes, then each hour. */
const WAITS: readonly (readonly [sentForMs: number, waitMs: number])[] = [
  [MINUTE_MS, MINUTE_MS],
  [6 * MINUTE_MS, 5 * MINUTE_MS],
  [21 * MINUTE_MS, 15 * MINUTE_MS],
];
export const LONGEST_WAIT_MS = HOUR_MS;

/** How long an app's other payouts wait when Stripe gives no answer for one of them. */
export const SILENCE_MS = 5 * MINUTE_MS;

/** How long to wait, in milliseconds, after an attempt that was first sent at `sentAt` was left without an answer at `now`. */
export function waitAfter(sentAt: number, now: number): number {
  return WAITS.find(([sentForMs]) => now - sentAt < sentForMs)?.[1] ?? LONGEST_WAIT_MS;
}

/** Whether an attempt may be repeated under its key. */
export function isKeyTrusted(sentAt: number, now: number): boolean {
  return now - sentAt <= KEY_TRUSTED_MS;
}

/** From so long after it was sent on, only a key that knows the payout can say what became of it. */
export const REACHABLE_MS = 24 * HOUR_MS;

/** Why a payout that was sent waits: nobody has a key to ask Stripe with, or Stripe tells the one there is nothing. */
export const NOBODY_TO_ASK: readonly string[] = ["no_key", "not_found_yet"];
