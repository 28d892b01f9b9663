import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { accountOf, addCrowd, BONUS_CENTS, letStripePay } from "../support/crowd.ts";
import { type FakeStripe, startFakeStripe } from "../support/fake-stripe.ts";
import { serveWorld } from "../support/served-world.ts";
import { openVisitor } from "../support/visitor.ts";
import { NO_STRIPE, type TestApp, type World } from "../support/world.ts";

const CREATORS = 5_000;
const LINES = 500;
/** Whose account at Stripe takes no money when the batch runs. */
const CLOSED = [17, 404];
/** Far more runs of the job than such a batch takes. */
const MAX_RUNS = 30;
/** How long the page may take to show what became of a run: it looks each two seconds. */
const LIVE_MS = 6_000;

interface Story {
  readonly world: World;
  readonly fake: FakeStripe;
  readonly app: TestApp;
  readonly tab: Page;
  readonly url: string;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

test(
  "AR18 an operator makes, approves and runs a batch of 500 lines, follows it, and pays again the two that failed",
  { timeout: 60_000 },
  async () => {
    const story = await openStory();
    const { world, fake, app, tab, url } = story;
    expect(await auditBooks(world.db)).toEqual([]);

    await tab.goto(`${url}/settings/affiliates/payouts/new`);
    await tab.getByRole("checkbox", { name: "Make a batch of App 1" }).check();
    await tab.getByRole("button", { name: "Make the drafts" }).click();
    await tab.getByText("The draft is made.").waitFor();
    await tab.getByRole("button", { name: "Approve 30,000.00 USD" }).click();
    await tab.getByText("It is approved.").waitFor();
    expect(fake.payouts.transfers()).toEqual([]);

    for (const account of CLOSED.map(accountOf)) fake.payouts.setActive(account, false);
    await tab.getByRole("button", { name: "Pay it now" }).click();
    await tab.getByText("of 500 made out").waitFor();
    expect(await tab.getByRole("progressbar").count()).toBe(1);
    // The page follows it by itself: nobody reloads it.
    await tab.evaluate("window.isStillThere = true");
    await runUntil(story, () => fake.payouts.transfers().length === LINES - CLOSED.length);
    await tab.getByText("2 payouts").waitFor({ timeout: LIVE_MS });
    expect(await tab.evaluate("window.isStillThere")).toBe(true);
    expect(await auditBooks(world.db)).toEqual([]);

    // One by itself, the other with all that is left.
    await tab.reload();
    for (const account of CLOSED.map(accountOf)) fake.payouts.setActive(account, true);
    const failed = tab.locator("#failed");
    expect(await failed.getByRole("row").count()).toBe(1 + CLOSED.length);
    await failed.getByRole("button", { name: "Pay again Creator 17" }).click();
    await tab.getByText("It is paid again").waitFor();
    await tab.locator("#failed").getByRole("button", { name: "Pay it again" }).click();
    await tab.getByText("What failed is paid again").waitFor();
    await runUntil(story, () => fake.payouts.transfers().length === LINES);
    await tab.goto(tab.url().replace(/\?.*/, ""));
    await tab.getByText("Everything in it has come to an end.").waitFor();

    const paid = fake.payouts.transfers().map(({ destination, amount }) => `${destination} ${amount}`);
    expect(new Set(paid).size).toBe(LINES);
    expect(paid.every((one) => one.endsWith(` ${BONUS_CENTS}`))).toBe(true);
    expect(await auditBooks(world.db)).toEqual([]);
    expect(await paidCents(world, app)).toBe(LINES * BONUS_CENTS);

    await tab.goto(`${url}/settings/affiliates/payouts/all?q=crowd17@example.test`);
    expect(await tab.getByRole("row").count()).toBe(1 + 2);
  },
);

async function openStory(): Promise<Story> {
  const clock = { now: () => 0 };
  const fake = await startFakeStripe({ now: () => clock.now() });
  onTestFinished(() => fake.close());
  const { world, url } = await serveWorld({ config: { stripe: { ...NO_STRIPE, apiBase: fake.url } } });
  clock.now = world.deps.now;
  const app = await world.newApp();
  await addCrowd(world, app, CREATORS);
  await letStripePay({ world, fake }, app, LINES);
  const operator = openVisitor(world);
  await operator.signIn("operator@example.test");
  const context = await newVisitor(browser);
  await context.addCookies([...operator.cookies].map(([name, value]) => ({ name, value, url })));
  const tab = await context.newPage();
  tab.setDefaultTimeout(LIVE_MS);
  return { world, fake, app, url, tab };
}

async function runUntil({ world }: Story, isOver: () => boolean): Promise<void> {
  for (let runs = 0; runs < MAX_RUNS && !isOver(); runs++) await world.runJobs();
  expect(isOver()).toBe(true);
}

async function paidCents(world: World, app: TestApp): Promise<number> {
  const [row] = await world.db.query({ sql: "SELECT sum(paid) AS paid FROM total WHERE app = ?1", args: [app.id] });
  return Number(row?.["paid"]);
}
