import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { readCreditStanding } from "../../services/credits/read-credit-report.ts";
import type { PageEnv } from "../context.ts";

/**
 * Says which account a creator is in the program of friend credits: null where the app told of none, and where that account has
 * no part in the program. After `promoterAccess`.
 */
export function friendSide(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    const { id, credits } = c.get("app");
    const { accountId } = c.get("affiliate");
    const hasPart =
      accountId !== null && (credits.accounts === "all" || (await readCreditStanding(deps, id, accountId)) !== null);
    c.set("friendAccount", hasPart ? accountId : null);
    return next();
  });
}
