import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { countUnder } from "../../store/auth-store.ts";
import { integerOf } from "../../store/statement.ts";

/** Messages an app may have sent by hand in a minute: each is a request to somebody's server. */
const MAX_SENDS = 30;
const WINDOW_MS = 60_000;

/** Counts a message that somebody asks for by hand. Fails with `rate_limited` after 30 of an app in a minute. */
export async function countSend(deps: Deps, appId: string): Promise<Result<null>> {
  const realNow = deps.realNow();
  const count = countUnder(`webhook:${appId}`, { id: deps.newId("lim"), realNow, windowMs: WINDOW_MS });
  const [[row] = []] = await deps.db.batch([count]);
  if (row === undefined || integerOf(row, "count") <= MAX_SENDS) return ok(null);
  const retryAfterS = Math.max(1, Math.ceil((integerOf(row, "last_request") + WINDOW_MS - realNow) / 1_000));
  const refused = fail("rate_limited", "Too many were sent by hand within a minute.");
  return refused.ok ? refused : { ok: false, failure: { ...refused.failure, retryAfterS } };
}
