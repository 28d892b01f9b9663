import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import { CODE_TTL_S, SESSION_TTL_S } from "../../worker/services/accounts/auth.ts";
import { LONGEST_WINDOW_MS } from "../../worker/services/accounts/forget-sessions.ts";
import { MAIL_DAYS } from "../../worker/services/mail/forget-mail.ts";
import { STRIPE_EVENT_DAYS } from "../../worker/services/stripe/forget-events.ts";
import { DELIVERY_DAYS } from "../../worker/services/webhooks/forget-webhooks.ts";
import { CLICK_DAYS } from "../../worker/services/track/forget-clicks.ts";
import { MAX_DROPS } from "../../worker/store/drop-store.ts";
import { SALT_DAYS } from "../../worker/services/track/salt-box.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import { parseClick } from "../../worker/wire/track.ts";
import { commissionsOf } from "../support/creators.ts";
import { dumpDatabase } from "../support/dump.ts";
import { all, migratedDatabase, tableNames } from "../support/rows.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { deliverTo, SECRET } from "../support/stripe-world.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const TEXT = readFileSync("docs/privacy.md", "utf8");
const db = migratedDatabase();

/** The rows of the table of tables: its first cell is a table of the schema. */
const DOCUMENTED = new Map(
  [...TEXT.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \| (.*) \| (.*) \|$/gm)].map(
    ([, table = "", person = "", beside = "", , kept = ""]) => [
      table,
      { columns: namesIn(`${person} ${beside}`), kept },
    ],
  ),
);
const IMPERSONAL = namesIn(itemOf("No personal data:"));
const UNUSED = namesIn(itemOf("Nothing writes to them yet:"));

