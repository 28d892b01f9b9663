import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { createKey } from "../services/programs/create-key.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { readKeys } from "../services/programs/read-keys.ts";
import { revokeKey } from "../services/programs/revoke-key.ts";
import { rollKey } from "../services/programs/roll-key.ts";
import { parseNewKey, parseRoll, presentIssuedKey, presentKey } from "../wire/keys.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/keys`: the secret keys of the app of the secret key, or of the one an operator names by `?app_id=`. */
export function keyRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/", read, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const { items, nextCursor } = toPage(await readKeys(deps, app.value.id, { after, limit: limit + 1 }), limit);
    return c.json({ keys: items.map(presentKey), next_cursor: nextCursor });
  });

  routes.post("/", manage, bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseNewKey);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const issued = await createKey(deps, app.value.id, { by: c.get("access"), draft: draft.value });
    return issued.ok ? c.json(presentIssuedKey(issued.value), 201) : refuse(c, issued.failure);
  });

  routes.post("/:id/roll", manage, bodyLimit, async (c) => {
    const roll = await bodyOf(c, parseRoll);
    if (!roll.ok) return refuse(c, roll.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const by = c.get("access");
    const issued = await rollKey(deps, app.value.id, { by, keyId: c.req.param("id"), ...roll.value });
    return issued.ok ? c.json(presentIssuedKey(issued.value), 201) : refuse(c, issued.failure);
  });

  routes.delete("/:id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const revoked = await revokeKey(deps, app.value.id, { by: c.get("access"), keyId: c.req.param("id") });
    return revoked.ok ? c.body(null, 204) : refuse(c, revoked.failure);
  });

  for (const path of ["/", "/:id", "/:id/roll"]) routes.all(path, methodNotAllowed);
  return routes;
}
