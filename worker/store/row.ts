import type { Row } from "./db.ts";

/**
 * Turns a driver's row (integers as BigInt) into ours. `columns` is read in order; of two columns with one name the
 * last wins.
 *
 * Throws a RangeError for an integer beyond ±2^53, which a JavaScript number would round, and a TypeError for a blob:
 * no table holds one.
 */
export function toRow(columns: Iterable<readonly [string, unknown]>): Row {
  const row: Record<string, string | number | null> = {};
  for (const [name, value] of columns) row[name] = toValue(name, value);
  return row;
}

function toValue(name: string, value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (typeof value !== "bigint")
    throw new TypeError(`column "${name}" is a ${typeof value}, not text, a number or null`);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`column "${name}" is beyond 2^53`);
  return number;
}
