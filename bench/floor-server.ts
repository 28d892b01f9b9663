import { serve } from "@hono/node-server";
import { openEmbeddedDb } from "../worker/store/embedded-db.ts";
import { FLOOR_TABLE, floorApp, readOwner } from "./floor-app.ts";

/** `node bench/floor-server.ts FILE`: what every door of Node pays, on a database of the product's. Ends on a signal. */
const [file = ""] = process.argv.slice(2);

const db = openEmbeddedDb({ file });
const app = floorApp(db, await readOwner(db));
await db.batch([FLOOR_TABLE]);
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log(`AgentLinks is running on http://127.0.0.1:${port}`),
);
process.once("SIGTERM", () => {
  server.close();
  void db.close();
});
