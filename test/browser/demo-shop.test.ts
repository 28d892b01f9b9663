import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { type NodeDoor, startNodeDoor } from "../support/node-door.ts";

let browser: Browser;
let folder: string;
let door: NodeDoor;
let context: BrowserContext;
let page: Page;
/** What pages threw or printed: a content security policy that refuses something prints it. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "agentlinks-shop-"));
  door = await startNodeDoor(folder);
  complaints = [];
  await arriveAs({});
});

afterEach(async () => {
  await context.close();
  expect(await door.stop("SIGTERM")).toBe(0);
  rmSync(folder, { recursive: true, force: true });
  expect(complaints).toEqual([]);
});

test("by a creator's link to a commission that matures and shrinks with a refund", async () => {
  const click = page.waitForResponse((response) => response.url().endsWith("/api/track/click"));
  await page.goto(`${door.url}/demo?ref=demo42`);
  expect((await click).status()).toBe(202);

  // No reload: the page has noticed the click by itself.
  await page.getByText("Yours was just counted.").waitFor();
  expect(await status()).toBe("You came by Mara’s link, and the click was counted.");
  expect(await panel()).toContain("agentlinks_ref=demo42");
  expect(await panel()).toContain("60 days left.");
  const cookies = await context.cookies();
  expect(cookies).toMatchObject([{ name: "agentlinks_ref", value: "demo42", httpOnly: false, sameSite: "Lax" }]);

  await signUp();
  expect(await status()).toBe("Ada signed up, and counts as Mara’s referral.");
  expect(await panel()).toMatch(/ref_[\w-]{21}/);

  await page.getByRole("button", { name: "Buy Pour-over set" }).click();
  await page.getByText("You paid 100.00 USD. Mara earned 28.50 USD.").waitFor();
  expect(await sums()).toEqual(["100.00 USD", "30.00 USD", "−1.50 USD", "28.50 USD"]);
  expect(await balance()).toEqual({ pending: "28.50 USD", available: "0.00 USD" });

  await page.getByRole("button", { name: "15 days later" }).click();
  await page.getByText("No job ran").waitFor();
  expect(await balance()).toEqual({ pending: "0.00 USD", available: "28.50 USD" });

  await page.getByRole("button", { name: "Refund half" }).click();
  await page.getByText("Refunded: the same share").waitFor();
  expect(await sums()).toEqual(["100.00 USD", "−50.00 USD", "15.00 USD", "−0.75 USD", "14.25 USD"]);
  expect(await balance()).toEqual({ pending: "0.00 USD", available: "14.25 USD" });

  await page.getByRole("button", { name: "Refund the rest" }).click();
  await page.getByText("Cancelled").waitFor();
  expect(await balance()).toEqual({ pending: "0.00 USD", available: "0.00 USD" });

  await page.getByRole("button", { name: "Start over as a new visitor" }).click();
  await page.getByText("You are a new visitor.").waitFor();
  expect(await context.cookies()).toEqual([]);
});

test("a second landing of the same visitor is reported and not counted twice", async () => {
  await land();
  await page.getByRole("button", { name: "Start over as a new visitor" }).click();
  await page.getByText("You are a new visitor.").waitFor();
  await page.getByRole("link", { name: "Arrive by Mara’s link" }).click();
  await page.getByText("not counted twice").waitFor();
  expect(await panel()).toContain("1 click on Mara’s link");
});

test("without JavaScript everything but the script's own work goes on", async () => {
  await context.close();
  await arriveAs({ javaScriptEnabled: false });
  await page.goto(`${door.url}/demo?ref=demo42`);
  expect(await panel()).toContain("It cannot while JavaScript is off.");

  await context.addCookies([{ name: "agentlinks_ref", value: "demo42", url: door.url }]);
  await page.goto(`${door.url}/demo`);
  expect(await status()).toBe("You came by Mara’s link. Now sign up, or buy something.");
  await signUp();
  await page.getByRole("button", { name: "Buy Pour-over set" }).click();
  await page.getByText("You paid 100.00 USD. Mara earned 28.50 USD.").waitFor();
  await page.getByRole("button", { name: "15 days later" }).click();
  await page.getByText("No job ran").waitFor();
  expect(await balance()).toEqual({ pending: "0.00 USD", available: "28.50 USD" });
  await page.getByRole("button", { name: "Refund", exact: true }).click();
  await page.getByText("Cancelled").waitFor();
  expect(await balance()).toEqual({ pending: "0.00 USD", available: "0.00 USD" });
});

test("a form with a mistake says what is wrong, beside the field", async () => {
  await page.goto(`${door.url}/demo`);
  // The browser's own check takes a space for a name.
  await page.getByLabel("Name").fill(" ");
  await page.getByLabel("E-mail").fill("ada@example.test");
  await page.getByRole("button", { name: "Sign up" }).click();
  const problem = page.getByText("Please tell us your name");
  await problem.waitFor();
  const field = page.getByLabel("Name");
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  expect(await field.getAttribute("aria-describedby")).toBe(await problem.getAttribute("id"));
  // The page takes the focus there a moment after it is drawn.
  await field.and(page.locator(":focus")).waitFor();
  expect(await page.getByLabel("E-mail").inputValue()).toBe("ada@example.test");
  complaints = complaints.filter((complaint) => !complaint.includes("422"));
});

describe.each(["light", "dark"] as const)("for everybody, %s", (colorScheme) => {
  beforeEach(async () => {
    await context.close();
    await arriveAs({ colorScheme, reducedMotion: "reduce" });
    await land();
    await page.getByRole("button", { name: "Buy Pour-over set" }).click();
    await page.getByText("Mara earned 28.50 USD.").waitFor();
    await page.locator("summary").first().click();
  });

  test("text stands out from its ground", async () => {
    expect(await page.evaluate(FAINT_TEXTS)).toEqual([]);
  });

  test("the structure holds: language, title, one heading above all, landmarks, names", async () => {
    expect(await page.getAttribute("html", "lang")).toBe("en");
    expect(await page.title()).toBe("Lowtide Stoneware: the AgentLinks Demo Shop");
    expect(await page.locator("h1").count()).toBe(1);
    for (const role of ["banner", "navigation", "main", "complementary", "contentinfo"] as const) {
      expect(await page.getByRole(role).count()).toBe(1);
    }
    expect(await page.evaluate(LEVELS_SKIPPED)).toEqual([]);
    expect(await page.evaluate(NAMELESS)).toEqual([]);
    expect(await page.evaluate(DOUBLE_IDS)).toEqual([]);
  });

  test("the first stop of the keyboard leads past the head of the page, and each stop is seen", async () => {
    await page.goto(`${door.url}/demo`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe("Skip to the shop");
    for (let stop = 0; stop < 8; stop++) {
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
      await page.keyboard.press("Tab");
    }
  });
});

test.each([320, 390, 768, 1440])("%i pixels wide, nothing sticks out and everything can be hit", async (width) => {
  await page.setViewportSize({ width, height: 800 });
  await land();
  await page.getByRole("button", { name: "Buy Estuary teapot" }).click();
  await page.getByText("You paid 149.00 USD.").waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  expect(await page.evaluate(SMALL_TARGETS)).toEqual([]);
});

async function arriveAs(options: BrowserContextOptions): Promise<void> {
  context = await newVisitor(browser, options);
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => complaints.push(message.text()));
  page = await context.newPage();
}

/** Arrives by the creator's link and waits until the page has told so. */
async function land(): Promise<void> {
  await page.goto(`${door.url}/demo?ref=demo42`);
  await page.getByText("Yours was just counted.").waitFor();
}

