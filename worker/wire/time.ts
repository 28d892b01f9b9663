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
