import { type Context, Hono } from "hono";
import type { Deps } from "../deps.ts";
import { ok, type Result } from "../domain/result.ts";
import { readBooks } from "../services/books/read-books.ts";
import { readCollections, readFeesOfAll, readFeesOfApp } from "../services/books/read-fees.ts";
import { readLedger } from "../services/books/read-ledger.ts";
import { recordCollection } from "../services/books/record-collection.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseLedgerQuery, parseLedgerQueryOfAll, presentBooks, presentPosting } from "../wire/books.ts";
import { pageOfApps, parseCollection, parseFeeMonth, presentCollection, presentFees } from "../wire/fees.ts";
import { parsePage, presentCursor, toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { markReplay, withEventId } from "./event-id.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { consoleAccess } from "./middleware/key-access.ts";

/** `/api/v1/platform`: the books of all apps, or of the one named by `?app_id=`: for operators. */
export function platformBooksRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const operator = consoleAccess(deps);

  routes.get("/ledger", operator, async (c) => {
    const appId = await namedApp(c);
    if (!appId.ok) return refuse(c, appId.failure);
    const query = (appId.value === null ? parseLedgerQueryOfAll : parseLedgerQuery)(c.req.query());
    if (!query.ok) return refuse(c, query.failure);
    const { postings, next } = await readLedger(deps, appId.value, query.value);
    return c.json({ postings: postings.map(presentPosting), next_cursor: presentCursor(next) });
  });

  routes.get("/books", operator, async (c) => {
    const appId = await namedApp(c);
    return appId.ok ? c.json({ books: presentBooks(await readBooks(deps, appId.value)) }) : refuse(c, appId.failure);
  });

  routes.get("/fees", operator, async (c) => {
    const month = parseFeeMonth(c.req.query(), deps.now());
    if (!month.ok) return refuse(c, month.failure);
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const appId = await namedApp(c);
    if (!appId.ok) return refuse(c, appId.failure);
    const { limit } = page.value;
    const fees =
      appId.value === null
        ? await readFeesOfAll(deps, { ...month.value, ...page.value, limit: limit + 1 })
        : await readFeesOfApp(deps, appId.value, month.value);
    const { items, nextCursor } = pageOfApps(fees, limit);
    return c.json({ fees: items.map((sums) => presentFees(sums, month.value)), next_cursor: nextCursor });
  });

  routes.post("/fees/collections", operator, bodyLimit, async (c) => {
    const wanted = withEventId(await bodyOf(c, parseCollection), c);
    if (!wanted.ok) return refuse(c, wanted.failure);
    const { appId, ...call } = wanted.value;
    const recorded = await recordCollection(deps, appId, { actor: c.get("access").actor, call });
    if (!recorded.ok) return refuse(c, recorded.failure);
    markReplay(c, recorded.value);
    return c.json({ collection: presentCollection(recorded.value.collection, appId) }, 201);
  });

  routes.get("/fees/collections", operator, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const rows = await readCollections(deps, app.value.id, { after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ collections: items.map((row) => presentCollection(row, app.value.id)), next_cursor: nextCursor });
  });

  for (const path of ["/ledger", "/books", "/fees", "/fees/collections"]) routes.all(path, methodNotAllowed);
  return routes;

  /** The app that the operator names; null for all. Fails with `not_found`. */
  async function namedApp(c: Context<AppEnv>): Promise<Result<string | null>> {
    const access = c.get("access");
    if (access.appId === null) return ok(null);
    const app = await readApp(deps, access);
    return app.ok ? ok(app.value.id) : app;
  }
}
