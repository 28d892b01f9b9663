import { beforeEach, expect, test } from "vitest";
import { MAX_INVITED_AT_ONCE } from "../../../worker/domain/friend-invitation.ts";
import { type SentInvitations, sendInvitations } from "../../../worker/services/credits/send-invitations.ts";
import { sendDueMail } from "../../../worker/services/mail/send-due-mail.ts";
import type { Result } from "../../../worker/domain/result.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import { asAccount, setCredits } from "../../support/friends.ts";
import { outboxOf } from "../../support/mails.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

test("a friend is known by a keyed hash alone, and their address waits in the outbox", async () => {
  expect(outcomesIn(await invite(["Kim@example.test"]))).toEqual(["queued"]);
  const [row] = await rowsOf(db, "friend_invitation");
  expect(row).toMatchObject({ app: app.id, account: "acc_1", address: expect.stringMatching(/^[0-9a-f]{32}$/) });
  const [mail] = await outboxOf(db, "friend_invitation");
  expect(mail).toMatchObject({ id: `mail.friend.${row?.["id"]}`, to: "kim@example.test", affiliate: null });
});

test("a batch that runs twice, or whose answer is lost and that is asked for again, mails nobody twice", async () => {
  await invite(["first@example.test"]);
  db.fault("repeated");
  expect(outcomesIn(await invite(["kim@example.test", "lea@example.test"]))).toEqual(["queued", "queued"]);
  db.fault("none");
  const before = await dumpDatabase(db);
  expect(outcomesIn(await invite(["kim@example.test", "lea@example.test"]))).toEqual(["known", "known"]);
  expect(await dumpDatabase(db)).toEqual(before);
});

test("what one app's account sends is nothing to an account of another app that is called the same", async () => {
  const other = await world.newApp();
  await invite(["kim@example.test"]);
  const before = await dumpApp(db, app.id);
  expect(outcomesIn(await invite(["kim@example.test"], { of: other }))).toEqual(["queued"]);
  expect(await dumpApp(db, app.id)).toEqual(before);
  const addresses = (await rowsOf(db, "friend_invitation")).map(({ address }) => address);
  expect(new Set(addresses).size).toBe(2);
});

test("an address gets three mails of an app, whoever invites it, and who asks after that is not told", async () => {
  const accounts = ["acc_1", "acc_2", "acc_3", "acc_4", "acc_5"];
  const answers = [];
  for (const account of accounts)
    answers.push(await sendInvitations(world.deps, app.id, { account, fromEmail: null, emails: ["kim@example.test"] }));
  expect(answers.flatMap(outcomesIn)).toEqual(accounts.map(() => "queued"));
  expect(await outboxOf(db, "friend_invitation")).toHaveLength(3);
});

test("a row cannot be there twice, whoever writes it", async () => {
  await invite(["kim@example.test"]);
  const again = `INSERT INTO friend_invitation (app, account, address, id, created_at)
    SELECT app, account, address, 'finv_2', created_at FROM friend_invitation`;
  await expect(db.batch([{ sql: again, args: [] }])).rejects.toThrow(
    "UNIQUE constraint failed: friend_invitation.app, friend_invitation.account",
  );
  expect(await rowsOf(db, "friend_invitation")).toHaveLength(1);
});

test.each([
  ["nobody", []],
  ["more than are invited at once", Array.from({ length: MAX_INVITED_AT_ONCE + 1 }, (_, at) => `a${at}@example.test`)],
])("%s is refused, and nothing is written", async (_, emails) => {
  const before = await dumpDatabase(db);
  expect(await invite(emails)).toMatchObject({ ok: false, failure: { code: "invalid_request" } });
  expect(await dumpDatabase(db)).toEqual(before);
});

test("a mail names nobody whose address is none", async () => {
  await invite(["kim@example.test"], { fromEmail: "win a prize at evil.test <x@y.test>" });
  const [row] = await rowsOf(db, "outbox").then((rows) =>
    rows.filter(({ id }) => String(id).startsWith("mail.friend.")),
  );
  expect(JSON.parse(String(row?.["payload"]))).toMatchObject({ from: null, to: "kim@example.test" });
});

test("KX8 the mail in HTML says what its text does, has one button, which is the link, and nothing but text of the owner's", async () => {
  await setCredits(world, app, { about: "A garden planner <b>for</b> small balconies." });
  await invite(["kim@example.test"], { fromEmail: "mara@example.test" });
  await sendDueMail(world.deps);
  const html = world.mails().find(({ to }) => to === "kim@example.test")?.html ?? "";
  const { referral_url: link } = (await asAccount(world, app, "acc_1").get("/api/v1/referrals/code")).body;
  expect(html).toContain("A garden planner &lt;b&gt;for&lt;/b&gt; small balconies.");
  expect([...html.matchAll(/class="al-button" href="([^"]+)"/g)].map(([, href]) => href)).toEqual([link]);
  expect(html).toContain("mara@example.test uses App 1 and invites you to join.");
  expect(html).toContain("Sign up through the link below and you get 100 credits.");
  expect(html).toMatch(
    /href="https:\/\/links\.example\.test\/mail\/unsubscribe\?[^"]+"[^>]*>Send me no more of these</,
  );
});

function invite(
  emails: readonly string[],
  { of = app, fromEmail = null }: { of?: TestApp; fromEmail?: string | null } = {},
): Promise<Result<SentInvitations>> {
  return sendInvitations(world.deps, of.id, { account: "acc_1", fromEmail, emails });
}

function outcomesIn(sent: Result<SentInvitations>): readonly string[] {
  return sent.ok ? sent.value.results.map(({ outcome }) => outcome) : [sent.failure.code];
}
