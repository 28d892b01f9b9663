import { expect, test } from "vitest";
import { createApp } from "../worker/app.ts";
import { createIngest, isIngest } from "../worker/ingest.ts";
import type { VisitorFacts } from "../worker/routes/visitor.ts";
import { openMigratedDb } from "./support/template-db.ts";
import { createWorld } from "./support/world.ts";

const VISITOR: VisitorFacts = { ipOf: () => "192.0.2.1", countryOf: () => null };
const METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PROPFIND"];
const ACCEPTS = ["text/html", "application/json"];
const PREFIXES = ["", "/_al", "/a/b/c", "/a/b/c/d", "//", "/docs", "/apps", "/api", "/api/v1", "/api/track"];
const PATHS = [
  "/agentlinks.js",
  "/agentlinks%2Ejs?v=1",
  "/agentlinks.js/",
  "/agentlinks.js%0A",
  "/agentlinks.d.ts",
  "/referrals.js",
  "/api/track",
  "/api/track/",
  "/api/track//click",
  "/api/track/click",
  "/api/track/click/",
  "/api/track%2Fclick",
  "/%61pi/track/%63lick",
  "/api/track/click%00",
  "/api/track/click%ff",
  "/api/track/nothing",
  "/api/track/conversion",
  "/api/track/../track/refund",
];

test("whatever is asked of the small app alone, the whole app would answer and log the same", async () => {
  const logged: Readonly<Record<string, unknown>>[] = [];
  const { deps } = await createWorld({ db: openMigratedDb(), log: (entry) => void logged.push(entry) });
  const [small, whole] = [createIngest(deps, VISITOR), createApp(deps, { visitor: VISITOR })];
  const asked = new Set<string>();
  for (const path of PREFIXES.flatMap((prefix) => PATHS.map((one) => prefix + one))) {
    for (const method of METHODS) {
      for (const Accept of ACCEPTS) {
        const body = method === "POST" ? '{"ref":"nobody"}' : null;
        const request = () => new Request(`https://links.example.test${path}`, { method, headers: { Accept }, body });
        if (!isIngest(request())) continue;
        asked.add(path);
        const answer = await told(await small.fetch(request()));
        expect([method, Accept, path, answer]).toEqual([
          method,
          Accept,
          path,
          await told(await whole.fetch(request())),
        ]);
      }
    }
  }
  expect(asked.size).toBeGreaterThan(50);
  expect(asked).not.toContain("/api/track");

  async function told(response: Response) {
    const lines = logged.splice(0).map((line) => ({ ...line, request_id: "", ms: 0 }));
    const body = (await response.text()).replaceAll(/req_[\w-]{21}/g, "req");
    return { status: response.status, headers: [...response.headers], body, lines };
  }
});
