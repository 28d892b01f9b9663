/** One day in milliseconds. Days are UTC days: whole numbers since 1970-01-01. */
export const DAY_MS = 86_400_000;

/** The UTC day an instant lies in. */
export function dayOf(epochMillis: number): number {
  return Math.floor(epochMillis / DAY_MS);
}

/** The day on which a payment matures: the first 00:00 UTC after its holding days are over. Fixed when it is recorded. */
export function matureDay(occurredAt: number, holdingDays: number): number {
  return Math.ceil((occurredAt + holdingDays * DAY_MS) / DAY_MS);
}

/** The instant a day begins, in epoch milliseconds. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

/** True once the day has begun: no job moves money, a balance is read against today. */
export function isMature(matureOn: number, now: number): boolean {
  return matureOn <= dayOf(now);
}