describe("docs/privacy.md names what the database holds", () => {
  test("every table once: with its columns, as one without personal data, or as one nothing writes to", () => {
    expect([...DOCUMENTED.keys(), ...IMPERSONAL, ...UNUSED].toSorted()).toEqual(tableNames(db));
  });

  test.each([...DOCUMENTED.keys()])("every column of %s, and no other", (table) => {
    const columns = all(db, "SELECT name FROM pragma_table_xinfo(?) ORDER BY name", table).map(({ name }) => name);
    expect(DOCUMENTED.get(table)?.columns.toSorted()).toEqual(columns);
  });

  test.each(UNUSED)("nothing writes to %s", (table) => {
    const files = readdirSync("worker", { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
    const sources = files.map((file) => readFileSync(`worker/${file}`, "utf8"));
    expect(sources.filter((source) => new RegExp(`INTO "?${table}\\b`).test(source))).toEqual([]);
  });
});

describe("docs/privacy.md says how long", () => {
  test("a click's row, a salt, a line of Stripe's and a state of Connect are kept, and everything else for good", () => {
    const kept = Object.fromEntries([...DOCUMENTED].map(([table, row]) => [table, row.kept]));
    const { click, visitor_salt, drop, join_account, stripe_event, stripe_oauth_state, ...more } = kept;
    const { sessions, verifications, rate_limits, app_owner, outbox, webhook_attempt, ...others } = more;
    const days = `${SESSION_TTL_S / 86_400} days`;
    expect(sessions).toBe(`${days} after it was last used, or until they sign out`);
    expect(verifications).toBe(`${CODE_TTL_S / 60} minutes`);
    expect(rate_limits).toBe(`${LONGEST_WINDOW_MS / 86_400_000} day`);
    expect(webhook_attempt).toBe(`${DELIVERY_DAYS} days after its delivery ended`);
    expect(app_owner).toBe("until they are taken off");
    expect([click, visitor_salt]).toEqual([`${CLICK_DAYS} days`, `${SALT_DAYS * 24} hours`]);
    expect(stripe_event).toBe(`${STRIPE_EVENT_DAYS} days`);
    const stateMinutes = /STATE_TTL_MS = (\d+) \* 60_000/.exec(
      readFileSync("worker/services/stripe/start-oauth.ts", "utf8"),
    )?.[1];
    expect(stripe_oauth_state).toBe(`${stateMinutes} minutes`);
    expect(drop).toBe(`the newest ${MAX_DROPS.toLocaleString("en-US")} of an app`);
    expect(outbox).toBe(
      `${MAIL_DAYS} days after it was sent; that an affiliate was told of their first commission, for good`,
    );
    expect(join_account).toBe("until you take it off the list");
    expect(new Set(Object.values(others))).toEqual(new Set(["for good"]));
    expect(TEXT).toContain(`${SALT_DAYS * 24} hours after the start of its day`);
    expect(TEXT.replaceAll("\n", " ")).toContain(
      `lines of Stripe's events go ${STRIPE_EVENT_DAYS} days after they came`,
    );
    expect(TEXT).toContain(`A state of Connect is good for ${stateMinutes} minutes`);
  });

  test("the cookie lives, as the script and the server set it", () => {
    const script = /[dD]ays = [^;]*?(\d+);/.exec(readFileSync("snippet/agentlinks.ts", "utf8"))?.[1];
    const request = { origin: "https://shop.example.test", ip: "", userAgent: "", prefetch: false, country: null };
    const click = parseClick({ ref: "mara", cookie: {} }, request);
    expect(click).toMatchObject({ value: { cookie: { days: Number(script) } } });
    for (const said of [
      "| lives | %, or `data-cookie-days` |",
      "| % | first-party cookie |",
      "agentlinks_ref for %,",
    ]) {
      expect(TEXT).toContain(said.replace("%", `${script} days`));
    }
  });
});

describe("what docs/privacy.md promises", () => {
  test("neither address, browser and page nor a customer's e-mail is in the database or the log", async () => {
    const { world, log } = await tellStory();
    const kept = JSON.stringify([await dumpDatabase(world.db), log]);
    for (const secret of [IP, CHROME, "secret-page", EMAIL, ...OF_STRIPE]) expect(kept).not.toContain(secret);
    expect(log.length).toBeGreaterThan(STORY.length);
    expect(JSON.stringify(log)).not.toContain(CUSTOMER);
  });

  test("nobody without our secret can tell from the database whether an e-mail address is a customer's", async () => {
    const { world, app } = await tellStory();
    const kept = JSON.stringify(await dumpDatabase(world.db));
    for (const guess of [EMAIL, JSON.stringify([CUSTOMER, app.ref, EMAIL])]) expect(kept).not.toContain(sha256(guess));
    expect(kept).toContain("k•••@example.com");
  });

  test("the call to erase a customer leaves no name of theirs, and the books right", async () => {
    const { world, app } = await tellStory();
    const balance = await world.balance(app);
    const path = /\$URL(\S+)/.exec(blockOf("sh"))?.[1]?.replace("u_1", CUSTOMER) ?? "";
    expect((await world.call(path, undefined, { key: app.key, method: "DELETE" })).status).toBe(204);
    const kept = JSON.stringify(await dumpDatabase(world.db));
    for (const name of [CUSTOMER, "cus_4711", "k•••@example.com", "midnight-blue"]) expect(kept).not.toContain(name);
    expect(kept).toContain("in_4711");
    expect(await checkBooks(world.db)).toEqual([]);
    expect(await world.balance(app)).toEqual(balance);
    const commissions = await commissionsOf(world, app);
    expect(commissions.toSorted((a: Json, b: Json) => a.amount_cents - b.amount_cents)).toMatchObject([
      { user_id: null, amount_cents: 7_000, refunded_cents: 0 },
      { user_id: null, amount_cents: 10_000, refunded_cents: 100 },
    ]);
    await tellByStripe(world, app);
    expect(JSON.stringify(await dumpDatabase(world.db))).toContain("cus_4711");
    expect(await commissionsOf(world, app)).toHaveLength(2);
  });
});

const IP = "198.51.100.77";
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const CUSTOMER = "customer-4711";
const EMAIL = "kim@example.com";

/** What a visitor and a shop's backend may send, wrong calls among it. */
const STORY: readonly (readonly [path: string, body: object, by: "browser" | "backend"])[] = [
  ["track/click", { ref: "mara", referrer_host: "news.example.test" }, "browser"],
  ["track/signup", { ref: "mara", user_id: CUSTOMER, email: EMAIL, event_id: "s1" }, "backend"],
  ["track/conversion", { user_id: CUSTOMER, amount_cents: 10_000, metadata: { colour: "midnight-blue" } }, "backend"],
  ["track/refund", { user_id: CUSTOMER, amount_cents: 100 }, "backend"],
  ["track/signup", { ref: "nobody", user_id: CUSTOMER, email: EMAIL }, "backend"],
  ["track/signup", { ref: "mara", user_id: CUSTOMER, email: `${EMAIL} ${EMAIL}` }, "browser"],
  [`v1/affiliates/${CUSTOMER}?email=${EMAIL}`, {}, "backend"],
  [`nowhere/${CUSTOMER}`, {}, "browser"],
];

async function tellStory(): Promise<{ world: World; app: TestApp; log: readonly unknown[] }> {
  const world = await createWorld();
  const app = await world.newApp({ ref: "mara" });
  const log: unknown[] = [];
  const deps = { ...world.deps, log: (entry: unknown) => void log.push(entry) };
  const http = createApp(deps, { visitor: { ipOf: () => IP, countryOf: () => "NL" } });
  const browser = { Origin: "https://shop.example.test", "User-Agent": CHROME, Referer: "https://a.test/secret-page" };
  for (const [path, body, by] of STORY) {
    const headers = by === "browser" ? browser : { Authorization: `Bearer ${app.key}`, "User-Agent": CHROME };
    await http.request(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }
  await tellByStripe(world, app);
  await runJobs({ ...deps, db: { ...world.db, query: () => Promise.reject(new Error("away")) } });
  return { world, app, log };
}

/** What Stripe sends of a customer beyond what is read. */
/** No short number: a random id or hash may hold one. */
const OF_STRIPE = ["Kim Example", "Main Street", "card 4242"];

async function tellByStripe(world: World, app: TestApp): Promise<void> {
  const { key } = app;
  await world.call("/api/v1/app/stripe", { webhook_secrets: [SECRET] }, { key, method: "PUT" });
  const s = stripeEvents("newest");
  const [name, street, last4] = OF_STRIPE;
  const fields = { name, address: { line1: street }, customer_address: { line1: street }, card: { last4 } };
  const told = { customer: "cus_4711", email: EMAIL, amountPaid: 7_000, subscription: "sub_4711", fields };
  for (const event of [
    s.customerCreated({ id: "cus_4711", userId: CUSTOMER, ref: "mara", email: EMAIL, fields }),
    s.subscriptionUpdated({ id: "sub_4711", customer: "cus_4711", userId: CUSTOMER, ref: "mara", fields }),
    s.invoicePaid({ ...told, id: "in_4711" }),
  ]) {
    const answer = await deliverTo(world, `/api/stripe/webhook/${app.id}`, event);
    expect(answer).toMatchObject({ status: 200, body: { outcome: "recorded" } });
  }
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

/** A list's item by its first words, up to the next item or the end of the list. */
function itemOf(start: string): string {
  return TEXT.split(`- ${start}`)[1]?.split(/\n- |\n\n/)[0] ?? expect.fail(`no item begins with ${start}`);
}

function blockOf(language: string): string {
  const block = new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(TEXT)?.[1];
  return block ?? expect.fail(`there is no ${language}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
