import { beforeEach, describe, expect, test } from "vitest";
import { insertMail } from "../../worker/store/outbox-store.ts";
import { insertOwner } from "../../worker/store/owner-store.ts";
import { refused } from "../support/answers.ts";
import { addCreator, addApplicant, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import type { FaultyDb } from "../support/faults.ts";
import { outboxOf, outcomesOf } from "../support/mails.ts";
import {
  failPayout,
  giveMethod,
  payOut,
  runBatch,
  payoutsOf,
  setMinimums,
  startPayouts,
  step,
} from "../support/payouts.ts";
import { createWorld, type Json, START, type TestApp, type World } from "../support/world.ts";

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("to a creator", () => {
  test("AR26 a welcome with the link, once, however often the batch or the jobs run", async () => {
    db.fault("repeated");
    const kim = await addCreator(world, app, "kim");
    db.fault("none");
    const [row, ...others] = (await outboxOf(db, "welcome")).filter(({ to }) => to === "kim@example.test");
    expect(others).toEqual([]);
    expect(row).toMatchObject({ app: app.id, affiliate: kim.affiliateId, outcome: null });
    await world.runJobs();
    await world.runJobs();
    const [mail, ...more] = sentTo("kim@example.test");
    expect(more).toEqual([]);
    expect(mail?.subject).toBe("Welcome to App 1: your link is ready");
    expect(mail?.text).toContain("Your link: https://shop.example.test/?ref=kim");
    expect(mail?.text).toContain(`https://links.example.test/referrals/${app.id}`);
    expect(mail?.id).toBe(`${app.id}.mail.entry.${kim.affiliateId}`);
    // Whom it went to is forgotten once it went.
    expect((await outboxOf(db, "welcome")).map(({ to }) => to)).toEqual([null, null]);
  });

  test("AR26 that an application waits, and how it was decided", async () => {
    await setProgram(world, app, { approval: "manual" });
    const [kim, lea] = await Promise.all([apply("kim"), apply("lea")]);
    await setStatus(world, kim, "active");
    await setStatus(world, lea, "revoked");
    await world.runJobs();
    expect(subjectsTo("kim@example.test")).toEqual([
      "App 1 has your application",
      "You are in: App 1 accepted your application",
    ]);
    expect(sentTo("kim@example.test")[1]?.text).toContain("https://shop.example.test/?ref=kim");
    expect(subjectsTo("lea@example.test")).toEqual(["App 1 has your application", "Your application to App 1"]);
    expect(sentTo("lea@example.test")[1]?.text).toContain("not accepted");
    // The owner's reason is the owner's.
    expect(JSON.stringify(world.mails())).not.toContain("a test asks for it");
  });

  test("AR26 a new status, once, and none that stays", async () => {
    for (const status of ["suspended", "suspended", "active", "revoked"]) {
      db.fault("repeated");
      await setStatus(world, app, status);
      db.fault("none");
      await world.runJobs();
    }
    expect(subjectsTo(OWN).slice(1)).toEqual([
      "Your place at App 1 is suspended",
      "Your place at App 1 is active again",
      "Your place at App 1 has ended",
    ]);
  });

  test("AR26 a status that is refused is not told", async () => {
    await setStatus(world, app, "revoked");
    const back = await world.call(own(), { status: "active", reason: "x" }, { key: app.key, method: "PATCH" });
    expect(back).toEqual(refused(409, "conflict"));
    expect(await outboxOf(db, "status_changed")).toHaveLength(1);
  });

  test("AR26 the first commission, and no other", async () => {
    db.fault("repeated");
    await sell("e1");
    db.fault("none");
    await sell("e1");
    await sell("e2");
    expect(await outboxOf(db, "first_commission")).toHaveLength(1);
    await world.runJobs();
    const mail = sentTo(OWN).at(-1);
    expect(mail?.subject).toBe("Your first commission from App 1: 28.50 USD");
    expect(mail?.text).toContain("pending until 30 January 2026");
    expect(mail?.headers?.["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    await sell("e3");
    await world.runJobs();
    expect(await outcomesOf(db, "first_commission")).toEqual(["sent"]);
  });

  test("AR26 a commission of nothing is no first one, nor is one that was refunded before the mail went", async () => {
    await setProgram(world, app, { commission_percent: 0 });
    await sell("e0");
    expect(await outboxOf(db, "first_commission")).toEqual([]);
    await world.call("/api/v1/app", { commission_percent: 30 }, { key: app.key, method: "PATCH" });
    world.advance(1);
    await sell("e1", { payment_ref: "in_1" });
    await world.call("/api/track/refund", { payment_ref: "in_1" }, { key: app.key });
    await world.runJobs();
    expect(await outcomesOf(db, "first_commission")).toEqual(["obsolete"]);
  });

  test("AR26 a week in numbers on Monday at 08:00 UTC, once, to whom it has something to tell", async () => {
    const quiet = await addCreator(world, app, "quiet");
    await sell("e1");
    await world.runJobs();
    // START is a Thursday, noon.
    world.advance(4 * DAY_MS - 4 * 3_600_000 - 1);
    await world.runJobs();
    expect(await outboxOf(db, "weekly_digest")).toEqual([]);
    world.advance(1);
    await world.runJobs();
    await world.runJobs();
    world.advance(DAY_MS);
    await world.runJobs();
    const [row, ...others] = await outboxOf(db, "weekly_digest");
    expect(others).toEqual([]);
    expect(row).toMatchObject({ affiliate: app.affiliateId, outcome: "sent", data: { from_day: MONDAY } });
    const mail = sentTo(OWN).at(-1);
    expect(mail?.subject).toBe("Your week at App 1: 28.50 USD");
    expect(mail?.text).toContain("12 January 2026 to 18 January 2026");
    expect(mail?.text).toContain("Payments: 1");
    // Nothing since: nothing to tell.
    world.advance(7 * DAY_MS);
    await world.runJobs();
    expect(await outboxOf(db, "weekly_digest")).toHaveLength(1);
    expect(subjectsTo(`${quiet.ref}@example.test`)).toEqual(["Welcome to App 1: your link is ready"]);
  });

  test("AR26 a payout that was sent, once", async () => {
    await sell("e1");
    world.advance(15 * DAY_MS);
    await setMinimums(world, app, { usd: 1 });
    await giveMethod(world, app);
    const batch = await runBatch(world, app);
    const [payout] = await payoutsOf(world, app, `&batch_id=${batch.id}`);
    expect(await outboxOf(db, "payout_sent")).toEqual([]);
    db.fault("repeated");
    for (const reference of ["bank 1", "bank 2"]) await step(world, app, `${payout.id}/settle`, { reference });
    db.fault("none");
    await world.runJobs();
    expect(subjectsTo(OWN).filter((subject) => subject.includes("paid"))).toEqual(["App 1 paid you 28.50 USD"]);
    expect(await outcomesOf(db, "payout_sent")).toEqual(["sent"]);
  });

  test("AR26 a payout that failed is not told as sent, whatever is said of it afterwards", async () => {
    await sell("e1");
    world.advance(15 * DAY_MS);
    await setMinimums(world, app, { usd: 1 });
    await giveMethod(world, app);
    const [payout = ""] = await startPayouts(world, app);
    await failPayout(world, app, payout);
    await step(world, app, `${payout}/settle`, {});
    expect(await outboxOf(db, "payout_sent")).toEqual([]);
  });

  test("AR26 what is frozen is no first commission: a stranger makes nobody a mail", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    const body = { ref: app.ref, user_id: "u1", amount_cents: 10_000 };
    expect((await world.call("/api/track/conversion", body)).status).toBe(200);
    expect(await outboxOf(db, "first_commission")).toEqual([]);
    await sell("e1");
    expect(await outboxOf(db, "first_commission")).toHaveLength(1);
  });

  test("AR26 a batch of which nothing was written tells nothing", async () => {
    db.fault("away");
    const body = { email: "kim@example.test", ref: "kim" };
    expect((await world.call("/api/v1/affiliates", body, { key: app.key })).status).toBe(503);
    db.fault("none");
    expect((await outboxOf(db)).map(({ to }) => to)).toEqual([OWN]);
    // An answer that was lost is asked for again, and nobody is welcomed twice.
    db.fault("lost-answer");
    await world.call("/api/v1/affiliates", body, { key: app.key });
    db.fault("none");
    expect((await world.call("/api/v1/affiliates", body, { key: app.key })).status).toBe(200);
    expect((await outboxOf(db)).map(({ to }) => to)).toEqual([OWN, "kim@example.test"]);
  });

  test("AR26 without an address there is nobody to tell", async () => {
    const kim = await addApplicant(world, app, "kim");
    await setStatus(world, kim, "active");
    expect((await outboxOf(db)).map(({ affiliate }) => affiliate)).toEqual([app.affiliateId]);
  });
});

describe("to whom an owner invites", () => {
  test("AR26 an invitation, once, and not when it was taken back before it went", async () => {
    const other = await world.newApp();
    db.fault("repeated");
    await invite(app, "ivy@example.test");
    db.fault("none");
    await invite(app, "ivy@example.test");
    await invite(other, "ivy@example.test");
    const gone = await invite(app, "gus@example.test");
    await withdraw(gone);
    await world.runJobs();
    await world.runJobs();
    expect(subjectsTo("ivy@example.test")).toEqual([
      "App 1 invites you as a creator",
      "App 2 invites you as a creator",
    ]);
    expect(sentTo("ivy@example.test")[0]?.text).toMatch(
      new RegExp(`https://links\\.example\\.test/join/${app.id}$`, "m"),
    );
    expect(sentTo("gus@example.test")).toEqual([]);
    expect(JSON.stringify(await outboxOf(db))).not.toContain("gus@");
  });

  test("AR26 one taken back before it went is forgotten at once, and the next is mailed: once a week at most", async () => {
    for (let time = 0; time < 5; time++) {
      await withdraw(await invite(app, "gus@example.test"));
      expect(JSON.stringify(await outboxOf(db))).not.toContain("gus@");
    }
    let id = await invite(app, "gus@example.test");
    await world.runJobs();
    expect(sentTo("gus@example.test")).toHaveLength(1);
    for (let time = 0; time < 3; time++) {
      await withdraw(id);
      id = await invite(app, "gus@example.test");
      await world.runJobs();
    }
    expect(sentTo("gus@example.test")).toHaveLength(1);
    await invite(await world.newApp(), "gus@example.test");
    await world.runJobs();
    expect(sentTo("gus@example.test")).toHaveLength(2);
    await withdraw(id);
    world.advance(7 * DAY_MS);
    await withdraw(await invite(app, "gus@example.test"));
    world.advance(1);
    await invite(app, "gus@example.test");
    await world.runJobs();
    expect(sentTo("gus@example.test")).toHaveLength(3);
  });

  test("AR26 the mail of one taken back is not sent for the next one", async () => {
    const id = await invite(app, "gus@example.test");
    const { template, data } = { template: "invitation", data: { invite: "inv_another" } } as const;
    await db.batch([insertMail(app.id, { id: "mail.x", to: "gus@example.test", template, data, now: START })]);
    await world.runJobs();
    expect((await outboxOf(db, "invitation")).map((row) => [row.data.invite, row.outcome])).toEqual(
      expect.arrayContaining([
        [id, "sent"],
        ["inv_another", "obsolete"],
      ]),
    );
    expect(sentTo("gus@example.test")).toHaveLength(1);
  });
});

describe("to the app's owners", () => {
  beforeEach(async () => {
    await giveOwners(app, "olga@example.test", "otto@example.test");
  });

  test("AR26 that somebody applied, to each of them once", async () => {
    await setProgram(world, app, { approval: "manual" });
    const other = await world.newApp();
    await giveOwners(other, "eve@example.test");
    db.fault("repeated");
    await apply("kim").catch(() => undefined);
    db.fault("none");
    await apply("lea");
    await world.runJobs();
    await world.runJobs();
    for (const owner of ["olga@example.test", "otto@example.test"]) {
      const told = sentTo(owner).map(({ text }) => /^(\S+) applied to the program/m.exec(text)?.[1]);
      expect(new Set(told)).toEqual(new Set(["kim@example.test", "lea@example.test"]));
      expect(told).toHaveLength(2);
      expect(sentTo(owner)[0]?.text).toContain(`https://links.example.test/apps/${app.id}/affiliates?status=applied`);
    }
    expect(sentTo("eve@example.test")).toEqual([]);
  });

  test("AR26 nobody applies where everybody is taken, or was made by the owner", async () => {
    await addCreator(world, app, "kim");
    const body = { account_id: "acc_lea", email: "lea@example.test", ref: "lea" };
    await world.call("/api/v1/affiliates/join", body, { key: app.key });
    expect(await outboxOf(db, "application")).toEqual([]);
  });

  test("AR26 one who was decided on before the mail went is not told of", async () => {
    await setProgram(world, app, { approval: "manual" });
    await setStatus(world, await apply("kim"), "active");
    await world.runJobs();
    expect(await outcomesOf(db, "application")).toEqual(["obsolete", "obsolete"]);
  });

  test("AR26 that scheduled payouts wait for them, and not those that they drafted themselves", async () => {
    await sell("e1");
    world.advance(15 * DAY_MS);
    await setMinimums(world, app, { usd: 1 });
    await giveMethod(world, app);
    const policy = { schedule: "monthly", schedule_day: 1 };
    await world.call("/api/v1/app/payouts", policy, { key: app.key, method: "PUT" });
    await world.runJobs();
    expect(await outboxOf(db, "payout_due")).toEqual([]);
    // From 30 January to 1 February.
    world.advance(2 * DAY_MS);
    await world.runJobs();
    await world.runJobs();
    expect(subjectsTo("olga@example.test")).toEqual(["Payouts of App 1 wait for you: 28.50 USD"]);
    expect(subjectsTo("otto@example.test")).toEqual(subjectsTo("olga@example.test"));
    expect(sentTo("olga@example.test")[0]?.text).toContain("1 creator: 28.50 USD");
  });

  test("AR26 that nothing has happened for seven days, once for each silence", async () => {
    const never = await world.newApp();
    await giveOwners(never, "eve@example.test");
    await sell("e1");
    world.advance(7 * DAY_MS);
    await world.runJobs();
    expect(await outboxOf(db, "no_events_7d")).toEqual([]);
    for (let day = 8; day <= 12; day++) {
      world.advance(DAY_MS);
      await world.runJobs();
    }
    expect(subjectsTo("olga@example.test")).toEqual(["App 1 has gone quiet"]);
    expect(sentTo("otto@example.test")[0]?.text).toContain("since 15 January 2026");
    await sell("e2");
    world.advance(8 * DAY_MS);
    await world.runJobs();
    expect(subjectsTo("olga@example.test")).toHaveLength(2);
    // An app that never had an event has not fallen silent.
    expect(sentTo("eve@example.test")).toEqual([]);
  });

  test("AR26 an app whose owners cannot be told keeps no other", async () => {
    const other = await world.newApp();
    await giveOwners(other, "eve@example.test");
    await sell("e1");
    await world.call(
      "/api/track/conversion",
      { ref: other.ref, user_id: "u1", amount_cents: 100, event_id: "e1" },
      { key: other.key },
    );
    const [first = app, last = other] = [app, other].toSorted((one, two) => (one.id < two.id ? -1 : 1));
    const full = `CREATE TRIGGER full BEFORE INSERT ON outbox WHEN NEW.app = '${first.id}' BEGIN SELECT RAISE(ABORT, 'full'); END`;
    await db.batch([{ sql: full, args: [] }]);
    world.advance(8 * DAY_MS);
    await world.runJobs();
    expect((await outboxOf(db, "no_events_7d")).map((row) => row.app)).toContain(last.id);
    expect((await outboxOf(db, "no_events_7d")).map((row) => row.app)).not.toContain(first.id);
  });

  test("AR26 a silence that is older than two weeks is no news", async () => {
    await sell("e1");
    world.advance(15 * DAY_MS);
    await world.runJobs();
    expect(await outboxOf(db, "no_events_7d")).toEqual([]);
  });
});

describe("switches", () => {
  test("AR26 an app's owner switches each mail off and on, for their app alone", async () => {
    const other = await world.newApp();
    const all = await mails("GET");
    expect(Object.values(all.body.mails)).toEqual(Array.from({ length: 10 }, () => true));
    expect((await mails("PUT", { welcome: false })).body.mails).toEqual({ ...all.body.mails, welcome: false });
    await world.runJobs();
    const rows = await outboxOf(db, "welcome");
    expect(rows.map(({ app: id, outcome }) => [id, outcome])).toEqual([
      [app.id, "switched_off"],
      [other.id, "sent"],
    ]);
    expect(subjectsTo(OWN)).toEqual([]);
    expect((await mails("PUT", { welcome: true })).body.mails).toEqual(all.body.mails);
    await addCreator(world, app, "kim");
    await world.runJobs();
    expect(sentTo("kim@example.test")).toHaveLength(1);
  });

  test("AR26 what guards money is not switched off, nor is a mail that does not exist", async () => {
    for (const name of ["payout_method_changed", "invitation", "friend_invitation", "welcom", "toString"]) {
      expect(await mails("PUT", { [name]: false })).toEqual(refused(400, "invalid_request", ["mails"]));
    }
    expect((await mails("PUT", { welcome: "no" })).status).toBe(400);
  });

  test("AR26 a creator unsubscribes by the link of the mail: asked first, or at once by a mailbox's button", async () => {
    await sell("e1");
    await world.runJobs();
    const link = linkOf(sentTo(OWN).at(-1)?.headers?.["List-Unsubscribe"]);
    const asked = await world.call(link);
    expect(asked.status).toBe(200);
    expect(asked.body).toContain('<form method="post">');
    expect(await world.db.query({ sql: "SELECT * FROM mail_optout", args: [] })).toEqual([]);
    const stop = await world.call(link, "List-Unsubscribe=One-Click", {
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(stop.status).toBe(200);
    expect((await world.call(link, "", { method: "POST" })).status).toBe(200);
    const rows = await world.db.query({ sql: "SELECT app, affiliate, template FROM mail_optout", args: [] });
    expect(rows).toEqual([{ app: app.id, affiliate: app.affiliateId, template: "first_commission" }]);
  });

  test("AR26 a link that we did not sign changes nothing", async () => {
    await sell("e1");
    await world.runJobs();
    const link = linkOf(sentTo(OWN).at(-1)?.headers?.["List-Unsubscribe"]);
    const other = await addCreator(world, app, "kim");
    for (const forged of [
      link.replace(app.affiliateId, other.affiliateId),
      link.replace("first_commission", "weekly_digest"),
      link.replace("first_commission", "payout_method_changed"),
      link.replace(/sig=./, "sig=x"),
      link.replace(/sig=.*/, "sig="),
      link.replace(/&sig=.*/, ""),
      "/mail/unsubscribe",
    ]) {
      expect((await world.call(forged)).status).toBe(404);
      expect((await world.call(forged, "", { method: "POST" })).status).toBe(404);
    }
    expect(await world.db.query({ sql: "SELECT * FROM mail_optout", args: [] })).toEqual([]);
  });

  test("AR26 who wants no digest gets none, and the others still do", async () => {
    const kim = await addCreator(world, app, "kim");
    await sell("e1");
    await sell("e2", { ref: "kim", user_id: "u2" });
    world.advance(4 * DAY_MS);
    await world.runJobs();
    const link = linkOf(sentTo(OWN).at(-1)?.headers?.["List-Unsubscribe"]);
    expect(link).toContain("weekly_digest");
    await world.call(link, "", { method: "POST" });
    await sell("e3");
    await sell("e4", { ref: "kim", user_id: "u2" });
    world.advance(7 * DAY_MS);
    await world.runJobs();
    const last = (await outboxOf(db, "weekly_digest")).filter(({ data }) => data.from_day === MONDAY + 7);
    expect(new Map(last.map(({ affiliate, outcome }) => [affiliate, outcome]))).toEqual(
      new Map([
        [app.affiliateId, "opted_out"],
        [kim.affiliateId, "sent"],
      ]),
    );
  });
});

describe("two apps", () => {
  test("AR26 what happens in one is told to nobody of the other", async () => {
    const other = await world.newApp();
    await world.runJobs();
    const before = world.mails().length;
    await sell("e1");
    await setStatus(world, app, "suspended");
    await setStatus(world, app, "active");
    await world.runJobs();
    world.advance(15 * DAY_MS);
    await payOut(world, app);
    await world.runJobs();
    const since = world.mails().slice(before);
    expect(since.length).toBeGreaterThan(3);
    expect(new Set(since.map(({ to }) => to))).toEqual(new Set([OWN]));
    expect((await outboxOf(db)).filter(({ app: id }) => id === other.id)).toHaveLength(1);
  });
});

/** The address of the app's first creator. */
const OWN = "creator1@example.test";
/** The day of the Monday before START. */
const MONDAY = Math.floor(START / DAY_MS) - 3;

async function sell(eventId: string, more: Readonly<Record<string, unknown>> = {}): Promise<Json> {
  const body = { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: eventId, ...more };
  const { status, body: answer } = await world.call("/api/track/conversion", body, { key: app.key });
  if (status !== 200) throw new Error(`no sale: ${JSON.stringify(answer)}`);
  return answer;
}

async function invite(owned: TestApp, email: string): Promise<string> {
  const answer = await world.call("/api/v1/invitations", { email }, { key: owned.key });
  return answer.body.invitation.id;
}

async function withdraw(id: string): Promise<void> {
  await world.call(`/api/v1/invitations/${id}`, undefined, { key: app.key, method: "DELETE" });
}

async function giveOwners(owned: TestApp, ...emails: readonly string[]): Promise<void> {
  await db.batch(emails.map((email) => insertOwner(owned.id, { email, actor: "a test", now: START })));
}

async function apply(name: string): Promise<TestApp> {
  const body = { account_id: `acc_${name}`, email: `${name}@example.test`, ref: name };
  const answer = await world.call("/api/v1/affiliates/join", body, { key: app.key });
  expect(answer.body.affiliate.status).toBe("applied");
  return { ...app, affiliateId: answer.body.affiliate.id, ref: name };
}

async function mails(method: "GET" | "PUT", change?: Readonly<Record<string, unknown>>) {
  return world.call("/api/v1/app/mails", change === undefined ? undefined : { mails: change }, {
    key: app.key,
    method,
  });
}

function own(): string {
  return `/api/v1/affiliates/${app.affiliateId}`;
}

function sentTo(address: string) {
  return world.mails().filter(({ to }) => to === address);
}

function subjectsTo(address: string): readonly string[] {
  return sentTo(address).map(({ subject }) => subject);
}

/** The path in a List-Unsubscribe header. */
function linkOf(header: string | undefined): string {
  return /^<https:\/\/links\.example\.test(\/\S+)>$/.exec(header ?? "")?.[1] ?? "";
}
