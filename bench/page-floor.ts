import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { compress } from "hono/compress";

/** `PAGES=FOLDER node bench/page-floor.ts`: each file of the folder as a page that is finished, compressed as the product does it. */
const folder = process.env["PAGES"] ?? "";

const app = new Hono();
app.use(compress());
for (const name of readdirSync(folder)) {
  const html = readFileSync(join(folder, name), "utf8");
  app.get(`/${name}`, (c) => c.html(html));
}
const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  console.log(`AgentLinks is running on http://127.0.0.1:${port}`),
);
process.once("SIGTERM", () => server.close());
