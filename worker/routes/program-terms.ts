import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { inviteAffiliate } from "../services/affiliates/invite-affiliate.ts";
import { readInvitations, withdrawInvitation } from "../services/affiliates/manage-invitations.ts";
import { changeTagChoice } from "../services/programs/change-tag-choice.ts";
import { changeTerms } from "../services/programs/change-terms.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { readTagChoice } from "../services/programs/read-tag-choice.ts";
import { readTerms } from "../services/programs/read-terms.ts";
import { parsePage, toPage } from "../wire/page.ts";
import {
  parseInvitation,
  parseTagChange,
  parseTerms,
  presentInvitation,
  presentTag,
  presentTerms,
  PROSE,
} from "../wire/program-terms.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/app/terms` and `/api/v1/app/tag`: what the owner says to who joins, and of the script tag. */
export function programTermsRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/terms", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    return c.json({ terms: presentTerms(await readTerms(deps, app.value.id)) });
  });

  routes.put("/terms", manage, bodyLimit, async (c) => {
    const terms = await bodyOf(c, parseTerms, PROSE);
    if (!terms.ok) return refuse(c, terms.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    return c.json({ terms: presentTerms(await changeTerms(deps, app.value.id, { actor, ...terms.value })) });
  });

  routes.get("/tag", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    return c.json({ tag: presentTag(await readTagChoice(deps, app.value.id)) });
  });

  routes.put("/tag", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseTagChange);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    return c.json({ tag: presentTag(await changeTagChoice(deps, app.value.id, { actor, change: change.value })) });
  });

  for (const path of ["/terms", "/tag"]) routes.all(path, methodNotAllowed);
  return routes;
}

/** `/api/v1/invitations`: whom the owner wants as affiliates. */
export function invitationRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const manage = keyAccess(deps, "manage");

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const { items, nextCursor } = toPage(await readInvitations(deps, app.value.id, { after, limit: limit + 1 }), limit);
    return c.json({ invitations: items.map(presentInvitation), next_cursor: nextCursor });
  });

  routes.post("/", manage, bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseInvitation);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const invited = await inviteAffiliate(deps, app.value.id, { actor, draft: draft.value });
    if (!invited.ok) return refuse(c, invited.failure);
    const { invitation, created } = invited.value;
    return c.json({ invitation: presentInvitation(invitation) }, created ? 201 : 200);
  });

  routes.delete("/:id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const withdrawn = await withdrawInvitation(deps, app.value.id, { actor, invitationId: c.req.param("id") });
    return withdrawn.ok ? c.body(null, 204) : refuse(c, withdrawn.failure);
  });

  for (const path of ["/", "/:id"]) routes.all(path, methodNotAllowed);
  return routes;
}
