import { beforeEach, describe, expect, test } from "vitest";
import type { PayoutMethod } from "../../../worker/domain/payout-method.ts";
import { changePayoutMethod } from "../../../worker/services/payouts/change-payout-method.ts";
import { readPayoutMethod } from "../../../worker/services/payouts/read-payout-method.ts";
import { openMethod } from "../../../worker/services/payouts/sealed-method.ts";
import type { Db, Row } from "../../../worker/store/db.ts";
import { BLOCK_MS, findPayoutMethod, isBlocked, METHOD_IN_FORCE } from "../../../worker/store/payout-method-store.ts";
import { statement } from "../../../worker/store/statement.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import { createWorld, type Json, START, type TestApp, type World } from "../../support/world.ts";

const PAYPAL: PayoutMethod = { kind: "paypal", email: "kim@pay.test" };
const OTHER_PAYPAL: PayoutMethod = { kind: "paypal", email: "eve@pay.test" };
const BANK: PayoutMethod = {
  kind: "bank",
  holder: "Kim Doe",
  account: "DE89370400440532013000",
  bankCode: null,
  country: "DE",
};
const OTHER: PayoutMethod = { kind: "other", details: "A cheque, by post" };
const STRIPE: PayoutMethod = { kind: "stripe", account: "acct_1OfTheCreator", payer: "app" };
const NONE: PayoutMethod = { kind: "none" };

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("a payout method", () => {
  test.each([
    [PAYPAL, "k•••@pay.test", "kim@"],
    [BANK, "…3000", "04400532"],
    [{ ...BANK, account: "1234567" } satisfies PayoutMethod, "…", "1234567"],
    [OTHER, "•••", "cheque"],
    [STRIPE, "…ator", "acct_"],
  ])("R-payout_method is stored sealed, and shown masked: %j", async (method, label, detail) => {
    expect(await change(method)).toEqual({ kind: method.kind, label, changedAt: START, blockedUntil: null });
    const [row] = await rowsOf(db, "payout_method");
    expect(row).toMatchObject({ kind: method.kind, label, payer: method.kind === "stripe" ? "app" : null });
    expect(JSON.stringify(await dumpDatabase(db)).includes(detail)).toBe(false);
    expect(await openInForce()).toEqual(method);
  });

  test("R-payout_method the latest is in force, and those before stay", async () => {
    for (const method of [PAYPAL, NONE, OTHER, BANK]) await change(method);
    expect(await openInForce()).toEqual(BANK);
    expect((await rowsOf(db, "payout_method")).map(({ kind }) => kind)).toEqual(["paypal", "none", "other", "bank"]);
  });

  test("R-payout_method a first one is paid by at once; any other one after 48 hours, to the millisecond", async () => {
    await change(PAYPAL);
    expect(await isBlockedNow()).toBe(false);
    world.advance(1_000);
    const blockedUntil = START + 1_000 + BLOCK_MS;
    expect(await change(BANK)).toMatchObject({ blockedUntil });
    world.advance(BLOCK_MS - 1);
    expect(await read()).toMatchObject({ blockedUntil });
    expect(await isBlockedNow()).toBe(true);
    world.advance(1);
    expect(await read()).toMatchObject({ blockedUntil: null });
    expect(await isBlockedNow()).toBe(false);
  });

  test("R-payout_method giving it up in between is no way around the wait", async () => {
    await change(PAYPAL);
    expect(await change(NONE)).toBeNull();
    expect(await change(OTHER_PAYPAL)).toMatchObject({ blockedUntil: START + BLOCK_MS });
    expect(await isBlockedNow()).toBe(true);
    // Nor is going back: whoever reads of both may still object.
    world.advance(1);
    expect(await change(PAYPAL)).toMatchObject({ blockedUntil: START + 1 + BLOCK_MS });
  });

  test.each([
    ["PayPal", PAYPAL],
    ["a bank", BANK],
    ["something else", OTHER],
    ["Stripe", STRIPE],
    ["nothing", NONE],
  ])("R-payout_method the same once more changes nothing: %s", async (_, method) => {
    await change(PAYPAL);
    await change(NONE);
    const first = await change(method);
    const before = await dumpDatabase(db);
    world.advance(1);
    expect(await change(method)).toEqual(first);
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("R-payout_method nothing to give up is nothing to write", async () => {
    const before = await dumpDatabase(db);
    expect(await change(NONE)).toBeNull();
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test.each([
    ["the bank's code", { ...BANK, bankCode: "37040044" }],
    ["the holder", { ...BANK, holder: "Eve Doe" }],
    ["who pays by Stripe", { ...STRIPE, payer: "operator" } satisfies PayoutMethod],
  ])("R-payout_method another one of these is another method: %s", async (_, other) => {
    await change(other.kind === "stripe" ? STRIPE : BANK);
    expect(await change(other)).toMatchObject({ blockedUntil: START + BLOCK_MS });
    expect(await openInForce()).toEqual(other);
  });

  test("R-payout_method one that can be read no more is changed all the same, and waits", async () => {
    await change(PAYPAL);
    const lines: unknown[] = [];
    const log = (entry: unknown) => void lines.push(entry);
    const moved = await createWorld({ db, log, config: { authSecret: "t".repeat(32) } });
    const changed = await changePayoutMethod(moved.deps, app.id, request(PAYPAL));
    expect(changed).toMatchObject({ ok: true, value: { kind: "paypal", blockedUntil: START + BLOCK_MS } });
    expect(JSON.stringify(lines)).not.toContain("kim@");
  });
});

describe("what is told of a change", () => {
  test("R-payout_method a line of the audit log, with kinds and labels only", async () => {
    await change(PAYPAL);
    await change(BANK);
    const lines = (await rowsOf(db, "audit")).filter(({ action }) => action === "payout_method.changed");
    expect(
      lines.map(({ actor, object, before, after }) => ({
        actor,
        object,
        before: parsed(before),
        after: parsed(after),
      })),
    ).toEqual([
      { actor: "key:key_1", object: app.affiliateId, before: null, after: { kind: "paypal", label: "k•••@pay.test" } },
      {
        actor: "key:key_1",
        object: app.affiliateId,
        before: { kind: "paypal", label: "k•••@pay.test" },
        after: { kind: "bank", label: "…3000" },
      },
    ]);
  });

  test("R-payout_method a mail to the affiliate, and to the PayPal address it was before, without a detail", async () => {
    await change(PAYPAL);
    expect((await mails()).map(({ to }) => to)).toEqual(["creator1@example.test"]);
    world.advance(1);
    await change(OTHER_PAYPAL);
    const told = { template: "payout_method_changed", affiliate: app.affiliateId };
    expect(await mails()).toEqual([
      { ...told, to: "creator1@example.test", at: START },
      { ...told, to: "creator1@example.test", at: START + 1 },
      { ...told, to: "kim@pay.test", at: START + 1 },
    ]);
    await change(NONE);
    expect((await mails()).map(({ to }) => to).slice(3)).toEqual(["creator1@example.test", "eve@pay.test"]);
    const rows = (await rowsOf(db, "outbox")).filter(({ id }) => !String(id).startsWith("mail.entry."));
    expect(rows.map(({ kind, next_at, done_at }) => [kind, next_at, done_at])[0]).toEqual(["mail", START, null]);
  });

  test("R-payout_method one address is told once, however it is spelled", async () => {
    await change({ kind: "paypal", email: "Creator1@Example.test" });
    await change(BANK);
    expect((await mails()).map(({ to }) => to)).toEqual(["creator1@example.test", "creator1@example.test"]);
  });

  test("R-payout_method without an address only the former one is told", async () => {
    await db.batch([{ sql: "UPDATE affiliate SET email = NULL, account_id = 'acc_1' WHERE app = ?1", args: [app.id] }]);
    await change(PAYPAL);
    await change(BANK);
    expect((await mails()).map(({ to }) => to)).toEqual(["kim@pay.test"]);
  });
});

describe("changes that meet", () => {
  test("R-payout_method a batch that is applied twice is one change", async () => {
    await change(PAYPAL);
    db.fault("repeated");
    expect(await change(BANK)).toMatchObject({ kind: "bank", blockedUntil: START + BLOCK_MS });
    db.fault("none");
    expect(await rowsOf(db, "payout_method")).toHaveLength(2);
    expect(await mails()).toHaveLength(3);
    expect((await rowsOf(db, "audit")).filter(({ action }) => action === "payout_method.changed")).toHaveLength(2);
  });

  test("R-payout_method of two at once the second is a change of the first, and waits", async () => {
    const [one, other] = await Promise.all([change(PAYPAL), change(OTHER_PAYPAL)]);
    expect(new Set([one?.blockedUntil, other?.blockedUntil])).toEqual(new Set([null, START + BLOCK_MS]));
    // The later one knows whom it takes the money from.
    expect(await mails()).toHaveLength(3);
    const befores = (await rowsOf(db, "audit")).filter(({ action }) => action === "payout_method.changed");
    expect(befores.map(({ before }) => before === null)).toEqual([true, false]);
  });

  test("R-payout_method the same twice at once is one change", async () => {
    const answers = await Promise.all([change(PAYPAL), change(PAYPAL)]);
    expect(answers.map((answer) => answer?.blockedUntil)).toEqual([null, null]);
    expect(await rowsOf(db, "payout_method")).toHaveLength(1);
  });

  test("E-conflict one that others overtake all the while gives up, and changes nothing", async () => {
    let tries = 0;
    const overtaken: Db = {
      ...db,
      async batch(statements) {
        const intruder = `INSERT INTO payout_method (app, id, affiliate, kind, label, actor, created_at)
          VALUES (?1, ?2, ?3, 'none', '', 'x', 0)`;
        tries += 1;
        await db.batch([{ sql: intruder, args: [app.id, `pm_${tries}`, app.affiliateId] }]);
        return db.batch(statements);
      },
    };
    const changed = await changePayoutMethod({ ...world.deps, db: overtaken }, app.id, request(PAYPAL));
    expect(changed).toMatchObject({ ok: false, failure: { code: "conflict" } });
    expect(tries).toBe(5);
    expect((await rowsOf(db, "payout_method")).filter(({ kind }) => kind !== "none")).toEqual([]);
    expect(await mails()).toEqual([]);
  });
});

test("D-tenancy R-payout_method another app's affiliate is not there", async () => {
  const stranger = await world.newApp();
  await changePayoutMethod(world.deps, stranger.id, { ...request(PAYPAL), affiliateId: stranger.affiliateId });
  const before = await dumpApp(db, stranger.id);
  const across = { ...request(BANK), affiliateId: stranger.affiliateId };
  expect(await changePayoutMethod(world.deps, app.id, across)).toMatchObject({ failure: { code: "not_found" } });
  expect(await readPayoutMethod(world.deps, app.id, stranger.affiliateId)).toMatchObject({
    failure: { code: "not_found" },
  });
  expect(await dumpApp(db, stranger.id)).toEqual(before);
});

function request(method: PayoutMethod) {
  return { affiliateId: app.affiliateId, actor: "key:key_1", method };
}

async function change(method: PayoutMethod) {
  const changed = await changePayoutMethod(world.deps, app.id, request(method));
  if (!changed.ok) throw new Error(changed.failure.code);
  return changed.value;
}

async function read() {
  const found = await readPayoutMethod(world.deps, app.id, app.affiliateId);
  return found.ok ? found.value : found.failure;
}

async function openInForce(): Promise<PayoutMethod | null> {
  const found = await findPayoutMethod(db, app.id, app.affiliateId);
  return found?.method == null ? null : openMethod(world.deps, found.method);
}

/** As what pays asks. */
async function isBlockedNow(): Promise<boolean> {
  const blocked = statement(`SELECT ${isBlocked("m")} AS blocked FROM affiliate o
    JOIN payout_method m ON m.app = o.app AND m.id = ${METHOD_IN_FORCE} WHERE o.app = :app AND o.id = :id`);
  const [row] = await db.query(blocked({ app: app.id, id: app.affiliateId, now: world.deps.now() }));
  return row?.["blocked"] === 1;
}

async function mails(): Promise<readonly Json[]> {
  const payloads = (await rowsOf(db, "outbox")).map(({ payload }) => parsed(payload ?? null));
  return payloads.filter(({ template }) => template === "payout_method_changed");
}

function parsed(value: Row[string] | undefined): Json {
  return typeof value === "string" ? JSON.parse(value) : null;
}
