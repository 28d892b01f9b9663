import { setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { MAX_MAIL_ATTEMPTS } from "../../../worker/domain/mail-timing.ts";
import { type Mail, MailError, type MailGateway } from "../../../worker/gateways/mail/mail.ts";
import { MAIL_LEASE_MS, sendDueMail } from "../../../worker/services/mail/send-due-mail.ts";
import { insertMail } from "../../../worker/store/outbox-store.ts";
import { rowsOf } from "../../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import { outboxOf, outcomesOf } from "../../support/mails.ts";
import { createWorld, START, type TestApp, type World } from "../../support/world.ts";

const MINUTE_MS = 60_000;

let db: FaultyDb;
let world: World;
let app: TestApp;
let given: Mail[];
/** What the way out does with a mail before it takes it. */
let before: (mail: Mail) => Promise<void>;

beforeEach(async () => {
  given = [];
  before = async () => {};
  const mail: MailGateway = {
    async send(one) {
      await before(one);
      given.push(one);
    },
  };
  db = openFaultyDb();
  world = await createWorld({ db, mail });
  app = await world.newApp();
  // The welcome is none of these.
  await sendDueMail(world.deps);
  given = [];
});

describe("what cannot go out now", () => {
  test("AR26 waits a minute, twice as long each time up to six hours, and is given up after twelve tries", async () => {
    before = fail(new MailError("unavailable", "x"));
    await note("kim");
    const waits: number[] = [];
    for (let attempt = 1; attempt <= MAX_MAIL_ATTEMPTS; attempt++) {
      expect((await kim()).attempt).toBe(attempt - 1);
      const at = world.deps.now();
      await sendDueMail(world.deps);
      const row = await kim();
      expect(row.attempt).toBe(attempt);
      if (row.outcome !== null) break;
      waits.push((row.nextAt - at) / MINUTE_MS);
      world.advance(row.nextAt - at - 1);
      await sendDueMail(world.deps);
      expect((await kim()).attempt).toBe(attempt);
      world.advance(1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
    expect(await kim()).toMatchObject({ outcome: "expired", attempt: 12, to: null });
    world.advance(86_400_000);
    await sendDueMail(world.deps);
    expect(given).toEqual([]);
  });

  test("AR26 goes out once the way out is back", async () => {
    before = fail(new MailError("unavailable", "x"));
    await note("kim");
    await sendDueMail(world.deps);
    before = async () => {};
    world.advance(MINUTE_MS);
    await sendDueMail(world.deps);
    expect(given.map(({ to, id }) => [to, id])).toEqual([["kim@example.test", `${app.id}.mail.test.kim`]]);
    expect(await kim()).toMatchObject({ outcome: "sent", attempt: 2 });
  });

  test("AR26 of a way out that is away three are tried, and the others keep their tries", async () => {
    let tries = 0;
    before = async () => {
      tries += 1;
      throw new MailError("unavailable", "x");
    };
    for (const name of ["a", "b", "c", "d", "e"]) await note(name);
    await sendDueMail(world.deps);
    expect(tries).toBe(3);
    expect((await notes()).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 0, 0]);
  });

  test("AR26 of one mail alone, such as a full mailbox, keeps no other: they are all tried", async () => {
    before = async ({ to }) => {
      if (!to.startsWith("z")) throw new MailError("unavailable", "SMTP 452", { isOfMail: true });
    };
    for (const name of ["a", "b", "c", "d", "z"]) await note(name);
    await sendDueMail(world.deps);
    expect(given.map(({ to }) => to)).toEqual(["z@example.test"]);
    expect((await notes()).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
  });

  test("AR26 waits for a way out, where there is none, and is not sent when it is a week old", async () => {
    const without = await createWorld({ db, mail: "none" });
    await note("kim");
    await sendDueMail(without.deps);
    expect(await kim()).toMatchObject({ attempt: 0, outcome: null });
    world.advance(7 * 86_400_000);
    await note("lea");
    await sendDueMail(world.deps);
    expect(given.map(({ to }) => to)).toEqual(["kim@example.test", "lea@example.test"]);
    await note("old");
    world.advance(7 * 86_400_000 + 1);
    await sendDueMail(world.deps);
    expect((await notes()).map(({ outcome }) => outcome)).toEqual(["sent", "sent", "expired"]);
  });

  test("AR26 ends after a week though there is no way out: its address is not kept", async () => {
    const without = await createWorld({ db, mail: "none" });
    await note("kim");
    without.advance(7 * 86_400_000);
    await without.runJobs();
    expect(await kim()).toMatchObject({ outcome: null, to: "kim@example.test" });
    without.advance(1);
    await without.runJobs();
    expect(await kim()).toMatchObject({ outcome: "expired", to: null });
  });
});

describe("what is refused", () => {
  test("AR26 is not tried again", async () => {
    before = fail(new MailError("refused", "x"));
    await note("kim");
    await sendDueMail(world.deps);
    expect(await kim()).toMatchObject({ outcome: "refused", attempt: 1, to: null });
    expect(await rowsOf(db, "mail_suppression")).toEqual([]);
  });

  test("AR26 where the address is dead, nothing is sent there again, by any app, and the address is not kept", async () => {
    before = fail(new MailError("refused", "x", { isDeadAddress: true }));
    await note("kim");
    await sendDueMail(world.deps);
    expect(await kim()).toMatchObject({ outcome: "dead_address" });
    before = async () => {};
    const other = await world.newApp();
    const to = "Kim@Example.test";
    await db.batch([insertMail(other.id, { id: "mail.x", to, template: "payout_method_changed", now: START })]);
    await note("lea");
    await sendDueMail(world.deps);
    expect(given.map((mail) => mail.to)).toEqual(["lea@example.test", "creator2@example.test"].toSorted());
    expect((await outboxOf(db)).find(({ id }) => id === "mail.x")).toMatchObject({ outcome: "suppressed" });
    expect(await rowsOf(db, "mail_suppression")).toEqual([
      { address: expect.stringMatching(/^[0-9a-f]{64}$/), reason: "dead_address", created_at: START },
    ]);
  });

  test.each([[false], [true]])(
    "AR26 waits where nothing but refusals comes: the way out is wrong (dead: %s)",
    async (isDeadAddress) => {
      let tries = 0;
      before = async () => {
        tries += 1;
        throw new MailError("refused", "SMTP 554", { isDeadAddress });
      };
      for (let n = 0; n < 20; n++) await note(`n${n}`);
      await sendDueMail(world.deps);
      expect(tries).toBe(3);
      expect(new Set((await notes()).map(({ outcome }) => outcome))).toEqual(new Set([null]));
      expect(await rowsOf(db, "mail_suppression")).toEqual([]);
      before = async () => {};
      world.advance(MINUTE_MS);
      await sendDueMail(world.deps);
      expect(given).toHaveLength(20);
    },
  );

  test("AR26 ends, however many, where others go out in between", async () => {
    before = async ({ to }) => {
      if (/[05]@/.test(to)) throw new MailError("refused", "SMTP 550");
    };
    for (let n = 10; n < 30; n++) await note(`n${n}`);
    await sendDueMail(world.deps);
    expect((await notes()).filter(({ outcome }) => outcome === "refused")).toHaveLength(4);
    expect(given).toHaveLength(16);
  });

  test("KX8 of friends' addresses that somebody made up, keeps no other mail, however many", async () => {
    before = async ({ to }) => {
      if (to.startsWith("gone")) throw new MailError("refused", "SMTP 550", { isDeadAddress: true });
    };
    const emails = Array.from({ length: 6 }, (_, at) => `gone${at}@example.test`);
    const headers = { "X-Account-Id": "acc_1" };
    await world.call("/api/v1/referrals/send-bulk", { emails }, { key: app.key, headers });
    world.advance(1);
    await note("kim");
    await sendDueMail(world.deps);
    expect(await kim()).toMatchObject({ outcome: "sent" });
    expect(new Set(await outcomesOf(db, "friend_invitation"))).toEqual(new Set(["dead_address"]));
  });

  test("AR26 a row that makes no sense ends, and keeps no other", async () => {
    await note("kim");
    const id = "mail.strange";
    const sql = `INSERT INTO outbox (app, id, kind, payload, next_at, created_at) VALUES (?1, ?2, 'mail', ?3, 0, ?4)`;
    const payload = JSON.stringify({ to: "x@example.test", template: "toString", affiliate: null, at: 0 });
    await db.batch([{ sql, args: [app.id, id, payload, BigInt(START)] }]);
    await sendDueMail(world.deps);
    expect((await outboxOf(db)).find((row) => row.id === id)).toMatchObject({ outcome: "unreadable" });
    expect(given).toHaveLength(1);
  });

  test("AR26 what goes wrong with one is logged without an address, and keeps no other", async () => {
    const lines: unknown[] = [];
    const loud = await createWorld({
      db,
      log: (entry) => void lines.push(entry),
      mail: {
        async send(mail) {
          if (mail.to.startsWith("a@")) throw new MailError("unavailable", "SMTP 450");
          given.push(mail);
        },
      },
    });
    for (const name of ["a", "b"]) await note(name);
    await sendDueMail(loud.deps);
    expect(given.map(({ to }) => to)).toEqual(["b@example.test"]);
    expect(lines).toEqual([expect.objectContaining({ level: "error", work: "mail", mail: "mail.test.a" })]);
    expect(JSON.stringify(lines)).not.toContain("@");
  });
});

describe("runners that meet", () => {
  test("AR26 of five at once one sends each mail", async () => {
    for (let n = 0; n < 25; n++) await note(`n${n}`);
    before = () => setTimeout(1);
    await Promise.all(Array.from({ length: 5 }, () => sendDueMail(world.deps)));
    expect(given).toHaveLength(25);
    expect(new Set(given.map(({ id }) => id)).size).toBe(25);
  });

  test("AR26 a claim that is repeated claims the same, and once", async () => {
    for (let n = 0; n < 12; n++) await note(`n${n}`);
    db.fault("repeated");
    await sendDueMail(world.deps);
    db.fault("none");
    expect(given).toHaveLength(12);
    expect(new Set((await notes()).map(({ attempt, outcome }) => `${attempt} ${outcome}`))).toEqual(
      new Set(["1 sent"]),
    );
  });

  test("AR26 one that ends after sending leaves the mail to the next, under the same id, once its lease is over", async () => {
    await note("kim");
    db.fault("away", 1);
    await expect(sendDueMail(world.deps)).rejects.toMatchObject({ kind: "unavailable" });
    db.fault("none");
    world.advance(MAIL_LEASE_MS - 1);
    await sendDueMail(world.deps);
    expect(given).toHaveLength(1);
    world.advance(1);
    await sendDueMail(world.deps);
    expect(given.map(({ id }) => id)).toEqual([`${app.id}.mail.test.kim`, `${app.id}.mail.test.kim`]);
  });

  test("AR26 one that comes to itself after its lease writes nothing of what another one has", async () => {
    await note("kim");
    before = async () => {
      before = async () => {};
      world.advance(MAIL_LEASE_MS);
      await sendDueMail(world.deps);
      throw new MailError("refused", "x", { isDeadAddress: false });
    };
    await sendDueMail(world.deps);
    expect(await kim()).toMatchObject({ outcome: "sent" });
  });

  test("AR26 more than a run sends wait for the next, where calls are counted", async () => {
    for (let n = 0; n < 60; n++) await note(`n${n}`);
    await sendDueMail(world.deps);
    expect(given).toHaveLength(50);
    await sendDueMail(world.deps);
    expect(given).toHaveLength(60);
  });

  test("AR26 a run goes on for 40 seconds, where they are not", async () => {
    for (let n = 0; n < 120; n++) await note(`n${n}`);
    await sendDueMail({ ...world.deps, mailPages: 100 });
    expect(given).toHaveLength(120);
    given = [];
    for (let n = 0; n < 60; n++) await note(`m${n}`);
    before = async () => world.advance(1_000);
    await sendDueMail({ ...world.deps, mailPages: 100 });
    expect(given).toHaveLength(40);
  });

  test("AR26 nothing is sent once the run is over, long before its lease is: a slow way out sends none twice", async () => {
    for (let n = 0; n < 10; n++) await note(`n${n}`);
    before = async () => {
      world.advance(20_000);
      if (given.length === 1) await sendDueMail(world.deps);
    };
    await sendDueMail(world.deps);
    world.advance(MAIL_LEASE_MS);
    before = async () => {};
    await sendDueMail(world.deps);
    expect(given).toHaveLength(10);
    expect(new Set((await notes()).map(({ outcome }) => outcome))).toEqual(new Set(["sent"]));
  });

  test("AR26 digests come last, however long they have waited", async () => {
    const other = await world.newApp();
    // By their ids: what one says needs a week of its own.
    const week = { to: "x@example.test", template: "application_received" } as const;
    for (let n = 0; n < 60; n++) {
      const owner = n % 2 === 0 ? app.id : other.id;
      await db.batch([insertMail(owner, { ...week, id: `mail.week.aff_${n}.20000`, now: world.deps.now() })]);
    }
    world.advance(1_000);
    await note("kim");
    await sendDueMail(world.deps);
    // The other app's welcome is no digest either.
    expect(given.slice(0, 2).map(({ to }) => to)).toContain("kim@example.test");
    expect(given).toHaveLength(50);
  });
});

test("AR26 a mail that ended goes after 90 days, but for the word that somebody was told of their first commission", async () => {
  await world.call(
    "/api/track/conversion",
    { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: "e1" },
    { key: app.key },
  );
  await note("kim");
  await world.runJobs();
  world.advance(90 * 86_400_000);
  await world.runJobs();
  expect((await outboxOf(db, "payout_method_changed")).length).toBe(1);
  world.advance(1);
  await world.runJobs();
  expect(await outboxOf(db, "payout_method_changed")).toEqual([]);
  expect(await outboxOf(db, "welcome")).toEqual([]);
  expect(await outboxOf(db, "first_commission")).toHaveLength(1);
});

function fail(error: MailError): (mail: Mail) => Promise<void> {
  return async () => {
    throw error;
  };
}

async function note(name: string): Promise<void> {
  const mail = { id: `mail.test.${name}`, to: `${name}@example.test`, template: "payout_method_changed" } as const;
  await db.batch([insertMail(app.id, { ...mail, now: world.deps.now() })]);
}

async function notes() {
  return outboxOf(db, "payout_method_changed");
}

async function kim() {
  const row = (await notes()).find(({ id }) => id === "mail.test.kim");
  if (row === undefined) throw new Error("no mail to kim");
  return row;
}
