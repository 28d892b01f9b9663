import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Browser } from "playwright-core";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { codeBlock } from "../support/code-block.ts";
import { clicksOf, LINKS, passesAsFirstParty, startDoor } from "../support/first-party.ts";

const require = createRequire(import.meta.url);

/** As much of Express, which comes without types, as the tests name. */
interface ExpressApp extends RequestListener {
  set(name: string, value: unknown): void;
  get(path: string, answer: (request: unknown, response: { send(html: string): void }) => void): void;
}

const express: () => ExpressApp = require("express");
const RECIPE = codeBlock({ file: "docs/first-party.md", heading: "## Express", language: "js" });
const DAY_S = 86_400;

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

passesAsFirstParty({
  start: (links) => startSite(links, ""),
  // The site's own proxy appends what it sees; what is left of that, the visitor has made up.
  visitorAt: (address) => ({ "X-Forwarded-For": `198.51.100.66, ${address}` }),
  limitsBodies: true,
});

test.each([
  ["writes cookies itself", true],
  // Then nobody but the server can have set the cookie.
  ["may not write cookies", false],
])("AL-s4 in a browser whose page %s, the visitor keeps the code for 60 days", async (_, writes) => {
  const door = await startDoor();
  const tag = `<script src="/_al/agentlinks.js" data-app-id="${door.dev().demo.appId}"></script>`;
  // Browsers say `Sec-Fetch-Site` on https, and on names of this machine.
  const site = (await startSite(door.url, tag)).replace("127.0.0.1", "shop.localhost");
  const context = await newVisitor(browser);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  if (!writes) await page.addInitScript(`Object.defineProperty(document, "cookie", { get: () => "", set() {} })`);

  const answered = page.waitForResponse((response) => response.url() === `${site}/_al/api/track/click`);
  await page.goto(`${site}/?ref=demo42`);
  const click = await answered;
  expect(click.status()).toBe(202);
  const header = (await click.headerValue("set-cookie")) ?? "";
  expect(header.split("; ")).toEqual(expect.arrayContaining(["agentlinks_ref=demo42", `Max-Age=${60 * DAY_S}`]));
  await expect.poll(() => clicksOf(door)).toBe(1);

  const cookies = await context.cookies();
  expect(cookies).toMatchObject([{ name: "agentlinks_ref", value: "demo42", path: "/", sameSite: "Lax" }]);
  const daysLeft = ((cookies[0]?.expires ?? 0) - Date.now() / 1000) / DAY_S;
  expect(daysLeft).toBeCloseTo(60, 1);
});

/** A site of one page, with the recipe in front of it and a proxy of its own on this machine. */
async function startSite(links: string, html: string): Promise<string> {
  const app = express();
  app.set("trust proxy", "loopback");
  app.set("env", "test");
  compileFunction(RECIPE.replace(LINKS, links), ["express", "app"])(express, app);
  app.get("/", (_, response) => response.send(`<!doctype html><title>Shop</title>${html}`));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the site has no port");
  return `http://127.0.0.1:${address.port}`;
}
