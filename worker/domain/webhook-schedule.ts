import { DAY_MS } from "./maturation.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long a delivery waits after each try in vain: the schedule that Standard Webhooks proposes. The first try is at once. */
const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** How often an event is tried, all in all over three days. */
export const MAX_WEBHOOK_ATTEMPTS = WAITS_MS.length + 1;

/** So much longer a wait may get, so that what failed together is not tried together. */
const JITTER_SHARE = 10;

/** Nothing has succeeded for so long: whoever receives is gone. */
export const FAILING_MS = 5 * DAY_MS;
/** A failure later than that after the one before begins a new time of failing: between them nothing was to be sent. Twice the longest wait. */
export const FAILING_GAP_MS = 2 * DAY_MS;

/**
 * How long to wait after the `attempt`th try in vain, from 1; null when it was the last. `jitter`, from 0 to 1, makes it up to a tenth
 * longer.
 */
export function webhookWaitAfter(attempt: number, jitter: number): number | null {
  const wait = WAITS_MS[attempt - 1];
  return wait === undefined ? null : wait + Math.floor((wait * jitter) / JITTER_SHARE);
}
