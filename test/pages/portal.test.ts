import { beforeEach, describe, expect, test } from "vitest";
import { dayOf } from "../../worker/domain/maturation.ts";
import { listEarnings } from "../../worker/store/earning-store.ts";
import { commissionsCsv } from "../../worker/wire/commission-file.ts";
import { addApplicant, addCreator, DAY_MS, moveTo, setProgram, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { wordsOn } from "../support/joining.ts";
import { correct, giveMethod, payOut, setMinimums } from "../support/payouts.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const HOSTILE = `<img src=x onerror="alert(1)">'&quot;{{7*7}}`;

let world: World;
let app: TestApp;
let mara: TestApp;
let visitor: Visitor;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  mara = await addCreator(world, app, "mara");
  visitor = openVisitor(world);
  await visitor.signIn("mara@example.test");
});

describe("/referrals", () => {
  test("lists what somebody promotes with what is theirs in each currency, and says so where it is nothing", async () => {
    await pay({ user_id: "u1", payment_ref: "in_1" });
    await pay({ user_id: "u1", payment_ref: "in_2", currency: "eur" });
    const other = await world.newApp();
    await setStatus(world, await addCreator(world, other, "more", { email: "mara@example.test" }), "suspended");
    moveTo(world, "2026-02-01T00:00:00Z");
    const words = wordsOn(await visitor.get("/referrals"));
    expect(words).toContain("App 1 Active 28.50 EUR 28.50 USD Open App 1");
    expect(words).toContain("App 2 Paused 0.00 USD Open App 2");
    const stranger = openVisitor(world);
    await stranger.signIn("nobody@example.test");
    expect(wordsOn(await stranger.get("/referrals"))).toContain("You promote nothing yet");
  });
});

