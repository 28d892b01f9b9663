import { FULL_BPS } from "./money.ts";

/** Basis points of a percentage given as decimal text with at most two decimals ("30", "12.5"), or null for anything else. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const bps = Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  return bps <= FULL_BPS ? bps : null;
}

/** The percentage of basis points as a number with at most two decimals: 1250 → 12.5. */
export function percentOf(bps: number): number {
  return Number(`${Math.floor(bps / 100)}.${String(bps % 100).padStart(2, "0")}`);
}
