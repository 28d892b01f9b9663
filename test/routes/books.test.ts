import { beforeEach, expect, test } from "vitest";
import { createWorld, START, type TestApp, type World } from "../support/world.ts";

/** More than one page of the ledger reads, and more than one file of a statement holds. */
const POSTINGS = 10_050;

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  await post("payout_return", { count: 1, at: START });
  await post("payout", { count: POSTINGS - 1, at: START + 1 });
});

test("R-ledger what a filter seldom finds is found on some page, and none reads more than 2,000", async () => {
  const sizes: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path: string = `/api/v1/ledger?kind=payout_returned${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const { body } = await world.call(path, undefined, { key: app.key });
    sizes.push(body.postings.length);
    cursor = body.next_cursor;
  }
  expect(sizes).toEqual([0, 0, 0, 0, 0, 1]);
});

test("R-ledger a filter that finds enough fills its page", async () => {
  for (const query of ["kind=payout&currency=usd", `affiliate_id=${app.affiliateId}&kind=payout`]) {
    const { body } = await world.call(`/api/v1/ledger?${query}&limit=3`, undefined, { key: app.key });
    const ids = body.postings.map(({ id }: { id: string }) => Number(id));
    expect(ids).toEqual([POSTINGS, POSTINGS - 1, POSTINGS - 2]);
    expect(body.next_cursor).toBe(`${START + 1}.${POSTINGS - 2}`);
  }
});

test("R-statement a file that is full says so, and another goes on where it ends", async () => {
  const first = await file("");
  expect(first.lines).toHaveLength(10_000 + 3);
  expect(first.lines[1]).toBe("2026-01-01T00:00:00.000Z,opening_balance,,,,,,,0,,usd");
  const continued = "2026-01-15T12:00:00.001Z,continued,,,,,,,-9998,,usd";
  expect(first.lines.at(-1)).toBe(continued);
  expect(first.next).toBe(`${START + 1}.10000`);

  const second = await file(`&cursor=${first.next}`);
  expect(second.lines[1]).toBe(continued);
  expect(second.lines).toHaveLength(50 + 3);
  expect(second.lines.at(-1)).toBe(`2026-02-01T00:00:00.000Z,closing_balance,,,,,,,${2 - POSTINGS},,usd`);
  expect(second.next).toBeNull();
});

/** Many postings of one cent: enough of the books for a list, and no more. */
async function post(kind: "payout" | "payout_return", { count, at }: { count: number; at: number }): Promise<void> {
  const net = kind === "payout" ? -1n : 1n;
  await world.db.batch([
    {
      sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
        SELECT ?2, ?3, 'po_' || i, 'po_' || i, ?4, 'usd', ?5, ?6 FROM n`,
      args: [BigInt(count), app.id, kind, app.affiliateId, net, BigInt(at)],
    },
    {
      sql: `INSERT INTO total (app, affiliate, currency, adjust) VALUES (?1, ?2, 'usd', ?3)
        ON CONFLICT DO UPDATE SET adjust = adjust + excluded.adjust`,
      args: [app.id, app.affiliateId, net * BigInt(count)],
    },
  ]);
}

async function file(query: string): Promise<{ readonly lines: readonly string[]; readonly next: string | null }> {
  const path = `/api/v1/affiliates/${app.affiliateId}/statement?format=csv${query}`;
  const response = await world.request(path, { headers: { Authorization: `Bearer ${app.key}` } });
  const lines = (await response.text()).split("\r\n").slice(0, -1);
  return { lines, next: response.headers.get("Next-Cursor") };
}
