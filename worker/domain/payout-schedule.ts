import { DAY_MS, startOfDay } from "./maturation.ts";

/** How often a draft is made: on a day of each week (1 Monday to 7) or of each month (1 to 28). */
export interface PayoutSchedule {
  readonly schedule: "none" | "weekly" | "monthly";
  readonly scheduleDay: number;
}

/** Days after the scheduled one on which a missed draft is still made. */
const GRACE_DAYS = 2;

/**
 * The period whose draft is due on a UTC day, null when none is: `2026-02` for a month, `2026-W07` for a week (ISO 8601 §2.2.10).
 * Due from its day on, for some days more, so that a machine that was off makes up for it.
 */
export function duePeriod({ schedule, scheduleDay }: PayoutSchedule, today: number): string | null {
  if (schedule === "none") return null;
  const date = new Date(startOfDay(today));
  const day = schedule === "monthly" ? date.getUTCDate() : weekdayOf(date);
  if (day < scheduleDay || day > scheduleDay + GRACE_DAYS) return null;
  return schedule === "monthly" ? date.toISOString().slice(0, 7) : weekOf(date);
}

/** The name of one batch of a period, where one does not hold everybody: `2026-02`, then `2026-02.2`, `2026-02.3`. */
export function partOfPeriod(period: string, part: number): string {
  return part === 1 ? period : `${period}.${part}`;
}

/** The period that a batch is a part of. */
export function wholePeriod(part: string): string {
  return part.split(".")[0] ?? part;
}

/** Monday is 1. */
function weekdayOf(date: Date): number {
  return date.getUTCDay() === 0 ? 7 : date.getUTCDay();
}

/** A week belongs to the year its Thursday lies in. */
function weekOf(date: Date): string {
  const thursday = new Date(date.getTime() + (4 - weekdayOf(date)) * DAY_MS);
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - firstOfYear) / (7 * DAY_MS)) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}
