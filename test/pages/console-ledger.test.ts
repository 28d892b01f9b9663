import { describe, expect, test } from "vitest";
import { addCreator, DAY_MS } from "../support/creators.ts";
import { openFullStage, pay, payAll } from "../support/program-stage.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CONSOLE = "/settings/affiliates";

describe("AR19 the ledger in the console", () => {
  test("a currency's total is followed down to one customer's payment, and each sum is that of what is below it", async () => {
    const { operator, apps } = await stage();
    const [app] = apps;
    const totals = await operator.get(`${CONSOLE}/ledger`);
    const down = linkTo(totals.text, "USD");
    const level1 = await levelOf(operator, down);
    expect(level1.earned).toBe(amountIn(rowWith(totals.text, "USD"), 1));
    expect(level1.earned).toBe(sum(level1.rows.map((row) => amountIn(row, 1))));
    expect(level1.rows).toHaveLength(apps.length);

    const ofApp = level1.rows.find((row) => row.includes(app.id)) ?? "";
    const level2 = await levelOf(operator, hrefIn(ofApp));
    expect(level2.earned).toBe(amountIn(ofApp, 1));
    expect(level2.earned).toBe(sum(level2.rows.map((row) => amountIn(row, 1))));

    const ofCreator = level2.rows.find((row) => row.includes(app.affiliateId)) ?? "";
    const level3 = await levelOf(operator, hrefIn(ofCreator));
    expect(level3.earned).toBe(amountIn(ofCreator, 1));
    expect(level3.earned).toBe(sum(level3.rows.map((row) => amountIn(row, 4))));

    const ofPayment = level3.rows.find((row) => row.includes("c-refunded")) ?? "";
    const end = await operator.get(hrefIn(ofPayment));
    expect(end.text).toContain("order-c-refunded");
    const moved = rowsIn(tableOf(end.text, "Its movements"));
    expect(sum(moved.map((row) => amountIn(row, 2)))).toBe(amountIn(ofPayment, 4));
    expect(moved.length).toBeGreaterThan(1);
  });

  test("each movement says what caused it, with a link to where that is told", async () => {
    const { world, operator, apps } = await stage();
    const [app] = apps;
    await payAll(world, app);
    const { text } = await operator.get(`${CONSOLE}/ledger?app_id=${app.id}`);
    const causes = rowsIn(tableOf(text, "Movements")).map((row) => cellsOf(row).at(-1) ?? "");
    for (const [words, path] of [
      ["a refund", `${CONSOLE}/ledger/conversions/${app.id}/`],
      ["the conversion", `${CONSOLE}/ledger/conversions/${app.id}/`],
      ["the correction", `/apps/${app.id}/affiliates/${app.affiliateId}#corrections`],
      ["the payout", `/apps/${app.id}/payouts/payout/`],
    ] as const) {
      const cause = causes.find((cell) => cell.includes(`>${words}</a>`)) ?? `no ${words}`;
      expect(cause).toContain(`href="${path}`);
      expect((await operator.get(hrefIn(cause).split("#")[0] ?? "")).status).toBe(200);
    }
  });

  test("it is narrowed by app, creator, currency and kind, and a creator without an app is refused", async () => {
    const { operator, apps } = await stage();
    const [app, other] = apps;
    const ask = async (query: string) => (await operator.get(`${CONSOLE}/ledger?${query}`)).text;
    expect(await ask(`app_id=${app.id}`)).not.toContain(`/conversions/${other.id}/`);
    expect(await ask(`app_id=${app.id}&affiliate_id=${app.affiliateId}&kind=reversed`)).toContain("Taken back");
    expect(await ask("currency=eur")).toContain("No movement like this");
    expect((await operator.get(`${CONSOLE}/ledger?affiliate_id=${app.affiliateId}`)).status).toBe(400);
    expect((await operator.get(`${CONSOLE}/ledger?app_id=app_x`)).status).toBe(404);
    expect((await operator.get(`${CONSOLE}/ledger?kind=gift`)).status).toBe(400);
    const foreign = `currency=usd&app_id=${app.id}&affiliate_id=${other.affiliateId}`;
    expect((await operator.get(`${CONSOLE}/ledger/accounts?${foreign}`)).status).toBe(404);
    const conversion = linkOfConversion((await operator.get(`${CONSOLE}/ledger?app_id=${other.id}`)).text);
    const moved = conversion.replace(other.id, app.id);
    expect([(await operator.get(conversion)).status, (await operator.get(moved)).status]).toEqual([200, 404]);
  });

  test("the books are checked on demand, and who looked last, when, and what it found stays on the page", async () => {
    const { world, operator, apps } = await stage();
    const [app] = apps;
    expect((await operator.get(`${CONSOLE}/ledger`)).text).toContain("Nobody has looked yet.");
    const checked = await operator.post(`${CONSOLE}/ledger/checks`);
    expect(checked.status).toBe(303);
    expect((await operator.get(checked.location ?? "")).text).toContain("They balance");
    expect((await operator.get(`${CONSOLE}/ledger`)).text).toMatch(/Checked by operator@example\.test,/);
    await world.db.batch([{ sql: "UPDATE total SET paid = paid + 1 WHERE app = ?1", args: [app.id] }]);
    const again = await operator.post(`${CONSOLE}/ledger/checks`, { app_id: app.id });
    expect((await operator.get(again.location ?? "")).text).toContain("total = Σ ledger");
    const { text } = await operator.get(`${CONSOLE}/ledger`);
    expect(text).toContain("They do not add up");
    expect((await operator.post(`${CONSOLE}/ledger/checks`, { app_id: "app_x" })).status).toBe(404);
  });
});

