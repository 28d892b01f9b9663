import { fail, ok, type Result } from "../../domain/result.ts";

/** The instant a rate begins: now, unless one is given. Fails for one of the past: money that is recorded keeps its rate. */
export function startOfRate(wanted: number | undefined, now: number): Result<number> {
  if (wanted === undefined || wanted >= now) return ok(wanted ?? now);
  const message = "must not lie in the past: what is recorded keeps its rate";
  return fail("invalid_request", "The request is not valid.", [{ path: "commission_from", message }]);
}
