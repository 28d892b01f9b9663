import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { createAffiliate } from "../services/affiliates/create-affiliate.ts";
import { addCode, removeCode } from "../services/affiliates/manage-codes.ts";
import {
  readAffiliate,
  readAffiliates,
  readBalance,
  readCodeDays,
  readCommissions,
} from "../services/affiliates/read-affiliates.ts";
import { previewStatus } from "../services/affiliates/preview-status.ts";
import { updateAffiliate } from "../services/affiliates/update-affiliate.ts";
import { readApp } from "../services/programs/read-apps.ts";
import {
  linkOf,
  parseAffiliateChange,
  parseAffiliateFilter,
  parseCommissionFilter,
  parseNewAffiliate,
  parseNewCode,
  parseStatsRange,
  presentAffiliate,
  presentBalance,
  presentCommission,
  presentDay,
  presentOwnCommission,
} from "../wire/affiliates.ts";
import { toPage } from "../wire/page.ts";
import { parseWantedStatus, presentStatusPreview } from "../wire/status-preview.ts";
import { type AppEnv, bodyOf, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { affiliateAccess, keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates`: for the app of the secret key, or the one an operator names by `?app_id=`. */
export function affiliateRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");
  const readOwn = affiliateAccess(deps, "read");

  routes.post("/", manage, bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseNewAffiliate);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const created = await createAffiliate(deps, app.value.id, { actor: c.get("access").actor, draft: draft.value });
    if (!created.ok) return refuse(c, created.failure);
    return c.json(
      { affiliate: presentAffiliate(created.value.affiliate, app.value) },
      created.value.created ? 201 : 200,
    );
  });

  routes.get("/", read, async (c) => {
    const query = listQuery(c, parseAffiliateFilter);
    if (!query.ok) return refuse(c, query.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit } = query.value;
    const rows = await readAffiliates(deps, app.value.id, { ...query.value, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ affiliates: items.map((row) => presentAffiliate(row, app.value)), next_cursor: nextCursor });
  });

  routes.get("/:id", readOwn, async (c) => {
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    return c.json({ affiliate: presentAffiliate(found.value.affiliate, found.value.app) });
  });

  routes.patch("/:id", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseAffiliateChange);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const affiliateId = c.req.param("id");
    const affiliate = await updateAffiliate(deps, app.value.id, { actor, affiliateId, change: change.value });
    if (!affiliate.ok) return refuse(c, affiliate.failure);
    return c.json({ affiliate: presentAffiliate(affiliate.value, app.value) });
  });

  routes.get("/:id/status-preview", read, async (c) => {
    const status = parseWantedStatus(c.req.query());
    if (!status.ok) return refuse(c, status.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const preview = await previewStatus(deps, found.value, status.value);
    return preview.ok ? c.json({ preview: presentStatusPreview(preview.value) }) : refuse(c, preview.failure);
  });

  routes.post("/:id/codes", manage, bodyLimit, async (c) => {
    const wanted = await bodyOf(c, parseNewCode);
    if (!wanted.ok) return refuse(c, wanted.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const code = await addCode(deps, app.value.id, { actor, affiliateId: c.req.param("id"), ...wanted.value });
    if (!code.ok) return refuse(c, code.failure);
    const { ref } = code.value;
    return c.json({ code: { ref, link: linkOf(ref, app.value), state: "active" } }, 201);
  });

  routes.delete("/:id/codes/:ref", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const { id: affiliateId, ref } = c.req.param();
    const removed = await removeCode(deps, app.value.id, { actor, affiliateId, ref });
    return removed.ok ? c.body(null, 204) : refuse(c, removed.failure);
  });

  routes.get("/:id/balance", readOwn, async (c) => {
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    return c.json({ balances: (await readBalance(deps, found.value)).map(presentBalance) });
  });

  routes.get("/:id/commissions", readOwn, async (c) => {
    const query = listQuery(c, parseCommissionFilter);
    if (!query.ok) return refuse(c, query.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { limit } = query.value;
    const { commissions, now } = await readCommissions(deps, found.value, { ...query.value, limit: limit + 1 });
    const { items, nextCursor } = toPage(commissions, limit);
    // A customer is known to the merchant alone.
    const present = c.get("access").affiliateId === null ? presentCommission : presentOwnCommission;
    return c.json({ commissions: items.map((row) => present(row, now)), next_cursor: nextCursor });
  });

  routes.get("/:id/stats", readOwn, async (c) => {
    const range = parseStatsRange(c.req.query(), deps.now());
    if (!range.ok) return refuse(c, range.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    return c.json({ days: (await readCodeDays(deps, found.value, range.value)).map(presentDay) });
  });

  for (const path of [
    "/",
    "/:id",
    "/:id/status-preview",
    "/:id/codes",
    "/:id/codes/:ref",
    "/:id/balance",
    "/:id/commissions",
    "/:id/stats",
  ]) {
    routes.all(path, methodNotAllowed);
  }
  return routes;
}
