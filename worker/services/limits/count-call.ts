import type { Deps } from "../../deps.ts";
import { isLoopback } from "../../domain/address.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { LimitName } from "../../gateways/limits/limits.ts";

/** Who calls, as far as a limit is concerned. */
export interface Caller {
  /** Whose address the call comes from (`addressOwner`), as the front door saw it. */
  readonly address: string;
  /** What is counted where that is not the address: a key's id. */
  readonly keyId?: string;
  /** A click: without a limiter it is better counted than lost. Everything else then waits. */
  readonly isClick?: boolean;
}

/**
 * Counts a call against a limit (docs/api.md lists them). Fails with `rate_limited`, and with `unavailable` when
 * the limiter is out of order, unless it is a click. On the machine itself dev counts nothing.
 */
export function countCall(deps: Deps, limit: LimitName, caller: Caller): Promise<Result<null>> {
  return ask(deps, "count", limit, caller);
}

/** Fails as `countCall` would for the next call, without counting one. */
export function checkCall(deps: Deps, limit: LimitName, caller: Caller): Promise<Result<null>> {
  return ask(deps, "check", limit, caller);
}

async function ask(
  deps: Deps,
  how: "count" | "check",
  limit: LimitName,
  { address, keyId, isClick = false }: Caller,
): Promise<Result<null>> {
  if (deps.config.env === "dev" && isLoopback(address)) return ok(null);
  try {
    const retryAfterS = await deps.limits[how](limit, keyId ?? address);
    if (retryAfterS === null) return ok(null);
    deps.metrics.add("agentlinks_limit_refusals_total", { limit });
    return { ok: false, failure: { code: "rate_limited", message: MESSAGES[limit], retryAfterS } };
  } catch (error) {
    deps.metrics.add("agentlinks_limiter_errors_total", { limit });
    deps.log({ level: "error", limit, error: String(error) });
    return isClick ? ok(null) : fail("unavailable", "Calls cannot be counted right now, so none is taken.");
  }
}

const MESSAGES: Readonly<Record<LimitName, string>> = {
  click: "Too many clicks from this address.",
  money: "Too many calls without a key from this address.",
  unknown_ref: "Too many unknown codes from this address.",
  validate: "Too many codes were asked for from this address.",
  wrong_key: "Too many wrong keys from this address.",
  sign_in: "Too many tries to sign in from this address.",
  key: "Too many calls with this key.",
};
