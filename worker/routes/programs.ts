import { type Context, Hono } from "hono";
import type { Deps } from "../deps.ts";
import { createApp } from "../services/programs/create-app.ts";
import { readApp, readApps } from "../services/programs/read-apps.ts";
import { readFlags } from "../services/programs/read-flags.ts";
import { updateApp } from "../services/programs/update-app.ts";
import type { App } from "../store/app-store.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { parseAppChange, parseNewApp, presentApp } from "../wire/programs.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess, operatorAccess } from "./middleware/key-access.ts";

/** `/api/v1/apps` for operators, `/api/v1/app` for an app's own key. */
export function programRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const present = (app: App) => presentApp(app, { ...deps.config, flags: readFlags(deps, app) });

  routes.post("/apps", operatorAccess(deps), bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseNewApp);
    if (!draft.ok) return refuse(c, draft.failure);
    const { app, secretKey } = await createApp(deps, c.get("access").actor, draft.value);
    return c.json({ app: present(app), secret_key: secretKey }, 201);
  });

  routes.get("/apps", operatorAccess(deps), async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const { limit, after } = page.value;
    const rows = await readApps(deps, { after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ apps: items.map(present), next_cursor: nextCursor });
  });

  routes.patch("/apps/:id", operatorAccess(deps), bodyLimit, (c) =>
    change(c, { appId: c.req.param("id"), operator: true }),
  );

  routes.get("/app", keyAccess(deps, "read"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    return app.ok ? c.json({ app: present(app.value) }) : refuse(c, app.failure);
  });

  routes.patch("/app", keyAccess(deps, "manage"), bodyLimit, async (c) => {
    const app = await readApp(deps, c.get("access"));
    return app.ok ? change(c, { appId: app.value.id, operator: false }) : refuse(c, app.failure);
  });

  for (const path of ["/apps", "/apps/:id", "/app"]) routes.all(path, methodNotAllowed);
  return routes;

  async function change(c: Context<AppEnv>, { appId, operator }: { appId: string; operator: boolean }) {
    const wanted = await bodyOf(c, (body) => parseAppChange(body, { operator }));
    if (!wanted.ok) return refuse(c, wanted.failure);
    const app = await updateApp(deps, c.get("access").actor, appId, wanted.value);
    return app.ok ? c.json({ app: present(app.value) }) : refuse(c, app.failure);
  }
}
