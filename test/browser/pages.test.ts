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
      const listen = (tab: Page) => {
        tab.on("pageerror", (error) => found.push(`${tab.url()}: ${error.message}`));
        tab.on("console", (message) => {
          if (message.type() === "error" && !/status of 40[04]/.test(message.text()))
            found.push(`${tab.url()}: ${message.text()}`);
        });
      };
      await eachOf(stage.paths.filter(isPage), { contexts, listen }, async (page, tab) => {
        await tab.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
        await tab.goto(`${url}${page.path}`);
        for (const [turn, { colorScheme, width }] of LOOKS.entries()) {
          await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const problems = await problemsOf(tab, { width, looksAlone: turn > 0 });
          found.push(...problems.map((what) => `${page.pattern} ${colorScheme} ${width}: ${what}`));
        }
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
      await eachOf(stage.paths.filter(isPage), { contexts }, async (page, tab) => {
        await tab.goto(`${url}${page.path}`);
        const { usable, reached, unseen } = await walk(tab);
        if (reached < usable) missed.push(`${page.pattern}: ${reached} of ${usable}`);
        missed.push(...unseen.map((what) => `${page.pattern}: no focus is seen on ${what}`));
      });
      expect(missed).toEqual([]);
    },
  );
});

/** Pages that are looked at at once: while one waits for its browser, another is looked at. */
const TABS = 3;

type Contexts = Readonly<Record<"owner" | "creator" | "operator" | "signed out", BrowserContext>>;

/** Each page in a tab of who looks at it. A tab shows one page after the other: opening one takes longer than most pages do. */
async function eachOf(
  pages: readonly PagePath[],
  { contexts, listen = () => {} }: { readonly contexts: Contexts; readonly listen?: (tab: Page) => void },
  look: (page: PagePath, tab: Page) => Promise<void>,
): Promise<void> {
  const left = [...pages];
  await Promise.all(
    Array.from({ length: TABS }, async () => {
      const tabs: Partial<Record<keyof Contexts, Page>> = {};
      for (let page = left.shift(); page !== undefined; page = left.shift()) {
        const person = personFor(page);
        const tab = (tabs[person] ??= await openTab(contexts[person], listen));
        await look(page, tab);
      }
    }),
  );
}

async function openTab(context: BrowserContext, listen: (tab: Page) => void): Promise<Page> {
  const tab = await context.newPage();
  listen(tab);
  return tab;
}

async function openAll(): Promise<{
  readonly stage: PageStage;
  readonly url: string;
  readonly contexts: Contexts;
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

function personFor({ pattern }: PagePath): keyof Contexts {
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
