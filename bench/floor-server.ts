import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { openEmbeddedDb } from "../worker/store/embedded-db.ts";
import type { Statement } from "../worker/store/db.ts";
import { statement } from "../worker/store/statement.ts";
import { conversionRows, type Owner, signupRows } from "./floor-rows.ts";

/** `node bench/floor-server.ts FILE`: what every door of Node pays, on a database of the product's. Ends on a signal. */
const [file = ""] = process.argv.slice(2);
const INSERT = statement("INSERT INTO floor (at) VALUES (:now)");

const db = openEmbeddedDb({ file });
const owner = await readOwner();
let order = 0;

const app = new Hono();
app.post("/nothing", async (c) => {
  await c.req.text();
  return c.json({});
});
writes("/insert", () => [INSERT({ now: Date.now() })]);
writes("/signup", (place) => signupRows(owner, place, Date.now()));
writes("/conversion", (place) => conversionRows(owner, place, Date.now()));
app.get("/row", async (c) => c.json(await db.query({ sql: "SELECT id FROM app WHERE id = ?1", args: [owner.app] })));

await db.batch([{ sql: "CREATE TABLE floor (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT", args: [] }]);
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log(`AgentLinks is running on http://127.0.0.1:${port}`),
);
process.once("SIGTERM", () => {
  server.close();
  void db.close();
});

function writes(path: string, batch: (place: number) => readonly Statement[]): void {
  app.post(path, async (c) => {
    await c.req.text();
    await db.batch(batch(order++));
    return c.json({});
  });
}

async function readOwner(): Promise<Owner> {
  const sql = "SELECT app, affiliate, code FROM code WHERE affiliate IS NOT NULL LIMIT 1";
  const [row] = await db.query({ sql, args: [] });
  return { app: String(row?.["app"]), affiliate: String(row?.["affiliate"]), code: String(row?.["code"]) };
}
