import { Hono } from "hono";
import type { Db, Statement } from "../worker/store/db.ts";
import { statement } from "../worker/store/statement.ts";
import { conversionRows, type Owner, signupRows } from "./floor-rows.ts";

/** The table that one row is written into: beside those of the product. */
export const FLOOR_TABLE: Statement = {
  sql: "CREATE TABLE floor (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT",
  args: [],
};

/** An app and its affiliate, whichever there is. */
export async function readOwner(db: Db): Promise<Owner> {
  const sql = "SELECT app, affiliate, code FROM code WHERE affiliate IS NOT NULL LIMIT 1";
  const [row] = await db.query({ sql, args: [] });
  return { app: String(row?.["app"]), affiliate: String(row?.["affiliate"]), code: String(row?.["code"]) };
}

/** What every door pays on its runtime: HTTP with the router alone, and with rows written and read, none of them decided. */
export function floorApp(db: Db, owner: Owner): Hono {
  const app = new Hono();
  let order = 0;
  const writes = (path: string, batch: (place: number) => readonly Statement[]) =>
    app.post(path, async (c) => {
      await c.req.text();
      await db.batch(batch(order++));
      return c.json({});
    });
  app.post("/nothing", async (c) => {
    await c.req.text();
    return c.json({});
  });
  writes("/insert", () => [INSERT({ now: Date.now() })]);
  writes("/signup", (place) => signupRows(owner, place, Date.now()));
  writes("/conversion", (place) => conversionRows(owner, place, Date.now()));
  app.get("/row", async (c) => c.json(await db.query({ sql: "SELECT id FROM app WHERE id = ?1", args: [owner.app] })));
  return app;
}

const INSERT = statement("INSERT INTO floor (at) VALUES (:now)");
