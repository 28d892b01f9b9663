import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildSnippet } from "../../build-snippet.mjs";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { codeBlock } from "../support/code-block.ts";
import { LINKS } from "../support/first-party.ts";
import { type Recorder, startRecorder } from "../support/recorder.ts";

const FILE = "docs/script.md";
const [FOREIGN_POLICY = "", OWN_POLICY = ""] = [
  ...readFileSync(FILE, "utf8").matchAll(/^Content-Security-Policy: (.+)$/gm),
].map(([, policy]) => policy);

let script: string;
let browser: Browser;
let recorder: Recorder;
let page: Page;

beforeAll(async () => {
  [{ code: script }, browser] = await Promise.all([buildSnippet(), launchBrowser()]);
});

afterAll(() => browser.close());

beforeEach(async () => {
  recorder = await startRecorder(script);
  page = await (await newVisitor(browser)).newPage();
});

afterEach(async () => {
  await page.context().close();
  await recorder.close();
});

test.each([
  ["another host", FOREIGN_POLICY, () => `${linksUrl()}/agentlinks.js`, "links.test/api/track/"],
  ["the site's own path", OWN_POLICY, () => "/_al/agentlinks.js", "shop.test/_al/api/track/"],
])("the content security policy for %s lets script and calls through", async (_, policy, src, base) => {
  const strict = `default-src 'none'; require-trusted-types-for 'script'; ${policy.replaceAll(LINKS, linksUrl())}`;
  await land(`<script src="${src()}" data-app-id="app_demo"></script>`, { "content-security-policy": strict });
  await page.evaluate(`AgentLinks.trackSignup({ user_id: "u_1" })`);
  expect((await recorder.arrived(2)).map(({ host, path }) => host + path)).toEqual([`${base}click`, `${base}signup`]);
});

test("a tag manager inserts the script with its attributes", async () => {
  const custom = codeBlock({ file: FILE, heading: "## Where it runs", language: "html" });
  await land(custom.replace(LINKS, linksUrl()).replace("app_…", "app_demo"));
  const [click] = await recorder.arrived(1);
  expect(JSON.parse(click?.body ?? "")).toMatchObject({ ref: "demo42", app_id: "app_demo" });
});

describe("consent reaches the script", () => {
  test.each([
    [
      "from Cookiebot",
      `Cookiebot.consent.marketing = false; dispatchEvent(new Event("CookiebotOnAccept"))`,
      `Cookiebot.consent.marketing = true; dispatchEvent(new Event("CookiebotOnAccept"))`,
    ],
    [
      "from OneTrust",
      `dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001"] }))`,
      `dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001", "C0004"] }))`,
    ],
    [
      "from CookieConsent",
      `given.onConsent({ cookie: { categories: ["necessary"] } })`,
      `given.onConsent({ cookie: { categories: ["necessary", "marketing"] } })`,
    ],
    [
      "from CookieConsent, on second thoughts",
      `given.onChange({ cookie: { categories: ["necessary"] } })`,
      `given.onChange({ cookie: { categories: ["necessary", "marketing"] } })`,
    ],
  ])("%s", async (_, refuse, agree) => {
    const hooks = codeBlock({ file: FILE, heading: "## Consent", language: "js" });
    await land(`
      <script src="${linksUrl()}/agentlinks.js" data-app-id="app_demo" data-consent="wait"></script>
      <script>
        const configuration = {};
        let given;
        const Cookiebot = { consent: {} };
        const CookieConsent = { run: (whole) => (given = whole) };
      </script>
      <script>${hooks}</script>`);
    await page.evaluate(refuse);
    expect([await page.evaluate("document.cookie"), recorder.tracked()]).toEqual(["", []]);
    await page.evaluate(agree);
    expect(await page.evaluate("document.cookie")).toBe("agentlinks_ref=demo42");
    expect(await recorder.arrived(1)).toHaveLength(1);
  });
});

test("the documentation names every method, and no other", async () => {
  await land(`<script src="${linksUrl()}/agentlinks.js" data-app-id="app_demo"></script>`);
  const table = readFileSync(FILE, "utf8").split("| `window.AgentLinks` |", 2)[1]?.split("\n\n", 1)[0] ?? "";
  const documented = [...table.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name);
  expect(new Set(documented)).toEqual(new Set(await page.evaluate<string[]>("Object.keys(AgentLinks)")));
});

/** Arrives by a creator's link at a page of the shop with this in its head. */
async function land(head: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  recorder.servePage("/", `<!doctype html><title>Shop</title>${head}`, headers);
  await page.goto(`http://shop.test:${recorder.port}/?ref=demo42`);
}

function linksUrl(): string {
  return `http://links.test:${recorder.port}`;
}