async function signUp(): Promise<void> {
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill("ada@example.test");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByRole("heading", { name: "Hello, Ada" }).waitFor();
}

async function status(): Promise<string> {
  return page.getByRole("status").innerText();
}

async function panel(): Promise<string> {
  return page.getByRole("complementary").innerText();
}

async function sums(): Promise<readonly string[]> {
  return page.locator(".order dd").allInnerTexts();
}

async function balance(): Promise<{ pending: string; available: string }> {
  const [pending = "", available = ""] = await page.locator(".purse dd").allInnerTexts();
  return { pending, available };
}

/** Text below 4.5 : 1 on the first opaque ground behind it (WCAG 2.2, 1.4.3; large text is held to the same). */
const FAINT_TEXTS = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const ground = channels(getComputedStyle(at).backgroundColor);
      if ((ground[3] ?? 1) === 1) return ground;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [dark, light] = [channels(getComputedStyle(element).color), groundOf(element)].map(luminance).sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faint.push(texts.currentNode.data.trim() + ": " + ratio.toFixed(2));
  }
  return faint;
})()`;

const LEVELS_SKIPPED = `[...document.querySelectorAll("h1, h2, h3, h4")]
  .map((heading) => ({ level: Number(heading.tagName[1]), text: heading.textContent }))
  .filter(({ level }, index, all) => index > 0 && level > all[index - 1].level + 1)
  .map(({ text }) => text)`;

/** Controls without a name, and fields without a label. */
const NAMELESS = `[...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
  .filter((control) => control.matches("input") ? control.labels.length === 0 : control.textContent.trim() === "")
  .map((control) => control.outerHTML)`;

const DOUBLE_IDS = `[...document.querySelectorAll("[id]")]
  .map(({ id }) => id)
  .filter((id, index, all) => all.indexOf(id) !== index)`;

/** Targets below 24 by 24 pixels (WCAG 2.2, 2.5.8) that do not stand in a line of text. */
const SMALL_TARGETS = `[...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
  .filter((target) => !target.matches("p a, .skip"))
  .map((target) => ({ name: target.textContent.trim() || target.id, box: target.getBoundingClientRect() }))
  .filter(({ box }) => box.width < 24 || box.height < 24)
  .map(({ name, box }) => name + " " + box.width + " × " + box.height)`;
