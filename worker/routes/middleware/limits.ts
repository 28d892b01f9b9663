import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { addressOwner } from "../../domain/address.ts";
import { checkCall, countCall } from "../../services/limits/count-call.ts";
import { type AppEnv, refuse } from "../context.ts";
import type { VisitorFacts } from "../visitor.ts";

/** Says whose address a request comes from, as the front door sees it: what a caller forwards does not count. */
export function callerAddress(door: VisitorFacts) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set("address", addressOwner(door.ipOf(c)));
    return next();
  });
}

/**
 * Counts a call without a key by its address alone. Which app it is for is the caller's word until the database has said
 * it, and so is the code: whoever could choose what is counted could begin anew with each call.
 */
export function publicLimit(deps: Deps, limit: "click" | "money" | "validate") {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.header("Authorization") !== undefined) return next();
    const caller = { address: c.get("address"), isClick: limit === "click" };
    const counted = await countCall(deps, limit, caller);
    return counted.ok ? next() : refuse(c, counted.failure);
  });
}

/**
 * Counts answers that a code is unknown, and refuses the address that has had too many of them before the database is
 * asked. A backend may ask for its own app's codes as it likes.
 */
export function unknownRefLimit(deps: Deps) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.header("Authorization") !== undefined) return next();
    const caller = { address: c.get("address") };
    const checked = await checkCall(deps, "unknown_ref", caller);
    if (!checked.ok) return refuse(c, checked.failure);
    await next();
    if (c.get("failure") !== "unknown_ref") return;
    const counted = await countCall(deps, "unknown_ref", caller);
    if (!counted.ok) c.res = refuse(c, counted.failure);
  });
}
