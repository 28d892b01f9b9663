import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { joinAffiliate } from "../services/affiliates/join-affiliate.ts";
import {
  addJoinAccount,
  changeJoinPolicy,
  readJoinAccounts,
  readJoinPolicy,
  removeJoinAccount,
} from "../services/affiliates/manage-joining.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { presentAffiliate } from "../wire/affiliates.ts";
import {
  parseAccountPage,
  parseJoin,
  parseJoinAccount,
  parseJoinPolicy,
  presentAccounts,
  presentJoinPolicy,
} from "../wire/join.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/join`: the host's backend says that one of its accounts joins. */
export function joinRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.post("/", keyAccess(deps, "manage"), bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseJoin);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const joined = await joinAffiliate(deps, app.value.id, { actor: c.get("access").actor, draft: draft.value });
    if (!joined.ok) return refuse(c, joined.failure);
    const { affiliate, created } = joined.value;
    return c.json({ affiliate: presentAffiliate(affiliate, app.value) }, created ? 201 : 200);
  });

  routes.all("/", methodNotAllowed);
  return routes;
}

/** `/api/v1/app/join`: who may join, and the accounts that may where not everybody does. */
export function joinPolicyRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    return c.json({ join: presentJoinPolicy(await readJoinPolicy(deps, app.value.id)) });
  });

  routes.put("/", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseJoinPolicy);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    return c.json({
      join: presentJoinPolicy(await changeJoinPolicy(deps, app.value.id, { actor, change: change.value })),
    });
  });

  routes.get("/accounts", read, async (c) => {
    const page = parseAccountPage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    return c.json(presentAccounts(await readJoinAccounts(deps, app.value.id, { after, limit: limit + 1 }), limit));
  });

  for (const [method, change] of [
    ["put", addJoinAccount],
    ["delete", removeJoinAccount],
  ] as const) {
    routes[method]("/accounts/:account_id", manage, async (c) => {
      const accountId = parseJoinAccount(c.req.param("account_id"));
      if (!accountId.ok) return refuse(c, accountId.failure);
      const app = await readApp(deps, c.get("access"));
      if (!app.ok) return refuse(c, app.failure);
      await change(deps, app.value.id, { actor: c.get("access").actor, accountId: accountId.value });
      return c.body(null, 204);
    });
  }

  for (const path of ["/", "/accounts", "/accounts/:account_id"]) routes.all(path, methodNotAllowed);
  return routes;
}
