import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readReferralCode } from "../services/credits/read-referral-code.ts";
import { readReferralHistory, readReferralList, readReferralStats } from "../services/credits/read-referrals.ts";
import { completeRedemption, redeemCode } from "../services/credits/redeem-code.ts";
import { refreshReferralCode } from "../services/credits/refresh-referral-code.ts";
import { validateReferralCode } from "../services/credits/validate-referral-code.ts";
import { readApp } from "../services/programs/read-apps.ts";
import {
  parseComplete,
  parseOffset,
  parseRedeem,
  parseReferralCode,
  presentHistoryEntry,
  presentListed,
  presentRedeemed,
  presentReferralCode,
  presentRefreshed,
  presentStats,
  presentValidity,
} from "../wire/credits.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { markReplay } from "./event-id.ts";
import { accountAccess, accountCors } from "./middleware/account-access.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/referrals`: what an account does with its own friend code, by its app's backend or by its own token. */
export function referralRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  routes.use(accountCors(deps));

  routes.get("/code", accountAccess(deps, "track"), async (c) => {
    const { appId, account } = c.get("account");
    const code = await readReferralCode(deps, appId, account);
    return code.ok ? c.json(presentReferralCode(code.value)) : refuse(c, code.failure);
  });

  routes.post("/refresh", accountAccess(deps, "track"), async (c) => {
    const { appId, account, actor } = c.get("account");
    const code = await refreshReferralCode(deps, appId, { actor, account });
    return code.ok ? c.json(presentRefreshed(code.value)) : refuse(c, code.failure);
  });

  routes.post("/code/refresh", accountAccess(deps, "track"), async (c) => {
    const { appId, account, actor } = c.get("account");
    const code = await refreshReferralCode(deps, appId, { actor, account });
    if (!code.ok) return refuse(c, code.failure);
    const { newCode: referralCode, referralUrl } = code.value;
    return c.json(presentReferralCode({ referralCode, referralUrl }));
  });

  routes.get("/stats", accountAccess(deps, "read"), async (c) => {
    const { appId, account } = c.get("account");
    const stats = await readReferralStats(deps, appId, account);
    return stats.ok ? c.json(presentStats(stats.value)) : refuse(c, stats.failure);
  });

  routes.get("/history", accountAccess(deps, "read"), async (c) => {
    const page = parseOffset(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const { appId, account } = c.get("account");
    const entries = await readReferralHistory(deps, appId, { account, ...page.value });
    return c.json(entries.map(presentHistoryEntry));
  });

  routes.get("/list", accountAccess(deps, "read"), async (c) => {
    const page = parseOffset(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const { appId, account } = c.get("account");
    const { entries, totalCount } = await readReferralList(deps, appId, { account, ...page.value });
    return c.json({ referrals: entries.map(presentListed), total_count: totalCount });
  });

  routes.post("/validate", accountAccess(deps, "read"), bodyLimit, async (c) => {
    const code = await bodyOf(c, parseReferralCode);
    if (!code.ok) return refuse(c, code.failure);
    const { appId, account } = c.get("account");
    return c.json(presentValidity(await validateReferralCode(deps, appId, { account, code: code.value })));
  });

  const paths = ["/code", "/refresh", "/code/refresh", "/stats", "/history", "/list", "/validate"];
  for (const path of paths) routes.all(path, methodNotAllowed);
  return routes;
}

/** `/api/v1/referrals/{redeem,complete}`: what credits somebody, and takes the app's own key alone. */
export function redeemRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.post("/redeem", keyAccess(deps, "track"), bodyLimit, async (c) => {
    const call = await bodyOf(c, parseRedeem, ["code", "email", "country"]);
    if (!call.ok) return refuse(c, call.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const answer = await redeemCode(deps, app.value.id, call.value);
    markReplay(c, answer);
    return c.json(presentRedeemed(answer));
  });

  routes.post("/complete", keyAccess(deps, "track"), bodyLimit, async (c) => {
    const account = await bodyOf(c, parseComplete);
    if (!account.ok) return refuse(c, account.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const answer = await completeRedemption(deps, app.value.id, account.value);
    markReplay(c, answer);
    return c.json(presentRedeemed(answer));
  });

  for (const path of ["/redeem", "/complete"]) routes.all(path, methodNotAllowed);
  return routes;
}