describe("AR19 the platform's fee", () => {
  test("an app's statement of a month lists what it owes, and a collection that is recorded once", async () => {
    const { operator, apps } = await stage();
    const [app] = apps;
    const path = `${CONSOLE}/fees/${app.id}`;
    const before = await operator.get(path);
    const once = /name="once" value="([^"]+)"/.exec(before.text)?.[1] ?? "";
    const owed = owedIn(before.text);
    expect(owed).toBeGreaterThan(0);
    const form = { once, amount: "1.50", currency: "usd", reason: "Invoice 7" };
    for (let turn = 0; turn < 2; turn += 1) {
      const sent = await operator.post(`${path}/collect`, form);
      expect([sent.status, sent.location]).toEqual([303, expect.stringContaining(`${path}?month=`)]);
    }
    const { text } = await operator.get(path);
    expect(text.match(/Collected: Invoice 7/g)).toHaveLength(1);
    expect(owedIn(text)).toBe(owed - 150);
    const csv = await operator.get(`${path}/csv`);
    const lines = csv.text
      .trim()
      .split("\r\n")
      .map((line) => line.split(","));
    expect(lines.at(-1)?.[1]).toBe("closing");
    expect(Number(lines.at(-1)?.[6])).toBe(owed - 150);
    const moves = lines.filter(([, kind]) => kind === "fees" || kind === "collected");
    const opening = Number(lines.find(([, kind]) => kind === "opening")?.[6]);
    expect(opening + sum(moves.map((line) => Number(line[4]) - Number(line[5])))).toBe(owed - 150);
  });

  test.each([
    ["nothing", { amount: "0" }, 400],
    ["no amount", { amount: "a lot" }, 400],
    ["no currency", { currency: "xxx" }, 400],
    ["no reason", { reason: "" }, 400],
  ])("a collection with %s is shown again with what is wrong", async (_, wrong, status) => {
    const { operator, apps } = await stage();
    const path = `${CONSOLE}/fees/${apps[0].id}`;
    const sent = { once: "o1", amount: "1", currency: "usd", reason: "Invoice 7", ...wrong };
    const answer = await operator.post(`${path}/collect`, sent);
    expect([answer.status, answer.text.includes('aria-invalid="true"')]).toEqual([status, true]);
  });

  test("owners see their own app's statement as operators do, and no other's", async () => {
    const world = await createWorld();
    const { app, owner, at } = await openFullStage(world);
    const other = await world.newApp();
    const seen = await owner.get(at("/payouts/fees"));
    expect(owedIn(seen.text)).toBeGreaterThan(0);
    expect(seen.text).not.toContain("Record a collection");
    expect((await owner.get(at("/payouts"))).text).toContain(`/apps/${app.id}/payouts/fees`);
    expect((await owner.get(at("/payouts/fees.csv"))).text).toContain("closing");
    expect((await owner.get(`/apps/${other.id}/payouts/fees`)).status).toBe(404);
    expect((await owner.get(at("/payouts/fees?month=2026-13"))).status).toBe(400);
  });
});

