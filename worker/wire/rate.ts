import { percentOf } from "../domain/percent.ts";
import type { NextRate } from "../domain/rate.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { iso } from "./time.ts";

/** A change of a rate as a body gives it, absent where it gives none. An instant without a rate is refused. */
export function rateChange<Rate extends number | null>(fields: {
  readonly commission_percent: Rate | undefined;
  readonly commission_from: number | undefined;
}): Result<{ readonly rateBps?: Rate; readonly rateFrom?: number }> {
  const { commission_percent: rateBps, commission_from: rateFrom } = fields;
  if (rateBps === undefined && rateFrom === undefined) return ok({});
  if (rateBps !== undefined) return ok(rateFrom === undefined ? { rateBps } : { rateBps, rateFrom });
  const message = "is required with commission_from";
  return fail("invalid_request", "The request is not valid.", [{ path: "commission_percent", message }]);
}

/** A rate that is to come into force, or null. */
export function presentNextRate(next: NextRate | null) {
  return next === null ? null : { commission_percent: percentOf(next.bps), from: iso(next.from) };
}
