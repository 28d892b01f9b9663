import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { type ServedWorld, serveWorld } from "../support/served-world.ts";
import { codeFor } from "../support/visitor.ts";
import type { World } from "../support/world.ts";

const OPERATOR = "operator@example.test";
const MARA = "mara@example.test";
const DAY_MS = 86_400_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A browser that waits for what two busy cores take. */
const PATIENCE_MS = 15_000;

test("AL34 AR25 R-story from an empty database to a paid creator, in the browser", { timeout: 120_000 }, async () => {
  const { world, url } = await serveWorld();
  const shop = await openShop();

  // An operator signs in by the code of the mail, and makes an app.
  const owner = await newTab();
  await signIn(owner, { world, url, email: OPERATOR });
  await owner.getByRole("link", { name: "New app" }).first().click();
  await owner.getByLabel("Name").fill("Pots & Pans");
  await owner.getByLabel("Your site").fill(shop.host);
  await owner.getByLabel("Currency").selectOption("usd");
  await owner.getByLabel("Commission").fill("30");
  await owner.getByRole("button", { name: "Make the app" }).click();
  const secretKey = await owner.getByRole("textbox", { name: "Your secret key" }).inputValue();
  expect(secretKey).toMatch(/^al_sk_/);
  await owner.getByRole("link", { name: "Set it up" }).click();
  await owner.getByText("Waiting for the first event…").waitFor();
  const appUrl = owner.url().replace(/[?#].*$/, "");
  const appId = appUrl.split("/").at(-1) ?? "";

  // The tag, as it is shown to be copied, goes onto the site.
  await owner.goto(`${appUrl}/tag`);
  const tag = await owner.locator("pre", { hasText: "agentlinks.js" }).first().innerText();
  expect(tag).toBe(`<script src="${url}/agentlinks.js" data-app-id="${appId}" async></script>`);
  shop.setTag(tag);
  await owner.goto(appUrl);

  // A stranger joins, and copies the link.
  const creator = await newTab();
  await creator.goto(`${url}/join/${appId}`);
  await creator.getByText("You get").first().waitFor();
  expect(await creator.locator("main").innerText()).toContain("28.50 USD");
  await creator.getByLabel("E-mail address").fill(MARA);
  await creator.getByLabel("A code of your choice").fill("mara");
  await creator.getByLabel("I accept what this page says").check();
  await creator.getByRole("button", { name: "Send me a code" }).click();
  await creator.getByLabel("Code").fill(await mailedCode(world, MARA));
  await creator.getByRole("button", { name: "Join" }).click();
  await creator.getByText("You are in.").waitFor();
  const portalUrl = `${url}/referrals/${appId}`;
  await creator.getByRole("button", { name: "Copy: Your link" }).click();
  const link = await creator.evaluate("navigator.clipboard.readText()");
  expect(link).toBe(`https://${shop.host}/?ref=mara`);

  // She says where to be paid.
  await creator.goto(`${portalUrl}/payout-method`);
  await creator.getByRole("link", { name: "PayPal" }).click();
  await creator.getByLabel("E-mail address of your PayPal account").fill("mara@paypal.example.test");
  await creator.getByRole("button", { name: "Save" }).click();
  await creator.getByText("Saved.").waitFor();

  // A visitor comes by the link, and the checklist turns green while the owner looks.
  const visitor = await newTab();
  const counted = visitor.waitForResponse(`${url}/api/track/click`);
  await visitor.goto(`http://${shop.host}/?ref=mara`);
  expect((await counted).status()).toBe(202);
  await owner.locator("main").getByText("The first click has arrived.").waitFor();
  expect(await owner.locator("#status").innerText()).toBe("The first click has arrived.");

  // The visitor buys: the site's backend reports it with the code of the cookie.
  const ref = String(await visitor.evaluate("document.cookie")).replace("agentlinks_ref=", "");
  const call = { ref, user_id: "u_1", amount_cents: 20_000, event_id: "order_1" };
  expect((await world.call("/api/track/conversion", call, { key: secretKey })).status).toBe(200);
  await creator.goto(portalUrl);
  expect(await statOf(creator, "Pending")).toContain("57.00 USD");
  expect(await statOf(creator, "Available")).toContain("0.00 USD");
  expect(await tableOf(creator, "Clicks, signups and payments")).toMatch(/15 Jan 2026\s+1\s+0\s+1/);
  await creator.locator(".chart canvas").first().waitFor();
  await creator.getByRole("link", { name: "Commissions" }).click();
  expect(await tableOf(creator, "Commissions")).toMatch(/mara\s+200\.00 USD\s+57\.00 USD/);

  // 15 days on it is available, and the owner pays it.
  world.advance(15 * DAY_MS);
  await creator.goto(portalUrl);
  expect(await statOf(creator, "Available")).toContain("57.00 USD");
  await owner.getByRole("link", { name: "Payouts" }).click();
  await owner.getByRole("button", { name: "Make the draft" }).click();
  await owner.getByRole("button", { name: "Approve" }).click();
  await owner.getByRole("button", { name: "Pay it now" }).click();
  await owner.locator("a[href*='/payouts/payout/']").first().click();
  await owner.getByRole("button", { name: "Note as arrived" }).click();
  await owner.getByText("It is noted as arrived.").waitFor();

  // She sees it paid, and takes the statement with her.
  await creator.goto(portalUrl);
  expect(await statOf(creator, "Paid")).toContain("57.00 USD");
  expect(await statOf(creator, "Available")).toContain("0.00 USD");
  await creator.goto(`${portalUrl}/statements`);
  const downloading = creator.waitForEvent("download");
  await creator.getByRole("link", { name: "Download CSV" }).click();
  const statement = await readFile(await (await downloading).path(), "utf8");
  expect(statement).toContain("5700");
  expect(await world.db.query({ sql: "SELECT count(*) AS n FROM payout WHERE status = 'settled'", args: [] })).toEqual([
    { n: 1 },
  ]);
});

async function newTab(): Promise<Page> {
  const context = await newVisitor(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  return page;
}

async function signIn(page: Page, { world, url, email }: ServedWorld & { email: string }): Promise<void> {
  await page.goto(`${url}/signin`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Send me a code" }).click();
  await page.getByLabel("Code").fill(await mailedCode(world, email));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${url}/apps`);
}

/** The form has been answered when its code is asked for: then it was mailed. */
async function mailedCode(world: World, email: string): Promise<string> {
  await expect.poll(() => world.mails().some(({ to }) => to === email)).toBe(true);
  return codeFor(world, email);
}

function statOf(page: Page, label: string): Promise<string> {
  return page
    .locator(".stat", { has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) })
    .first()
    .innerText();
}

/** What a table says, also one that is folded away. */
async function tableOf(page: Page, caption: string): Promise<string> {
  const cells = page.locator("table", { hasText: caption }).first().locator("td");
  return (await cells.allTextContents()).join(" ");
}

/** A site whose pages hold the tag. */
async function openShop(): Promise<{ readonly host: string; readonly setTag: (tag: string) => void }> {
  let tag = "";
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html").end(`<!doctype html><title>Shop</title>${tag}<h1>Pots</h1>`);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { host: `shop.example.test:${port}`, setTag: (given) => void (tag = given) };
}
