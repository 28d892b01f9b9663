import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CLICK_DAYS, CLICKS_PER_DELETE, DELETES_PER_RUN } from "../../worker/services/track/forget-clicks.ts";
import { type CountedClick, writeCountedClicks } from "../../worker/store/click-store.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";
import { bytesStored, rowsWritten } from "../support/written.ts";

const GUIDE = readFileSync("docs/scaling.md", "utf8");
const ROWS = tableAfter("## What an event writes");
const MONTH_S = 30 * 86_400;
/** Messages of a delivery: the platform's most. */
const DELIVERY = 100;

describe("what an event writes", () => {
  test("is what the guide says", async () => {
    const world = await createWorld();
    const app = await world.newApp();
    const sale = { user_id: "u1", amount_cents: 1_000 };
    // The first ones of a day, of a code and of a customer have rows to make.
    await changes(world, () => click(world, app, "first"));
    await changes(world, () => call(world, app, "signup", { user_id: "u0" }));
    expect(await changes(world, () => click(world, app, "v1"))).toBe(
      told("a click that counts, through a queue or not"),
    );
    expect(await changes(world, () => click(world, app, "v1"))).toBe(told("the same click again"));
    expect(await changes(world, () => call(world, app, "signup", { user_id: "u1" }))).toBe(told("a signup"));
    await call(world, app, "conversion", { ...sale, event_id: "1" });
    const again = () => call(world, app, "conversion", { ...sale, event_id: "2" });
    expect(await changes(world, again)).toBe(told("a payment of a known customer"));
    const refund = () => call(world, app, "refund", { user_id: "u1", amount_cents: 100 });
    expect(await changes(world, refund)).toBe(told("a refund"));
    const queued = await changes(world, () => world.db.batch(writeCountedClicks(app.id, clicksOf(app, DELIVERY))));
    expect(queued).toBe(DELIVERY * told("a click that counts, through a queue or not"));
  });

  test("is kept in about as many bytes as the guide says", async () => {
    const world = await createWorld();
    const app = await world.newApp();
    const before = await bytesStored(world.db);
    for (let times = 0; times < 20; times++) {
      await world.db.batch(writeCountedClicks(app.id, clicksOf(app, 500, `t${times}`)));
    }
    const each = ((await bytesStored(world.db)) - before) / 10_000;
    const size = Number(/about (\d+) bytes/.exec(GUIDE)?.[1]);
    expect(Math.abs(each - size) / size).toBeLessThan(0.05);
  });

  test("comes to the days, sizes and deletions that the guide works out", () => {
    expect(GUIDE).toContain(`for ${CLICK_DAYS} days`);
    expect([Math.round(kept(50) / 1e9), Math.round(kept(1_000) / 1e11) / 10]).toEqual([60, 1.2]);
    const aDay = DELETES_PER_RUN * CLICKS_PER_DELETE * 24 * 60;
    expect(GUIDE).toContain(`at most ${aDay / 1e6} million a day, which is ${grouped(aDay / 86_400)} a second`);
  });
});

test("what a million clicks cost is the sum that the guide works out, of the prices that it names", () => {
  const [prices = "", ways = ""] = (GUIDE.split("## What a million clicks cost")[1] ?? "").split("| way |");
  const listed = new Set([...prices.matchAll(/\$(\d+\.\d\d)/g)].map(([, price]) => price));
  const rows = [...ways.matchAll(/^\| [^|]+ \| ([^|]+) \| \$([\d.]+) \| \$([\d,]+) at ([\d,]+) a second \|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [row, sum = "", each, month, aSecond = ""] of rows) {
    const terms = sum.split(" + ").map((term) => term.split(" × "));
    expect([row, terms.filter((factors) => !listed.has(factors.at(-1)))]).toEqual([row, []]);
    const total = terms.map((factors) => factors.map(Number).reduce((a, b) => a * b)).reduce((a, b) => a + b);
    expect([row, total.toFixed(2)]).toEqual([row, each]);
    const millions = (Number(aSecond.replaceAll(",", "")) * MONTH_S) / 1e6;
    expect([row, grouped(total * millions + 0.5)]).toEqual([row, month]);
  }
});

/** A whole number, rounded down, as the guide writes it. */
function grouped(value: number): string {
  return Math.floor(value).toLocaleString("en-US");
}

/** The rows that the guide tells of an event. */
function told(event: string): number {
  return Number(/^\d+/.exec(ROWS.get(event)?.[0] ?? "")?.[0]);
}

/** The bytes of all clicks that are there at so many a second. */
function kept(aSecond: number): number {
  return aSecond * 86_400 * CLICK_DAYS * 154;
}

async function changes(world: World, act: () => Promise<unknown>): Promise<number> {
  const before = await rowsWritten(world.db);
  await act();
  return (await rowsWritten(world.db)) - before;
}

function click(world: World, app: TestApp, visitor: string): Promise<unknown> {
  return world.call("/api/track/click", { ref: app.ref, visitor });
}

async function call(world: World, app: TestApp, path: string, body: object): Promise<void> {
  expect((await world.call(`/api/track/${path}`, { ref: app.ref, ...body }, { key: app.key })).status).toBe(200);
}

function clicksOf(app: TestApp, many: number, name = "v"): readonly CountedClick[] {
  return Array.from({ length: many }, (_, order) => ({
    code: app.ref,
    hour: 490_000,
    visitor: createHash("sha256").update(`${name}-${order}`).digest("hex"),
    referrerHost: "blog.example.test",
    country: "DE",
  }));
}

function tableAfter(heading: string): ReadonlyMap<string, readonly string[]> {
  const table = /(?:^\|.*\n)+/m.exec(GUIDE.split(heading)[1] ?? "")?.[0] ?? "";
  const rows = table.trim().split("\n").slice(2);
  return new Map(
    rows
      .map((row) =>
        row
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .map(([first = "", ...rest]) => [first, rest]),
  );
}