describe("a program's pages", () => {
  const PAGES = [
    "",
    "/commissions",
    "/commissions.csv",
    "/payouts",
    "/statements",
    "/statements.csv",
    "/payout-method",
    "/cash-out",
  ];

  test.each(PAGES)(
    "%s is for its creator alone: signed out one signs in, to everybody else it is not there",
    async (path) => {
      expect((await visitor.get(own(path))).status).toBe(200);
      const out = await openVisitor(world).get(own(path));
      expect(out.location).toBe(`/signin?next=${encodeURIComponent(own(path))}`);
      const other = await world.newApp();
      expect((await visitor.get(`/referrals/${other.id}${path}`)).status).toBe(404);
      const operator = openVisitor(world);
      await operator.signIn("operator@example.test");
      expect((await operator.get(own(path))).status).toBe(404);
      const off = { enable_platform_referrals: false };
      await world.call(`/api/v1/apps/${app.id}`, off, { key: world.operatorKey, method: "PATCH" });
      expect((await visitor.get(own(path))).status).toBe(404);
    },
  );

  test("each needs no script, and says nothing of another creator's, nor of who the customers are", async () => {
    await rename(HOSTILE);
    const conversion = await liveThrough();
    const [payout] = await payoutsOf(mara);
    const theirs = await addCreator(world, app, "theirs");
    const theirPay = { ref: "theirs", user_id: "their-customer", amount_cents: 777, payment_ref: "in_theirs" };
    const theirConversion = (await world.call("/api/track/conversion", theirPay, { key: app.key })).body.conversion_id;
    const secrets = [
      "customer-1",
      "in_1",
      "a test asks",
      "their-customer",
      theirs.affiliateId,
      theirConversion,
      HOSTILE,
    ];
    for (const path of [...PAGES, `/commissions/${conversion}`, `/payouts/${payout.id}`]) {
      const page = await visitor.get(own(path));
      expect({ path, status: page.status }).toEqual({ path, status: 200 });
      for (const secret of secrets) {
        // Why there is a correction is told to its creator, by the API as well.
        if (secret !== "a test asks" || !path.startsWith("/statements")) expect(page.text).not.toContain(secret);
      }
      if (path.includes(".csv")) continue;
      expect(page.text).not.toMatch(/<script(?! src="\/assets\/)|<style|style=|onclick=|<img/);
      expect(page.text).toContain("&lt;img src=x");
    }
  });

  test("another's commission and payout, and those of another app, are not there", async () => {
    const theirs = await addCreator(world, app, "theirs");
    const theirPay = { ref: "theirs", user_id: "u9", amount_cents: 10_000 };
    const conversion = (await world.call("/api/track/conversion", theirPay, { key: app.key })).body.conversion_id;
    moveTo(world, "2026-02-01T00:00:00Z");
    const payout = await payOut(world, theirs);
    const foreign = await world.newApp({ ref: "foreign" });
    const foreignPay = { ref: "foreign", user_id: "u9", amount_cents: 10_000 };
    const other = (await world.call("/api/track/conversion", foreignPay, { key: foreign.key })).body.conversion_id;
    for (const path of [
      `/commissions/${conversion}`,
      `/commissions/${other}`,
      `/payouts/${payout}`,
      "/payouts/po_none",
    ]) {
      expect((await visitor.get(own(path))).status).toBe(404);
    }
    const [mine] = [await liveThrough()];
    expect((await visitor.get(own(`/commissions/${mine}`))).status).toBe(200);
    expect((await visitor.get(`/referrals/${foreign.id}/commissions/${mine}`)).status).toBe(404);
  });

  test("each state says what it is and what still works", async () => {
    const applicant = await world.newApp();
    await addApplicant(world, applicant, "applies");
    await world.call("/api/v1/affiliates", { account_id: "acc_applies", email: "mara@example.test" }, applicant);
    const shown = wordsOn(await visitor.get(`/referrals/${applicant.id}`));
    expect(shown).toContain("Your application is in review");
    expect(shown).not.toContain("Cash out");
    expect(wordsOn(await visitor.get(`/referrals/${applicant.id}/cash-out`))).toContain("has not been decided on");
    for (const [status, said] of [
      ["suspended", "Your payouts are paused"],
      ["revoked", "This program has ended for you"],
    ] as const) {
      await setStatus(world, mara, status);
      for (const path of ["", "/commissions", "/payouts", "/payout-method", "/cash-out"]) {
        expect(wordsOn(await visitor.get(own(path)))).toContain(said);
      }
    }
  });
});

describe("the overview", () => {
  test("adds up each code, each day and each currency apart, within the days that were asked for", async () => {
    await world.call(`/api/v1/affiliates/${mara.affiliateId}/codes`, { ref: "summer" }, { key: app.key });
    await pay({ user_id: "u1", payment_ref: "in_1" });
    await pay({ user_id: "u2", payment_ref: "in_2", currency: "eur", ref: "summer" });
    await pay({ user_id: "u1", payment_ref: "in_3" });
    world.advance(DAY_MS);
    await pay({ user_id: "u1", payment_ref: "in_4", amount_cents: 5_000 });
    await world.call("/api/track/refund", { payment_ref: "in_1", amount_cents: 5_000 }, { key: app.key });
    const words = wordsOn(await visitor.get(own("?from=2026-01-15&to=2026-01-16")));
    expect(words).toContain("Date Clicks Signups Payments 16 Jan 2026 0 0 1 15 Jan 2026 0 0 3 ");
    expect(words).toContain("Earnings in USD Date Earned 16 Jan 2026 14.25 USD 15 Jan 2026 42.75 USD ");
    expect(words).toContain("Earnings in EUR Date Earned 16 Jan 2026 0.00 EUR 15 Jan 2026 28.50 EUR ");
    expect(words).toContain("mara Active 0 0 3 1 summer Active 0 0 1 0");
    const before = wordsOn(await visitor.get(own("?from=2026-01-01&to=2026-01-14")));
    expect(before).toContain("mara Active 0 0 0 0");
    expect((await visitor.get(own("?days=90"))).status).toBe(200);
    for (const query of ["?from=2026-01-16&to=2026-01-15", "?from=2020-01-01&to=2026-01-15", "?from=yesterday"]) {
      const bad = await visitor.get(own(query));
      expect(bad.status).toBe(400);
      expect(wordsOn(bad)).toContain("Choose at most 366 days");
    }
  });

  test("says where there were more payments than it adds up: the newest are", async () => {
    for (const n of [1, 2, 3, 4]) {
      await pay({ user_id: "u1", payment_ref: `in_${n}`, amount_cents: n * 1_000 });
      world.advance(1);
    }
    const day = dayOf(world.deps.now());
    const span = { affiliateId: mara.affiliateId, from: day, to: day };
    const sums = await Promise.all([2, 4].map((max) => listEarnings(world.db, app.id, { ...span, max })));
    expect(sums.map(({ isWhole }) => isWhole)).toEqual([false, true]);
    const [newest, all] = sums.map(({ days }) => days);
    expect(newest).toEqual([{ day, currency: "usd", netCents: 2_565 }]);
    expect(all).toEqual([{ day, currency: "usd", netCents: 2_850 }]);
    const other = await world.newApp();
    expect((await listEarnings(world.db, other.id, { ...span, max: 3 })).days).toEqual([]);
  });

  test("what was paid and refunded since is owed: Available is below zero, and says why", async () => {
    await pay({ user_id: "u1", payment_ref: "in_1" });
    moveTo(world, "2026-02-01T00:00:00Z");
    await payOut(world, mara);
    await world.call("/api/track/refund", { payment_ref: "in_1" }, { key: app.key });
    const words = wordsOn(await visitor.get(own("")));
    expect(words).toContain("Available −28.50 USD Refunds took more than was left.");
    expect(words).toContain("Paid 28.50 USD 0.00 USD earned in all");
  });

  test("while the app has no address the code is shared", async () => {
    await setProgram(world, app, { domain: null });
    const shown = await visitor.get(own(""));
    expect(wordsOn(shown)).toContain("The app has no address yet. Share your code.");
    expect(shown.text).not.toContain('<svg viewBox="0 0 2');
  });
});

describe("commissions", () => {
  test("go in pages, each once, and all of them into the file, in which nothing begins a formula", async () => {
    await world.call(`/api/v1/affiliates/${mara.affiliateId}/codes`, { ref: "-cmd" }, { key: app.key });
    for (let n = 0; n < 27; n++) {
      await pay({ user_id: "u1", payment_ref: `in_${n}`, ref: n === 0 ? "-cmd" : "mara" });
      world.advance(1);
    }
    const first = await visitor.get(own("/commissions?status=pending"));
    const older = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(older).toContain("status=pending");
    const second = await visitor.get(older);
    const ids = [first, second].map(({ text }) => [...text.matchAll(/commissions\/(conv_[\w-]+)/g)].map((m) => m[1]));
    expect(ids.map((page) => page.length)).toEqual([25, 2]);
    expect(new Set(ids.flat()).size).toBe(27);
    const file = await visitor.get(own("/commissions.csv"));
    expect(file.headers.get("Content-Disposition")).toBe('attachment; filename="commissions.csv"');
    const [head, ...rows] = file.text.trim().split("\r\n");
    expect(head).toBe(
      "created_at,id,ref,status,lane,currency,amount_cents,refunded_cents,rate_percent,commission_cents,platform_fee_cents,net_commission_cents,available_at",
    );
    expect(rows).toHaveLength(27);
    expect(rows.at(-1)).toContain(",'-cmd,pending,clear,usd,10000,0,30,3000,150,2850,");
    expect((await visitor.get(own("/commissions?cursor=x"))).status).toBe(400);
  });

  test("a file that holds no more says so in its last line", async () => {
    const csv = await commissionsCsv([], { now: 0, cut: "Only the newest 10,000 commissions are in this file." });
    expect(csv.split("\r\n")[1]).toBe('"Only the newest 10,000 commissions are in this file.",,,,,,,,,,,,');
  });

  test("why one is so: its sum is that of the books, and what happened stands in its order", async () => {
    const conversion = await liveThrough();
    const words = wordsOn(await visitor.get(own(`/commissions/${conversion}`)));
    expect(words).toContain(
      "The customer paid 100.00 USD Went back to the customer −10.00 USD What of it still counts 90.00 USD " +
        "Commission, 30 % 27.00 USD Platform fee, 5 % of it −1.35 USD You get 25.65 USD",
    );
    const story = /What happened (.*)/.exec(words)?.[1] ?? "";
    expect(story.match(/[A-Z0-9][^.]*(?:\.\d\d[^.]*)?\./g)?.map((line) => line.trim())).toEqual([
      "Somebody paid by your code.",
      expect.stringContaining("The customer paid 100.00 USD."),
      expect.stringContaining("It was put on hold."),
      expect.stringContaining("The hold was lifted."),
      expect.stringContaining("The holding days were over."),
      expect.stringContaining("A payout with 28.50 USD of it began."),
      expect.stringContaining("The payout was made."),
      expect.stringContaining("10.00 USD went back to the customer."),
    ]);
  });
});

describe("payouts and statements", () => {
  test("a payout tells what it covers, and the month's statement comes to its end", async () => {
    const conversion = await liveThrough();
    const [payout] = await payoutsOf(mara);
    const list = wordsOn(await visitor.get(own("/payouts")));
    expect(list).toContain("Paid – 33.50 USD Details of payout");
    const shown = await visitor.get(own(`/payouts/${payout.id}`));
    expect(shown.text).toContain(`/commissions/${conversion}"`);
    expect(wordsOn(shown)).toContain("Bonus or correction 5.00 USD");
    const statement = wordsOn(await visitor.get(own("/statements?month=2026-02")));
    expect(statement).toContain(
      "Owed to you at the beginning 33.50 USD Earned −2.85 USD Bonuses and corrections 0.00 USD " +
        "Paid to you −33.50 USD Owed to you at the end −2.85 USD",
    );
    const file = await visitor.get(own("/statements.csv?month=2026-02"));
    expect(file.headers.get("Content-Disposition")).toBe('attachment; filename="statement-2026-02-usd.csv"');
    expect(file.text).toContain(`https://links.example.test/referrals/${app.id}/commissions/${conversion}`);
    expect(file.text).toContain(`https://links.example.test/referrals/${app.id}/payouts/${payout.id}`);
    expect(file.text).not.toContain("/api/v1/");
    expect((await visitor.get(own("/statements?month=February"))).status).toBe(400);
    expect(wordsOn(await visitor.get(own("/statements?month=2025-01")))).toContain("Nothing moved in this month");
  });
});

describe("payout details", () => {
  const BANK = { kind: "bank", holder: "Mara W", account: "DE89 3704 0044 0532 0130 00" };

  test("are stored as the API stores them, shown in part, and a change waits for 48 hours", async () => {
    expect(wordsOn(await visitor.get(own("/payout-method")))).toContain("You have not said yet");
    const saved = await visitor.post(own("/payout-method"), BANK);
    expect(saved.location).toBe(own("/payout-method?done=saved"));
    const told = await world.call(`/api/v1/affiliates/${mara.affiliateId}/payout-method`, undefined, { key: app.key });
    expect(told.body.payout_method).toMatchObject({ kind: "bank", label: "…3000", payouts_blocked_until: null });
    await visitor.post(own("/payout-method"), { kind: "paypal", email: "mara@paypal.test" });
    const shown = await visitor.get(own("/payout-method"));
    expect(wordsOn(shown)).toContain("m•••@paypal.test");
    expect(wordsOn(shown)).toContain("nothing is paid for 48 hours after a change");
    expect(JSON.stringify([shown.text, await dumpDatabase(world.db)])).not.toContain("0532");
    const lines = (await rowsOf(world.db, "audit")).filter((row) => row["action"] === "payout_method.changed");
    expect(lines.map(({ actor }) => actor)).toEqual([
      expect.stringMatching(/^user:usr_/),
      expect.stringMatching(/^user:usr_/),
    ]);
    expect((await visitor.post(own("/payout-method/remove"))).location).toBe(own("/payout-method?done=removed"));
    expect(wordsOn(await visitor.get(own("/payout-method")))).toContain("You have not said yet");
  });

  test.each([
    ["a mistyped IBAN", { ...BANK, account: "DE89 3704 0044 0532 0130 01" }, 400, "must be a valid IBAN"],
    ["no name", { ...BANK, holder: "" }, 400, "is required"],
    ["a character that shows nothing", { ...BANK, holder: "Mara\u0000W" }, 400, "must not hold control characters"],
    ["a kind that there is not", { kind: "cash" }, 400, "Some of it needs another look."],
    ["a way this program does not pay by", { kind: "stripe" }, 400, "Some of it needs another look."],
  ])("with %s are refused beside the field, and what was typed is still there", async (_, fields, status, said) => {
    await visitor.get(own("/payout-method"));
    const refused = await visitor.post(own("/payout-method"), fields);
    expect(refused.status).toBe(status);
    expect(wordsOn(refused)).toContain(said);
    if ("holder" in fields && fields.holder === BANK.holder) expect(refused.text).toContain('value="Mara W"');
    expect(await rowsOf(world.db, "payout_method")).toEqual([]);
  });

  test("where the program pays by Stripe, Stripe asks: by a link, and only where there is a key", async () => {
    const rail = { rail: "stripe" };
    await world.call("/api/v1/app/payouts", rail, { key: app.key, method: "PUT" });
    const shown = await visitor.get(own("/payout-method"));
    expect(wordsOn(shown)).toContain("This program pays by Stripe.");
    expect(shown.text).not.toContain('name="account"');
    const refused = await visitor.post(own("/payout-method/stripe"), { country: "DE" });
    expect(refused.status).toBe(409);
    expect(wordsOn(refused)).toContain("The app has no Stripe key that could pay.");
    const other = await visitor.post(own("/payout-method"), BANK);
    expect(other.status).toBe(409);
    expect(wordsOn(other)).toContain("This program does not pay this way");
  });

  test("need a code of the last 15 minutes, to be seen as to be changed", async () => {
    await visitor.get(own("/payout-method"));
    const { realNow } = world.deps;
    Object.assign(world.deps, { realNow: () => realNow() + 16 * 60_000 });
    const confirm = `/signin/confirm?next=${encodeURIComponent(own("/payout-method"))}`;
    expect((await visitor.get(own("/payout-method"))).location).toBe(confirm);
    for (const path of ["/payout-method", "/payout-method/remove", "/payout-method/stripe"]) {
      expect((await visitor.post(own(path), BANK)).location).toMatch(/^\/signin\/confirm\?next=/);
    }
    expect(await rowsOf(world.db, "payout_method")).toEqual([]);
    expect((await visitor.get(own("/cash-out"))).status).toBe(200);
  });
});

describe("cash-out", () => {
  test("asks once for all that is available, and names what is left out", async () => {
    await pay({ user_id: "u1", payment_ref: "in_1" });
    moveTo(world, "2026-02-01T00:00:00Z");
    await pay({ user_id: "u1", payment_ref: "in_2" });
    const held = await pay({ user_id: "u1", payment_ref: "in_3" });
    await world.call(`/api/v1/conversions/${held}/hold`, { reason: "a test" }, { key: app.key });
    expect(wordsOn(await visitor.get(own("/cash-out")))).toContain(
      "What is Available is less than the smallest payout.",
    );
    await setMinimums(world, app, { usd: 1_000 });
    expect(wordsOn(await visitor.get(own("/cash-out")))).toContain("Say first where your money goes.");
    await giveMethod(world, mara);
    const preview = wordsOn(await visitor.get(own("/cash-out")));
    expect(preview).toContain("You get 28.50 USD");
    expect(preview).toContain("28.50 USD is frozen until it is decided.");
    expect(preview).toContain("28.50 USD is pending: its holding days are not over.");
    const answers = await Promise.all([1, 2].map(() => visitor.post(own("/cash-out"), { currency: "usd" })));
    expect(answers.map(({ location }) => location)).toEqual(Array(2).fill(own("/cash-out?currency=usd&done=asked")));
    expect(await rowsOf(world.db, "payout_batch")).toMatchObject([
      { kind: "request", affiliate: mara.affiliateId, currency: "usd", actor: expect.stringMatching(/^user:usr_/) },
    ]);
    const asked = wordsOn(await visitor.get(answers[0]?.location ?? ""));
    expect(asked).toContain("You have asked for it");
    expect(asked).not.toContain("Ask for it");
  });

  test.each([
    ["nothing is there", async () => {}, "Nothing is Available yet."],
    ["a currency without a minimum", () => payIn("eur"), "The program does not pay in this currency yet."],
    ["their payouts are paused", () => setStatus(world, mara, "suspended"), "Your payouts are paused."],
  ])("is refused with the reason where %s", async (_, arrange, said) => {
    await arrange();
    // A page with a form, for its token: where nothing can be paid there is none.
    await visitor.get(own("/payout-method"));
    const fields = said.includes("currency") ? { currency: "eur" } : {};
    const refused = await visitor.post(own("/cash-out"), fields);
    expect(refused.status).toBe(409);
    expect(wordsOn(refused)).toContain(said);
    expect(await rowsOf(world.db, "payout_batch")).toEqual([]);
  });
});

function own(path: string): string {
  return `/referrals/${app.id}${path}`;
}

/** A payment of a customer of Mara's, vouched for. Answers the conversion. */
async function pay(more: Readonly<Record<string, unknown>>): Promise<string> {
  const body = { ref: "mara", amount_cents: 10_000, ...more };
  const answer = await world.call("/api/track/conversion", body, { key: app.key });
  if (answer.status !== 200) throw new Error(`not paid: ${JSON.stringify(answer.body)}`);
  return answer.body.conversion_id;
}

async function payIn(currency: string): Promise<void> {
  await pay({ user_id: "u1", currency });
  moveTo(world, "2026-02-01T00:00:00Z");
}

/** Mara earns, is held and released, is given a bonus, is paid, and a part is refunded. Answers the conversion. */
async function liveThrough(): Promise<string> {
  const conversion = await pay({ user_id: "customer-1", payment_ref: "in_1" });
  for (const verb of ["hold", "release"]) {
    world.advance(1);
    await world.call(`/api/v1/conversions/${conversion}/${verb}`, { reason: "a test asks" }, { key: app.key });
  }
  await correct(world, mara, { amount: 500 });
  if (world.deps.now() < Date.UTC(2026, 1, 1)) moveTo(world, "2026-02-01T00:00:00Z");
  else world.advance(20 * DAY_MS);
  await payOut(world, mara);
  world.advance(1);
  await world.call("/api/track/refund", { payment_ref: "in_1", amount_cents: 1_000 }, { key: app.key });
  return conversion;
}

async function payoutsOf(creator: TestApp): Promise<readonly Json[]> {
  const path = `/api/v1/affiliates/${creator.affiliateId}/payouts`;
  return (await world.call(path, undefined, { key: creator.key })).body.payouts;
}

async function rename(name: string): Promise<void> {
  await setProgram(world, app, { name });
  await world.call(`/api/v1/affiliates/${mara.affiliateId}`, { name }, { key: app.key, method: "PATCH" });
}
