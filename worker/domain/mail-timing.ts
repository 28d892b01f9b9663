import { DAY_MS, dayOf, startOfDay } from "./maturation.ts";

/** How often a mail is tried: the last try is about a day after the first. */
export const MAX_MAIL_ATTEMPTS = 12;
/** Later than that it is no news: a way out that was set up after months does not send them all. */
export const MAX_MAIL_AGE_MS = 7 * DAY_MS;

/** Within it nobody is mailed two invitations of one app, though the first was taken back. */
export const INVITATION_PAUSE_MS = 7 * DAY_MS;

const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** How long a mail waits after its `attempt`th try in vain, from 1: a minute, twice as long each time, at most six hours. */
export function mailWaitAfter(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
}

const MONDAY = 1;
const HOUR_OF_DIGEST_MS = 8 * 3_600_000;

/**
 * The Monday, as a day, that the week begins on which a digest sent now tells of: the last whole week (ISO 8601, UTC), from Monday 08:00
 * on.
 */
export function weekOfDigest(now: number): number {
  const today = dayOf(now - HOUR_OF_DIGEST_MS);
  const sinceMonday = (new Date(startOfDay(today)).getUTCDay() + 7 - MONDAY) % 7;
  return today - sinceMonday - 7;
}

/** Whole days without any event after which an app's owner is told. */
const QUIET_DAYS = 7;
/** A silence that is much older was told of, or began before mails were sent. */
const OLD_SILENCE_DAYS = 14;

/** Whether an app whose last event was on a day has just fallen silent. */
export function isNewlyQuiet(lastDay: number, today: number): boolean {
  const days = today - lastDay;
  return days > QUIET_DAYS && days <= OLD_SILENCE_DAYS;
}
