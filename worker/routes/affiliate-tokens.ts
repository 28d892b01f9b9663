import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { createToken, readTokens, revokeToken } from "../services/affiliates/manage-tokens.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseNewToken, presentIssuedToken, presentToken } from "../wire/affiliate-tokens.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/:id/tokens`: what an affiliate calls the API with. The app's backend makes them, no token does. */
export function affiliateTokenRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const manage = keyAccess(deps, "manage");

  routes.post("/:id/tokens", manage, bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseNewToken);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const change = { by: c.get("access"), affiliateId: c.req.param("id"), draft: draft.value };
    const issued = await createToken(deps, app.value.id, change);
    return issued.ok ? c.json(presentIssuedToken(issued.value), 201) : refuse(c, issued.failure);
  });

  routes.get("/:id/tokens", manage, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const asked = { affiliateId: c.req.param("id"), after, limit: limit + 1 };
    const tokens = await readTokens(deps, app.value.id, asked);
    if (!tokens.ok) return refuse(c, tokens.failure);
    const { items, nextCursor } = toPage(tokens.value, limit);
    return c.json({ tokens: items.map(presentToken), next_cursor: nextCursor });
  });

  routes.delete("/:id/tokens/:token_id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { id: affiliateId, token_id: tokenId } = c.req.param();
    const revoked = await revokeToken(deps, app.value.id, { by: c.get("access"), affiliateId, tokenId });
    return revoked.ok ? c.body(null, 204) : refuse(c, revoked.failure);
  });

  for (const path of ["/:id/tokens", "/:id/tokens/:token_id"]) routes.all(path, methodNotAllowed);
  return routes;
}
