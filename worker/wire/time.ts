import { assert } from "../domain/assert.ts";
import { DAY_MS, dayOf, startOfDay } from "../domain/maturation.ts";

/** Epoch milliseconds as ISO 8601 UTC. */
export function iso(epochMillis: number): string {
  return new Date(epochMillis).toISOString();
}

/** A UTC day as YYYY-MM-DD. */
export function isoDate(day: number): string {
  return iso(startOfDay(day)).slice(0, 10);
}

/** The UTC day of YYYY-MM-DD, or null when there is no such date. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const millis = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(millis) && millis % DAY_MS === 0 && isoDate(dayOf(millis)) === text ? dayOf(millis) : null;
}

/** A UTC month: its name as YYYY-MM, its first millisecond and the first after it. */
export interface Month {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The UTC month of YYYY-MM, from 1970-01 on, or null when there is no such month. */
export function parseMonth(text: string): Month | null {
  if (!/^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])$/.test(text)) return null;
  const [year, month] = [Number(text.slice(0, 4)), Number(text.slice(5))];
  return { name: text, start: Date.UTC(year, month - 1), end: Date.UTC(year, month) };
}

/** The UTC month an instant lies in. */
export function monthOf(epochMillis: number): Month {
  const month = parseMonth(iso(epochMillis).slice(0, 7));
  assert(month !== null, "the clock is past 1970");
  return month;
}
