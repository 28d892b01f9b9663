import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { serveWorld } from "../support/served-world.ts";
import { codeFor } from "../support/visitor.ts";

const MARA = "mara@example.test";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test.each([true, false])(
  "R-signin R-csrf by the keyboard alone, in a real browser; JavaScript: %s",
  async (javaScriptEnabled) => {
    const { world, url } = await serveWorld();
    const page = await (await newVisitor(browser, { javaScriptEnabled })).newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));

    await page.goto(`${url}/account`);
    expect(new URL(page.url()).pathname).toBe("/signin");
    await enter(page, MARA);
    await page.waitForURL("**/signin/code");
    await enter(page, codeFor(world, MARA));
    await page.waitForURL("**/account");
    expect(await page.textContent("main")).toContain(MARA);
    await page.goto(`${url}/account`);
    await page.getByRole("button", { name: "Sign out everywhere" }).press("Enter");
    await page.waitForURL("**/signin?done=everywhere");
    expect(problems).toEqual([]);
  },
);

/** Types into the field that a page puts the cursor in. */
async function enter(page: Page, text: string): Promise<void> {
  await page.waitForSelector("input:focus");
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}
