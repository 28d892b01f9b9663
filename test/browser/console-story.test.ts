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
const BUYER = "the-buyer";
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
  "AR16 AR18 AR19 an operator finds creators among 5,000 and suspends and revokes them, pays 500 others, pays again the two that failed, and follows a total down to a payment",
  { timeout: 60_000 },
  async () => {
    const story = await openStory();
    const { world, fake, app, tab, url } = story;
    expect(await auditBooks(world.db)).toEqual([]);
    await changeOne(story, { n: 4_999, action: "suspend", effect: "Suspends 1 creator. They keep earning" });
    await changeOne(story, { n: 4_321, action: "revoke", effect: "Revokes 1 creator for good." });

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
    await followTotal(story);
  },
);

/** Finds one of the crowd, looks at what a change of theirs would do, and does it. */
async function changeOne(
  { tab, url }: Story,
  { n, action, effect }: { readonly n: number; readonly action: "suspend" | "revoke"; readonly effect: string },
): Promise<void> {
  await tab.goto(`${url}/settings/affiliates/affiliates`);
  await tab.getByRole("searchbox", { name: "Search" }).fill(`crowd${n}@`);
  await tab.getByRole("button", { name: "Find" }).click();
  await tab.getByRole("checkbox", { name: `Pick Creator ${n} of App 1` }).check();
  await tab.getByLabel("What to do").selectOption(action);
  await tab.getByRole("textbox", { name: "Reason" }).fill("A story asks for it");
  await tab.getByRole("button", { name: "See what it does" }).click();
  await tab.getByText(effect).waitFor();
  await tab.getByRole("button", { name: "Do it now" }).click();
  await tab.getByRole("cell", { name: "Changed" }).waitFor();
}

/** From what all books come to in a currency down to what one customer paid. */
async function followTotal({ tab, url }: Story): Promise<void> {
  await tab.goto(`${url}/settings/affiliates/ledger`);
  await tab.getByRole("link", { name: "EUR", exact: true }).click();
  await tab.getByRole("main").getByRole("link", { name: "App 2" }).click();
  await tab.getByRole("main").getByRole("link", { name: "creator2@example.test" }).click();
  await tab.locator("main td a time").first().click();
  await tab.getByRole("link", { name: BUYER }).waitFor();
  expect(await tab.getByRole("main").textContent()).toContain("100.00 EUR");
}

async function openStory(): Promise<Story> {
  const clock = { now: () => 0 };
  const fake = await startFakeStripe({ now: () => clock.now() });
  onTestFinished(() => fake.close());
  const { world, url } = await serveWorld({ config: { stripe: { ...NO_STRIPE, apiBase: fake.url } } });
  clock.now = world.deps.now;
  const app = await world.newApp();
  await addCrowd(world, app, CREATORS);
  await letStripePay({ world, fake }, app, LINES);
  const other = await world.newApp({ currency: "eur" });
  const sale = { ref: other.ref, user_id: BUYER, amount_cents: 10_000, event_id: "sale" };
  await world.call("/api/track/conversion", sale, { key: other.key });
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
