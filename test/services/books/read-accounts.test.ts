import { expect, test } from "vitest";
import {
  readAccountConversions,
  readAccountScope,
  readAffiliateAccounts,
  readAppAccounts,
} from "../../../worker/services/books/read-accounts.ts";
import { readFeeStatements } from "../../../worker/services/books/read-fee-statement.ts";
import { DAY_MS, addCreator } from "../../support/creators.ts";
import { pay } from "../../support/program-stage.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

test("each level's pages, one account a page, add up to the sum above them, in each currency by itself", async () => {
  const { world, apps } = await stage();
  const { deps } = world;
  for (const currency of ["usd", "eur"]) {
    const all = await walk((after) => readAppAccounts(deps, { currency, after, limit: 2 }));
    expect(all.accounts.length).toBeGreaterThan(0);
    expect(earned(all.accounts)).toBe(earned([all.sums]));
    for (const app of all.accounts) {
      const own = await walk((after) => readAffiliateAccounts(deps, app.id, { currency, after, limit: 2 }));
      expect(earned(own.accounts)).toBe(earned([app]));
      for (const { id } of own.accounts) {
        const place = { affiliateId: id, currency, after: null, limit: 100 };
        const { sums, conversions } = await readAccountConversions(deps, app.id, place);
        expect(conversions.reduce((sum, { netCents }) => sum + netCents, 0)).toBe(earned([sums]));
        expect(conversions.reduce((sum, { feeCents }) => sum + feeCents, 0)).toBe(sums.feeCents);
      }
    }
  }
  const [app] = apps;
  const second = await readAffiliateAccounts(deps, app.id, { currency: "usd", after: null, limit: 100 });
  expect(second.accounts).toHaveLength(2);
});

test("an app's accounts are its own: another app's affiliate is not there, and none of its conversions", async () => {
  const { world, apps } = await stage();
  const [app, other] = apps;
  const wrong = { appId: app.id, affiliateId: other.affiliateId };
  expect(await readAccountScope(world.deps, wrong)).toMatchObject({ failure: { code: "not_found" } });
  expect(await readAccountScope(world.deps, { appId: "app_x", affiliateId: null })).toMatchObject({ ok: false });
  const place = { affiliateId: other.affiliateId, currency: "usd", after: null, limit: 10 };
  expect(await readAccountConversions(world.deps, app.id, place)).toMatchObject({
    conversions: [],
    sums: { clearCents: 0 },
  });
});

test("a conversion's list goes on where it was, the newest first", async () => {
  const { world, apps } = await stage();
  const [app] = apps;
  const place = { affiliateId: app.affiliateId, currency: "usd", limit: 1 };
  const [newest] = (await readAccountConversions(world.deps, app.id, { ...place, after: null })).conversions;
  const after = { at: newest?.createdAt ?? 0, id: newest?.id ?? "" };
  const [next] = (await readAccountConversions(world.deps, app.id, { ...place, after })).conversions;
  expect([newest?.userId, next?.userId]).toEqual(["u2", "u1"]);
});

test("a fee statement's lines lead from what was owed before to what is owed, month after month", async () => {
  const { world, apps } = await stage();
  const [app] = apps;
  const start = world.deps.now() - 40 * DAY_MS;
  const months = [0, 1, 2].map((n) => ({ start: start + n * 20 * DAY_MS, end: start + (n + 1) * 20 * DAY_MS }));
  const collected = { app_id: app.id, currency: "usd", amount_cents: 100, reason: "Invoice" };
  await world.call("/api/v1/platform/fees/collections", collected, { key: world.operatorKey });
  let owedCents = 0;
  let moves = 0;
  for (const month of months) {
    const usd = (await readFeeStatements(world.deps, app.id, month)).find(({ currency }) => currency === "usd");
    expect(usd?.openingCents).toBe(owedCents);
    expect(usd?.lines.at(-1)?.owedCents ?? owedCents).toBe(usd?.owedCents);
    owedCents = usd?.owedCents ?? 0;
    moves += usd?.lines.length ?? 0;
  }
  expect([owedCents > 0, moves]).toEqual([true, 2]);
});

/** Two apps, the first with two creators and payments in two currencies. */
async function stage(): Promise<{ readonly world: World; readonly apps: readonly [TestApp, TestApp] }> {
  const world = await createWorld();
  const [app, other] = [await world.newApp(), await world.newApp()];
  const second = await addCreator(world, app, "second");
  for (const user of ["u1", "u2"]) await pay(world, app, { user, amount: 5_001, key: app.key });
  await pay(world, second, { user: "u3", amount: 7_777, key: app.key });
  await pay(world, other, { user: "u4", amount: 3_333, key: other.key });
  const euros = { ref: app.ref, user_id: "u1", amount_cents: 999, currency: "eur", event_id: "e1" };
  await world.call("/api/track/conversion", euros, { key: app.key });
  return { world, apps: [app, other] };
}

type Level = Awaited<ReturnType<typeof readAppAccounts>>;

/** A list that has not ended by then goes in circles. */
const MAX_PAGES = 10;

/** All accounts of a level, a page of one after another. */
async function walk(read: (after: { at: number; id: string } | null) => Promise<Level>): Promise<Level> {
  const accounts: Level["accounts"][number][] = [];
  let after: { at: number; id: string } | null = null;
  for (let turn = 0; turn < MAX_PAGES; turn += 1) {
    const { sums, accounts: page }: Level = await read(after);
    const [first] = page;
    if (first !== undefined) accounts.push(first);
    if (first === undefined || page.length < 2) return { sums, accounts };
    after = { at: 0, id: first.id };
  }
  throw new Error("the list has no end");
}

function earned(sums: readonly { clearCents: number; reviewCents: number; heldCents: number }[]): number {
  return sums.reduce((sum, { clearCents, reviewCents, heldCents }) => sum + clearCents + reviewCents + heldCents, 0);
}
