import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readCredits } from "../services/credits/read-credits.ts";
import { readRedemptions, revokeRedemption } from "../services/credits/revoke-redemption.ts";
import { spendCredits } from "../services/credits/spend-credits.ts";
import { readApp } from "../services/programs/read-apps.ts";
import {
  parseRedemptionFilter,
  parseRevocation,
  parseSpend,
  presentCreditEntry,
  presentCredits,
  presentRedemption,
  presentSpent,
} from "../wire/credits.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { markReplay } from "./event-id.ts";
import { accountAccess, accountCors, keyedAccountAccess } from "./middleware/account-access.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/credits`: an account's credits. Its own token reads them; only the app's key spends and revokes. */
export function creditRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.post("/spend", keyedAccountAccess(deps, "track"), bodyLimit, async (c) => {
    const call = await bodyOf(c, parseSpend);
    if (!call.ok) return refuse(c, call.failure);
    const { appId, account } = c.get("account");
    const spent = await spendCredits(deps, appId, { ...call.value, account });
    if (!spent.ok) return refuse(c, spent.failure);
    markReplay(c, spent.value);
    return c.json(presentSpent(spent.value));
  });

  routes.post("/revoke", keyAccess(deps, "manage"), bodyLimit, async (c) => {
    const call = await bodyOf(c, parseRevocation);
    if (!call.ok) return refuse(c, call.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const revoked = await revokeRedemption(deps, app.value.id, { ...call.value, actor: c.get("access").actor });
    return revoked.ok ? c.json({ redemption: presentRedemption(revoked.value) }) : refuse(c, revoked.failure);
  });

  routes.use("/", accountCors(deps));
  routes.get("/", accountAccess(deps, "read"), async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const { appId, account } = c.get("account");
    const { limit, after } = page.value;
    const credits = await readCredits(deps, appId, { account, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(credits.entries, limit);
    return c.json({ ...presentCredits(credits), entries: items.map(presentCreditEntry), next_cursor: nextCursor });
  });

  for (const path of ["/", "/spend", "/revoke"]) routes.all(path, methodNotAllowed);
  return routes;
}

/** `/api/v1/redemptions`: who brought whom, for the app's owner. */
export function redemptionRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const asked = listQuery(c, parseRedemptionFilter);
    if (!asked.ok) return refuse(c, asked.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after, status } = asked.value;
    const rows = await readRedemptions(deps, app.value.id, { status, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ redemptions: items.map(presentRedemption), next_cursor: nextCursor });
  });

  routes.all("/", methodNotAllowed);
  return routes;
}
