import * as v from "valibot";
import { DAY_MS } from "../domain/maturation.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./fields.ts";

const UNIT_MS = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", DAY_MS],
]);
/** Beyond every holding period and cookie. */
const MAX_ADVANCE_MS = 400 * DAY_MS;
const AdvanceSchema = v.object({
  advance: v.pipe(v.string(), v.regex(/^\d{1,9}[smhd]$/, "must be like 90s, 5m, 12h or 15d")),
});

/** How far the clock of dev is to move: `{"advance":"15d"}` in s, m, h or d, at most 400 days → milliseconds. */
export function parseAdvance(body: JsonObject): Result<number> {
  const parsed = check(AdvanceSchema, body);
  if (!parsed.ok) return parsed;
  const { advance } = parsed.value;
  const millis = Number(advance.slice(0, -1)) * (UNIT_MS.get(advance.slice(-1)) ?? 0);
  if (millis > MAX_ADVANCE_MS) {
    return fail("invalid_request", "The request is not valid.", [{ path: "advance", message: "must be at most 400d" }]);
  }
  return ok(millis);
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const FORWARDING_HEADERS = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "CF-Connecting-IP"];

/**
 * Whether a request was made on this machine: a loopback host name (so no page under another name reaches it by DNS
 * rebinding), through no proxy, and no writing from another site's page. To everybody else dev is not there.
 */
export function isFromThisMachine({ method, headers }: Request): boolean {
  const host = headers.get("Host") ?? "";
  const origin = headers.get("Origin");
  const isForwarded = FORWARDING_HEADERS.some((name) => headers.has(name));
  const isForeign = origin !== null && origin !== `http://${host}` && method !== "GET";
  return LOOPBACK_HOST.test(host) && !isForwarded && !isForeign;
}
