import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeProblems } from "../support/axe.ts";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { isPage, openPageStage, type PagePath, type PageStage, type PersonName } from "../support/page-stage.ts";
import { serveWorld } from "../support/served-world.ts";

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 390 },
  { colorScheme: "dark", width: 1280 },
] as const;
/** Far more than any page has. */
const MAX_TABS = 400;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe("every page", () => {
  test(
    "D-accessible axe finds nothing, light and dark, on a phone and on a desk, and nothing scrolls sideways",
    { timeout: 300_000 },
    async () => {
      const found: string[] = [];
      const { stage, url, contexts } = await openAll();
      await eachOf(stage.paths.filter(isPage), async (page) => {
        const tab = await contexts[personFor(page)].newPage();
        tab.on("pageerror", (error) => found.push(`${page.pattern}: ${error.message}`));
        tab.on("console", (message) => {
          if (message.type() === "error" && !/status of 40[04]/.test(message.text()))
            found.push(`${page.pattern}: ${message.text()}`);
        });
        await tab.goto(`${url}${page.path}`);
        for (const [turn, { colorScheme, width }] of LOOKS.entries()) {
          await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const problems = await problemsOf(tab, { width, looksAlone: turn > 0 });
          found.push(...problems.map((what) => `${page.pattern} ${colorScheme} ${width}: ${what}`));
        }
        await tab.close();
      });
      expect(found).toEqual([]);
    },
  );

  test(
    "D-accessible whatever can be used is reached by the Tab key, and shows that it is",
    { timeout: 120_000 },
    async () => {
      const missed: string[] = [];
      const { stage, url, contexts } = await openAll();
      await eachOf(stage.paths.filter(isPage), async (page) => {
        const tab = await contexts[personFor(page)].newPage();
        await tab.goto(`${url}${page.path}`);
        const { usable, reached, unseen } = await walk(tab);
        if (reached < usable) missed.push(`${page.pattern}: ${reached} of ${usable}`);
        missed.push(...unseen.map((what) => `${page.pattern}: no focus is seen on ${what}`));
        await tab.close();
      });
      expect(missed).toEqual([]);
    },
  );
});

/** Pages that are looked at at once: while one waits for its browser, another is looked at. */
const TABS = 3;

async function eachOf<Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: TABS }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await look(item);
    }),
  );
}

async function openAll(): Promise<{
  readonly stage: PageStage;
  readonly url: string;
  readonly contexts: Readonly<Record<"owner" | "creator" | "operator" | "signed out", BrowserContext>>;
}> {
  const { world, url } = await serveWorld();
  const stage = await openPageStage(world);
  const open = async (person: PersonName) => {
    const context = await newVisitor(browser);
    const cookies = [...stage.persons[person].cookies].map(([name, value]) => ({ name, value, url }));
    await context.addCookies(cookies);
    return context;
  };
  return {
    stage,
    url,
    contexts: {
      owner: await open("owner"),
      creator: await open("creator"),
      operator: await open("operator"),
      "signed out": await open("signed out"),
    },
  };
}

function personFor({ pattern }: PagePath): "owner" | "creator" | "operator" | "signed out" {
  if (pattern.startsWith("/referrals")) return "creator";
  if (pattern.startsWith("/settings")) return "operator";
  return pattern.startsWith("/apps") || pattern === "/account" ? "owner" : "signed out";
}

async function problemsOf(
  tab: Page,
  { width, looksAlone }: { readonly width: number; readonly looksAlone: boolean },
): Promise<readonly string[]> {
  await tab.setViewportSize({ width, height: 900 });
  const wide = Number(await tab.evaluate("document.documentElement.scrollWidth"));
  const found = await axeProblems(tab, { looksAlone });
  return wide > width ? [`${wide} pixels wide`, ...found] : found;
}

/** Presses Tab until the page has been gone through once. What can be used is what a mouse could use. */
async function walk(tab: Page): Promise<{ usable: number; reached: number; unseen: readonly string[] }> {
  const usable = Number(await tab.evaluate(COUNT_USABLE));
  const reached = new Set<string>();
  const unseen: string[] = [];
  for (let pressed = 0; pressed < MAX_TABS && reached.size < usable; pressed += 1) {
    await tab.keyboard.press("Tab");
    const at = String(await tab.evaluate(WHERE));
    // Beyond the last it begins anew, also where the page put the focus into a field of its own.
    if (at === "") continue;
    if (at.endsWith(" unseen")) unseen.push(at);
    reached.add(at);
  }
  return { usable, reached: reached.size, unseen };
}

/** Of buttons to choose one of, the keys within them lead on from the first. */
const USABLE =
  "a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary, input[type=radio]:checked, [tabindex='0']";

const COUNT_USABLE = `[...document.querySelectorAll(${JSON.stringify(USABLE)})].filter((e) => e.checkVisibility() && !e.disabled).length`;

/** Names what has the focus, by its place in the document; empty beyond its end. */
const WHERE = `(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  const { outlineStyle, outlineWidth } = getComputedStyle(e);
  const seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return [...document.querySelectorAll("*")].indexOf(e) + " " + e.tagName + (seen ? "" : " unseen");
})()`;
