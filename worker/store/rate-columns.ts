import type { NextRate } from "../domain/rate.ts";
import type { Row } from "./db.ts";
import { integerOf } from "./statement.ts";

/**
 * The columns `rate_bps` (in force at `:now`), `next_bps` and `next_from` of an app's rate (its affiliate is empty) or of an
 * affiliate's own. The conversions' statement reads the same way, at the time of the payment.
 */
export function rateInForce(app: string, affiliate: string): string {
  const own = `FROM rate r WHERE r.app = ${app} AND r.affiliate = ${affiliate}`;
  const inForce = `(SELECT r.bps ${own} AND r.effective_from <= :now ORDER BY r.effective_from DESC, r.seq DESC LIMIT 1)`;
  // An app always has a rate, also for a clock that is behind the one that made it.
  const first = `(SELECT r.bps ${own} ORDER BY r.effective_from, r.seq LIMIT 1)`;
  const appThen = `(SELECT q.bps FROM rate q WHERE q.app = r.app AND q.affiliate = '' AND q.effective_from <= r.effective_from
    ORDER BY q.effective_from DESC, q.seq DESC LIMIT 1)`;
  return `
    ${affiliate === "''" ? `coalesce(${inForce}, ${first})` : inForce} AS rate_bps,
    (SELECT coalesce(r.bps, ${appThen}) ${own} AND r.effective_from > :now
      ORDER BY r.effective_from, r.seq DESC LIMIT 1) AS next_bps,
    (SELECT min(r.effective_from) ${own} AND r.effective_from > :now) AS next_from`;
}

/** Reads `next_bps` and `next_from`. */
export function toNextRate(row: Row): NextRate | null {
  return row["next_from"] === null ? null : { bps: integerOf(row, "next_bps"), from: integerOf(row, "next_from") };
}
