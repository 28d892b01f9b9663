import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { codeBlock } from "../support/code-block.ts";
import { LINKS, passesAsFirstParty } from "../support/first-party.ts";
import { tempFolder } from "../support/temp-folder.ts";

const PLACE = { file: "docs/first-party.md", heading: "## Cloudflare" };
const START_TIMEOUT_MS = 60_000;

vi.setConfig({ testTimeout: START_TIMEOUT_MS });

passesAsFirstParty({
  start: async (links) => {
    const folder = tempFolder();
    const configPath = join(folder, "wrangler.toml");
    writeFileSync(configPath, `name = "shop"\nmain = "worker.js"\ncompatibility_date = "2026-11-01"\n`);
    writeFileSync(join(folder, "worker.js"), codeBlock({ ...PLACE, language: "js" }).replace(LINKS, links));
    const harness = createTestHarness({ workers: [{ configPath }] });
    onTestFinished(() => harness.close());
    return (await harness.listen()).url.origin;
  },
  visitorAt: (address) => ({
    "CF-Connecting-IP": address,
    // What the visitor has made up.
    "X-Forwarded-For": "198.51.100.66",
    // Unlike Cloudflare, wrangler rewrites an `Origin` on the host that it is asked for.
    Host: "worker.example",
  }),
  limitsBodies: false,
});

test("AL-s4 with a route of its own, the AgentLinks worker serves the site's path", async () => {
  const folder = tempFolder();
  const configPath = join(folder, "wrangler.toml");
  const config = ["dist/worker/index.js", "dist/site"].reduce(moved, readFileSync("wrangler.toml", "utf8"));
  writeFileSync(configPath, `${codeBlock({ ...PLACE, language: "toml" })}\n${config}`);
  const secrets = {
    DATABASE_URL: "http://127.0.0.1:1",
    PUBLIC_URL: LINKS,
    OPERATOR_KEY: `operator-${"k".repeat(32)}`,
    AUTH_SECRET: "s".repeat(32),
  };
  // Takes what no route does.
  const main = join(folder, "elsewhere.js");
  writeFileSync(main, `export default { fetch: () => new Response("not here", { status: 404 }) };`);
  const elsewhere = { config: { name: "elsewhere", main, compatibility_date: "2026-11-01" } };
  const harness = createTestHarness({ workers: [elsewhere, { configPath, secrets }] });
  onTestFinished(() => harness.close());
  await harness.listen();
  expect((await harness.fetch("http://shop.example/_al/agentlinks.js")).status).toBe(200);
  expect((await harness.fetch("http://shop.example/agentlinks.js")).status).toBe(404);
});

/** A configuration in another folder finds a path of the repository. */
function moved(text: string, path: string): string {
  return text.replace(`"${path}"`, `"${resolve(path)}"`);
}
