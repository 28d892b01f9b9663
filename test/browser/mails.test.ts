import { afterAll, beforeAll, expect, test } from "vitest";
import type { Mail } from "../../worker/gateways/mail/mail.ts";
import { axeProblems } from "../support/axe.ts";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { mailsOfEveryKind } from "../support/mails.ts";

/** A mail is an article within somebody's page of mails, which has the landmarks. */
const OF_PAGES = ["landmark-one-main", "region"];

/** One of each shape: with a link and a button, with numbers, with nothing but words, with a code. */
const SHAPES = ["welcome", "weekly_digest", "application_received", "sign_in"];

let browser: Awaited<ReturnType<typeof launchBrowser>>;
let mails: ReadonlyMap<string, Mail>;

beforeAll(async () => {
  [browser, mails] = await Promise.all([
    launchBrowser(),
    mailsOfEveryKind("Shop of the Long-Named Ceramics Collective"),
  ]);
}, 60_000);
afterAll(() => browser.close());

test.each(["light", "dark"] as const)(
  "AR26 a mail is read with ease in %s, on a narrow screen too",
  async (colorScheme) => {
    const context = await newVisitor(browser, { colorScheme, viewport: { width: 320, height: 640 } });
    const page = await context.newPage();
    for (const template of SHAPES) {
      await page.setContent(mails.get(template)?.html ?? "");
      const violations = await axeProblems(page, { without: OF_PAGES });
      const scrolls = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      expect({ template, violations, scrolls }).toEqual({
        template,
        violations: [],
        scrolls: false,
      });
    }
    await context.close();
  },
);
