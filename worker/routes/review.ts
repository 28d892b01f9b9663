import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { decideConversions } from "../services/review/decide-conversions.ts";
import { addRule, readRules, removeRule } from "../services/review/manage-rules.ts";
import { readReview } from "../services/review/read-review.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parsePage, toPage } from "../wire/page.ts";
import {
  parseDecision,
  parseReviewFilter,
  parseRule,
  presentOutcome,
  presentRule,
  presentToOwner,
} from "../wire/review.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/review`: what waits for the app's owner, their decisions, and the rules that decide for them. */
export function reviewRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/", read, async (c) => {
    const filter = parseReviewFilter(c.req.query());
    if (!filter.ok) return refuse(c, filter.failure);
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const { waiting, now } = await readReview(deps, app.value.id, { ...filter.value, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(waiting, limit);
    return c.json({ conversions: items.map((row) => presentToOwner(row, now)), next_cursor: nextCursor });
  });

  routes.post("/", manage, bodyLimit, async (c) => {
    const decision = await bodyOf(c, parseDecision);
    if (!decision.ok) return refuse(c, decision.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    return c.json(presentOutcome(await decideConversions(deps, app.value.id, { actor, ...decision.value })));
  });

  routes.get("/rules", read, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const rules = await readRules(deps, app.value.id, { after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rules, limit);
    return c.json({ rules: items.map(presentRule), next_cursor: nextCursor });
  });

  routes.post("/rules", manage, bodyLimit, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const terms = await bodyOf(c, (body) => parseRule(body, app.value));
    if (!terms.ok) return refuse(c, terms.failure);
    const rule = await addRule(deps, app.value.id, { actor: c.get("access").actor, terms: terms.value });
    return rule.ok ? c.json({ rule: presentRule(rule.value) }, 201) : refuse(c, rule.failure);
  });

  routes.delete("/rules/:id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const removed = await removeRule(deps, app.value.id, { actor, ruleId: c.req.param("id") });
    return removed.ok ? c.body(null, 204) : refuse(c, removed.failure);
  });

  for (const path of ["/", "/rules", "/rules/:id"]) routes.all(path, methodNotAllowed);
  return routes;
}
