import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { changeMails, readMails } from "../services/mail/manage-mails.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseMailChange } from "../wire/mails.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/app/mails`: which mails the app of the secret key, or the one an operator names by `?app_id=`, sends. */
export function mailRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const manage = keyAccess(deps, "manage");

  routes.get("/", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    return app.ok ? c.json({ mails: await readMails(deps, app.value.id) }) : refuse(c, app.failure);
  });

  routes.put("/", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseMailChange);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    return c.json({ mails: await changeMails(deps, app.value.id, { actor, change: change.value }) });
  });

  routes.all("/", methodNotAllowed);
  return routes;
}
