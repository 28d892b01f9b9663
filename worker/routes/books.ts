import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readAffiliate } from "../services/affiliates/read-affiliates.ts";
import { readBooks } from "../services/books/read-books.ts";
import { readFeesOfApp } from "../services/books/read-fees.ts";
import { readLedger } from "../services/books/read-ledger.ts";
import { readAccount } from "../services/books/read-statement.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseStatementQuery, presentStatement, statementCsv } from "../wire/account-statement.ts";
import { parseLedgerQuery, presentBooks, presentPosting } from "../wire/books.ts";
import { parseFeeMonth, presentFees } from "../wire/fees.ts";
import { presentCursor, toPage } from "../wire/page.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { affiliateAccess, keyAccess } from "./middleware/key-access.ts";

/** `/api/v1`: an app's books as people read them: the ledger, its sums, each creator's statement, the platform's fee. */
export function booksRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");

  routes.get("/ledger", read, async (c) => {
    const query = parseLedgerQuery(c.req.query());
    if (!query.ok) return refuse(c, query.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { postings, next } = await readLedger(deps, app.value.id, query.value);
    return c.json({ postings: postings.map(presentPosting), next_cursor: presentCursor(next) });
  });

  routes.get("/books", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    return app.ok ? c.json({ books: presentBooks(await readBooks(deps, app.value.id)) }) : refuse(c, app.failure);
  });

  routes.get("/fees", read, async (c) => {
    const month = parseFeeMonth(c.req.query(), deps.now());
    if (!month.ok) return refuse(c, month.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const fees = await readFeesOfApp(deps, app.value.id, month.value);
    return c.json({ fees: fees.map((sums) => presentFees(sums, month.value)) });
  });

  routes.get("/affiliates/:id/statement", affiliateAccess(deps, "read"), async (c) => {
    const query = parseStatementQuery(c.req.query(), deps.now());
    if (!query.ok) return refuse(c, query.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { app, affiliate } = found.value;
    const { month, format, limit, after } = query.value;
    const currency = query.value.currency ?? app.currency;
    const span = { currency, start: month.start, end: month.end, after, limit: limit + 1 };
    const account = await readAccount(deps, found.value, span);
    const { items, nextCursor } = toPage(account.lines, limit);
    const page = { ...account, lines: items };
    const of = { affiliateId: affiliate.id, currency, month, publicUrl: deps.config.publicUrl };
    if (format === "json") return c.json({ statement: presentStatement(page, of), next_cursor: nextCursor });

    const edges = { isContinuation: after !== null, continues: nextCursor !== null };
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="statement-${month.name}-${currency}.csv"`);
    if (nextCursor !== null) c.header("Next-Cursor", nextCursor);
    return c.body(await statementCsv(page, of, edges));
  });

  for (const path of ["/ledger", "/books", "/fees", "/affiliates/:id/statement"]) routes.all(path, methodNotAllowed);
  return routes;
}