describe("AR22 why, asked in the console", () => {
  test("a conversion and a code are found without their app, a customer in the app that is named", async () => {
    const { operator, apps } = await stage();
    const [app] = apps;
    const id = /conv_[\w-]+/.exec(
      linkOfConversion((await operator.get(`${CONSOLE}/ledger?app_id=${app.id}`)).text),
    )?.[0];
    for (const [query, to] of [
      [`subject=conversion&id=${id}`, `/apps/${app.id}/conversions/${id}`],
      [`subject=ref&id=${app.ref.toUpperCase()}`, `/apps/${app.id}/activity/explain?subject=ref`],
      [`subject=user&id=c-plain&app_id=${app.id}`, `/apps/${app.id}/activity/explain?subject=user&id=c-plain`],
    ] as const) {
      const { location } = await operator.get(`${CONSOLE}/explain?${query}`);
      expect([query, location?.startsWith(to)]).toEqual([query, true]);
      expect((await operator.get(location ?? "")).status).toBe(200);
    }
    for (const query of [
      "subject=user&id=c-plain",
      "subject=conversion&id=conv_x",
      "subject=ref&id=nobody",
      "subject=ref&id=",
    ]) {
      expect([query, (await operator.get(`${CONSOLE}/explain?${query}`)).status]).toEqual([query, 404]);
    }
  });

  test("an owner makes a link to a story for its creator, and the arithmetic is a worked sum", async () => {
    const world = await createWorld();
    const { owner, at, conversions } = await openFullStage(world);
    const plain = await owner.get(at(`/conversions/${conversions.clear}`));
    expect(plain.text).toContain("100.00 USD × 30 %");
    expect(plain.text).not.toContain("/story/");
    const { text } = await owner.get(at(`/conversions/${conversions.clear}?share=1`));
    const link = /\/story\/[\w.-]+/.exec(text)?.[0] ?? "";
    const creator = await openVisitor(world).get(link);
    expect([creator.status, creator.text.includes(conversions.clear)]).toEqual([200, true]);
  });
});

interface Stage {
  readonly world: World;
  readonly operator: Visitor;
  readonly apps: readonly [TestApp, TestApp];
}

/** Two apps with payments by two creators, one refunded in part, a bonus, everything matured; and the operator, signed in. */
async function stage(): Promise<Stage> {
  const world = await createWorld();
  const { app } = await openFullStage(world);
  const other = await world.newApp();
  const second = await addCreator(world, app, "second");
  await pay(world, app, { user: "c-plain", amount: 12_345, key: app.key });
  await pay(world, app, { user: "c-refunded", amount: 10_000, key: app.key });
  await pay(world, second, { user: "c-second", amount: 7_700, key: app.key });
  await pay(world, other, { user: "c-other", amount: 3_300, key: other.key });
  const refund = { user_id: "c-refunded", amount_cents: 2_500, event_id: "r1" };
  await world.call("/api/track/refund", refund, { key: app.key });
  const bonus = { amount_cents: 700, currency: "usd", reason: "thanks", event_id: "b1" };
  await world.call(`/api/v1/affiliates/${app.affiliateId}/corrections`, bonus, { key: app.key });
  world.advance(16 * DAY_MS);
  const operator = openVisitor(world);
  await operator.signIn("operator@example.test");
  await operator.get(`${CONSOLE}/ledger`);
  return { world, operator, apps: [app, other] };
}

interface Level {
  /** What the card beside the list says was earned. */
  readonly earned: number;
  readonly rows: readonly string[];
}

/** One level of the accounts: its sum, and the rows of every page of its list. */
async function levelOf(operator: Visitor, path: string): Promise<Level> {
  const { text, status } = await operator.get(path);
  expect([path, status]).toEqual([path, 200]);
  const lanes = ["Earned, clear", "Earned, in review", "Earned, frozen"].map((lane) => sumLine(text, lane));
  return { earned: sum(lanes), rows: rowsIn(text) };
}

function rowsIn(html: string): readonly string[] {
  const body = /<tbody[^>]*>(.*?)<\/tbody>/s.exec(html)?.[1] ?? "";
  return body.match(/<tr.*?<\/tr>/gs) ?? [];
}

/** The part of a page that begins with the table of this caption. */
function tableOf(html: string, caption: string): string {
  const at = html.indexOf(`>${caption}</caption>`);
  expect([caption, at > 0]).toEqual([caption, true]);
  return html.slice(at);
}

function rowWith(html: string, text: string): string {
  return rowsIn(html).find((row) => row.includes(text)) ?? "";
}

function cellsOf(row: string): readonly string[] {
  return row.match(/<td.*?<\/td>/gs) ?? [];
}

/** The first amount in a cell, in minor units. */
function amountIn(row: string, cell: number): number {
  return centsIn(cellsOf(row)[cell] ?? "");
}

function centsIn(html: string): number {
  const [, sign = "", digits = ""] = /(−?)([\d,]+\.\d\d) USD/.exec(html) ?? [];
  expect(digits).not.toBe("");
  return Number(digits.replace(/[,.]/g, "")) * (sign === "" ? 1 : -1);
}

function sumLine(html: string, label: string): number {
  return centsIn(html.slice(html.indexOf(`<dt>${label}</dt>`)));
}

function owedIn(html: string): number {
  return sumLine(html, "Owed at the end");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function linkTo(html: string, text: string): string {
  return hrefIn(html.match(new RegExp(`<a href="[^"]+">${text}</a>`))?.[0] ?? "");
}

function linkOfConversion(html: string): string {
  return /href="([^"]+\/ledger\/conversions\/[^"]+)"/.exec(html)?.[1] ?? "";
}

function hrefIn(html: string): string {
  return (/href="([^"]+)"/.exec(html)?.[1] ?? "").replaceAll("&amp;", "&");
}
