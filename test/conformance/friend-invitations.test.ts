import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { DAY_MS } from "../support/creators.ts";
import { dumpApp, rowsOf } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { asAccount, setCredits, tokenOf } from "../support/friends.ts";
import { outboxOf, outcomesOf } from "../support/mails.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const SENT = { success: true, message: "Referral email sent successfully" };
const KNOWN = { success: false, message: "You have invited this address already" };
const DAY_S = DAY_MS / 1_000;

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  await world.runJobs();
});

describe("one address", () => {
  test("KX5 is mailed once by an account, ever, however the batch goes and however many ask at once", async () => {
    await send("first@example.test");
    db.fault("repeated");
    expect(await send(" Kim@Example.test ")).toEqual(answered(200, SENT));
    db.fault("none");
    expect(await send("kim@example.test")).toEqual(answered(200, KNOWN));
    const many = await Promise.all(Array.from({ length: 4 }, () => send("lea@example.test")));
    expect(many.filter(({ body }) => body.success)).toHaveLength(1);
    db.fault("lost-answer");
    expect((await send("max@example.test")).status).toBe(503);
    db.fault("none");
    expect((await send("max@example.test")).body).toEqual(KNOWN);
    await world.runJobs();
    // Their rows go from the outbox; that they were invited stays.
    world.advance(400 * DAY_MS);
    await world.runJobs();
    expect(await outboxOf(db, "friend_invitation")).toEqual([]);
    for (const name of ["first", "kim", "lea", "max"]) {
      expect((await send(`${name}@example.test`)).body).toEqual(KNOWN);
      await world.runJobs();
      expect(sentTo(`${name}@example.test`)).toHaveLength(1);
    }
  });

  test("KX5 is invited by another account, and in another app, as if nobody had", async () => {
    const other = await world.newApp();
    expect((await send("kim@example.test")).body).toEqual(SENT);
    expect((await send("kim@example.test", { account: "acc_2" })).body).toEqual(SENT);
    const before = await dumpApp(db, app.id);
    expect((await send("kim@example.test", { of: other })).body).toEqual(SENT);
    expect(await dumpApp(db, app.id)).toEqual(before);
    await world.runJobs();
    expect(subjectsTo("kim@example.test").toSorted()).toEqual([
      "A friend invites you to App 1",
      "A friend invites you to App 1",
      "A friend invites you to App 2",
    ]);
  });

  test("KX5 that is none is a 400, one's own is refused, and so is who may not call", async () => {
    for (const email of [
      "kim",
      "",
      "kim@example.test, lea@example.test",
      "kim@example.test\r\nBcc: a@b.test",
      5,
      null,
    ]) {
      expect(await send(email)).toEqual(refused(400, "invalid_request", ["email"]));
    }
    expect(await send(" MARA@example.test", { email: "mara@example.test" })).toEqual(
      answered(200, { success: false, message: "You cannot invite yourself" }),
    );
    for (const path of ["send", "send-bulk", "email"]) {
      const route = `/api/v1/referrals/${path}`;
      const headers = { "X-Account-Id": "acc_1" };
      const body = { email: "kim@example.test", emails: ["kim@example.test"] };
      expect(await world.call(route, body, { headers })).toEqual(refused(401, "unauthorized"));
      expect((await world.call(route, undefined, { headers, key: app.key })).status).toBe(405);
    }
    expect(await rowsOf(db, "friend_invitation")).toEqual([]);
  });

  test("KX5 an account sends 20 within 24 hours, and then waits until the first is a day old", async () => {
    expect((await bulk(addresses(19))).body.success_count).toBe(19);
    world.advance(DAY_MS / 2);
    // Whom they have invited already takes nobody's place.
    expect((await bulk(["friend1@example.test", "a@example.test", "b@example.test"])).body).toMatchObject({
      results: [{ success: false, message: KNOWN.message }, { success: true }, { success: false }],
    });
    const full = await send("max@example.test");
    expect(full).toEqual(refused(429, "rate_limited"));
    expect(full.headers.get("Retry-After")).toBe(String(DAY_S / 2));
    // What was sent before stays what it is, and others are not kept by it.
    expect((await send("friend1@example.test")).body).toEqual(KNOWN);
    expect((await send("max@example.test", { account: "acc_2" })).body).toEqual(SENT);
    world.advance(DAY_MS / 2 - 1);
    expect((await send("max@example.test")).status).toBe(429);
    world.advance(1);
    expect((await send("max@example.test")).body).toEqual(SENT);
  });

  test("KX5 the accounts of an app send 1,000 within 24 hours together, and no app keeps another", async () => {
    const other = await world.newApp();
    await sendByOthers(999);
    const first = await bulk(addresses(3));
    expect(first.body.results.map(({ success }: { success: boolean }) => success)).toEqual([true, false, false]);
    expect(first.body.results[1].message).toBe("Too many invitations have been sent today. Try again later");
    const full = await send("max@example.test", { account: "acc_2" });
    expect(full).toEqual(refused(429, "rate_limited"));
    expect(full.headers.get("Retry-After")).toBe(String(DAY_S));
    expect((await send("max@example.test", { of: other })).body).toEqual(SENT);
    world.advance(DAY_MS);
    expect((await send("max@example.test")).body).toEqual(SENT);
  });
});

describe("many addresses", () => {
  test("KX6 each by itself, trimmed, lower-cased and once", async () => {
    const three = await bulk([" Kim@Example.test", "lea@example.test\n", "max@example.test", "KIM@example.test"]);
    expect(three).toEqual(
      answered(200, {
        success: true,
        message: "Successfully sent 3 out of 3 emails",
        results: ["kim", "lea", "max"].map((name) => ({
          email: `${name}@example.test`,
          success: true,
          message: "Email sent successfully",
        })),
        success_count: 3,
        total_count: 3,
      }),
    );
    const mixed = await bulk(["x", "kim@example.test", "MARA@example.test", "new@example.test"], {
      email: "mara@example.test",
    });
    expect(mixed.body).toEqual({
      success: true,
      message: "Successfully sent 1 out of 4 emails",
      results: [
        { email: "x", success: false, message: "Invalid email address" },
        { email: "kim@example.test", success: false, message: KNOWN.message },
        { email: "mara@example.test", success: false, message: "You cannot invite yourself" },
        { email: "new@example.test", success: true, message: "Email sent successfully" },
      ],
      success_count: 1,
      total_count: 4,
    });
    expect((await bulk(["x"])).body).toMatchObject({ success: false, success_count: 0, total_count: 1 });
    expect(await outboxOf(db, "friend_invitation")).toHaveLength(4);
  });

  test("KX6 the alias takes a list or one, and answers the same", async () => {
    const many = await call("email", { emails: ["kim@example.test", "x"] });
    expect(many.body).toMatchObject({ message: "Successfully sent 1 out of 2 emails" });
    const one = await call("email", { email: "lea@example.test" });
    expect(one.body).toEqual({
      success: true,
      message: "Successfully sent 1 out of 1 emails",
      results: [{ email: "lea@example.test", success: true, message: "Email sent successfully" }],
      success_count: 1,
      total_count: 1,
    });
    expect((await call("email", { email: "x" })).body).toMatchObject({ success: false, success_count: 0 });
    expect(await call("email", {})).toEqual(refused(400, "invalid_request", ["emails"]));
  });

  test("KX6 none and more than 20 are refused; beyond the day's 20 each fails by itself, however many calls at once", async () => {
    for (const emails of [[], addresses(21), "kim@example.test", [5], undefined]) {
      expect((await call("send-bulk", { emails })).status).toBe(400);
    }
    expect(await rowsOf(db, "friend_invitation")).toEqual([]);
    db.fault("repeated");
    const halves = [addresses(15), addresses(30).slice(15)];
    const answers = await Promise.all(halves.map((emails) => bulk(emails)));
    db.fault("none");
    expect(new Set(answers.map(({ body }) => body.success_count))).toEqual(new Set([15, 5]));
    const refusedOnes = answers.flatMap(({ body }) => body.results).filter(({ success }) => !success);
    expect(new Set(refusedOnes.map(({ message }) => message))).toEqual(
      new Set(["You can invite 20 people within 24 hours. Try again later"]),
    );
    expect(await outboxOf(db, "friend_invitation")).toHaveLength(20);
  });
});

describe("the mail", () => {
  test("KX8 invites in the name of who is vouched for, with link, product and bonus", async () => {
    await setCredits(world, app, { about: "A garden planner <b>for</b> small balconies.", referee_award: 250 });
    await send("kim@example.test", { email: "mara@example.test" });
    await world.runJobs();
    const [mail, ...more] = sentTo("kim@example.test");
    expect(more).toEqual([]);
    expect(mail?.subject).toBe("mara@example.test invites you to App 1");
    const link = await linkOf("acc_1");
    for (const words of [
      "mara@example.test uses App 1 and invites you to join.",
      "A garden planner <b>for</b> small balconies.",
      "Sign up through the link below and you get 250 credits.",
      `Accept the invitation:\n${link}`,
      "You get this mail because mara@example.test entered your address at App 1, which sends invitations by AgentLinks.",
      "Send me no more of these:",
    ]) {
      expect(mail?.text).toContain(words);
    }
    expect(mail?.headers?.["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
  });

  test("KX8 says what is so: nobody's name without a word for it, and no bonus where there is none", async () => {
    await setCredits(world, app, { referee_award: 0 });
    await send("kim@example.test");
    await world.runJobs();
    const [first] = sentTo("kim@example.test");
    expect(first?.subject).toBe("A friend invites you to App 1");
    expect(first?.text).not.toMatch(/credit/i);
    await setCredits(world, app, { referee_award: 1, qualifying_event: "first_payment" });
    await send("lea@example.test");
    await world.runJobs();
    expect(sentTo("lea@example.test")[0]?.text).toContain("you get 1 credit with your first payment.");
  });

  test("KX8 says what is so when it goes, and does not go once the program is off", async () => {
    await send("kim@example.test");
    const dead = await linkOf("acc_1");
    await asAccount(world, app, "acc_1").post("/api/v1/referrals/refresh");
    await setCredits(world, app, { share_url: "https://new.example.test/join/{code}", about: "Said later." });
    await world.runJobs();
    expect(await linkOf("acc_1")).not.toBe(dead);
    expect(sentTo("kim@example.test")[0]?.text).toContain(await linkOf("acc_1"));
    expect(sentTo("kim@example.test")[0]?.text).toContain("https://new.example.test/join/");
    expect(sentTo("kim@example.test")[0]?.text).toContain("Said later.");
    await send("lea@example.test");
    await setCredits(world, app, { accounts: "none" });
    await world.runJobs();
    expect(await outcomesOf(db, "friend_invitation")).toEqual(["sent", "obsolete"]);
    expect(await send("max@example.test")).toEqual(refused(403, "join_refused"));
  });

  test("KX8 no address stays once it has gone", async () => {
    await send("kim@example.test", { email: "mara@example.test" });
    expect(JSON.stringify(await outboxOf(db))).toContain("kim@");
    await world.runJobs();
    const kept = JSON.stringify(await dumpApp(db, app.id));
    for (const address of ["kim@", "mara@"]) expect(kept).not.toContain(address);
  });

  test("KX8 who unsubscribes gets no invitation of that app any more, whoever sends it, and the sender is not told", async () => {
    const other = await world.newApp();
    await send("kim@example.test");
    await world.runJobs();
    const link = unsubscribeLinkOf("kim@example.test");
    expect(decodeURIComponent(link)).not.toContain("kim@");
    const asked = await world.call(link);
    expect(asked.body).toContain("Do you want no more invitations to App 1, whoever sends them?");
    expect(await rowsOf(db, "friend_invitation_optout")).toEqual([]);
    for (let time = 0; time < 2; time++) {
      const stopped = await world.call(link, "List-Unsubscribe=One-Click", {
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
      });
      expect(stopped.status).toBe(200);
      expect(stopped.body).toContain("You will get no more invitations to App 1");
    }
    expect(await rowsOf(db, "friend_invitation_optout")).toHaveLength(1);
    expect((await send("KIM@example.test", { account: "acc_2" })).body).toEqual(SENT);
    await send("lea@example.test", { account: "acc_2" });
    await send("kim@example.test", { of: other });
    await world.runJobs();
    const outcomes = await outcomesOf(db, "friend_invitation");
    expect(outcomes.toSorted((one, two) => String(one).localeCompare(String(two)))).toEqual([
      "opted_out",
      "sent",
      "sent",
      "sent",
    ]);
    expect(subjectsTo("kim@example.test")).toEqual(["A friend invites you to App 1", "A friend invites you to App 2"]);
  });

  test("KX8 a link to unsubscribe that we did not sign changes nothing", async () => {
    const other = await world.newApp();
    await send("kim@example.test");
    await send("lea@example.test");
    await world.runJobs();
    const link = unsubscribeLinkOf("kim@example.test");
    const [, theirs = ""] = /address=(\w+)/.exec(unsubscribeLinkOf("lea@example.test")) ?? [];
    for (const forged of [
      link.replace(/address=\w+/, `address=${theirs}`),
      link.replace(app.id, other.id),
      link.replace("address=", "creator="),
      link.replace("friend_invitation", "weekly_digest"),
      link.replace(/sig=./, "sig=x"),
      link.replace(/&sig=.*/, ""),
    ]) {
      expect(forged).not.toBe(link);
      expect((await world.call(forged)).status).toBe(404);
      expect((await world.call(forged, "", { method: "POST" })).status).toBe(404);
    }
    expect(await rowsOf(db, "friend_invitation_optout")).toEqual([]);
  });

  test("KX8 nobody's name is left of an account that is erased, nor does its mail go, and what it sent still counts", async () => {
    await bulk(["kim@example.test", "lea@example.test"], { email: "mara@example.test" });
    await send("max@example.test", { account: "acc_2" });
    db.fault("repeated");
    const erased = await world.call("/api/v1/customers/acc_1", undefined, { key: app.key, method: "DELETE" });
    db.fault("none");
    expect(erased.status).toBe(204);
    const kept = JSON.stringify([await rowsOf(db, "friend_invitation"), await rowsOf(db, "outbox")]);
    for (const name of ["acc_1", "kim@", "lea@", "mara@"]) expect(kept).not.toContain(name);
    await world.runJobs();
    expect(world.mails().map(({ to }) => to)).toContain("max@example.test");
    expect([...sentTo("kim@example.test"), ...sentTo("lea@example.test")]).toEqual([]);
    expect(await rowsOf(db, "friend_invitation")).toHaveLength(3);
    const lines = (await rowsOf(db, "audit")).filter(({ action }) => action === "customer.erased");
    expect(lines).toHaveLength(1);
  });
});

interface Caller {
  readonly account?: string;
  /** Their address, where the app vouches for it. */
  readonly email?: string;
  readonly of?: TestApp;
}

async function call(path: string, body: unknown, { account = "acc_1", email, of = app }: Caller = {}): Promise<Answer> {
  const route = `/api/v1/referrals/${path}`;
  if (email !== undefined) return world.call(route, body, { key: await tokenOf(world, of, account, email) });
  return world.call(route, body, { key: of.key, headers: { "X-Account-Id": account } });
}

function send(email: unknown, caller?: Caller): Promise<Answer> {
  return call("send", { email }, caller);
}

function bulk(emails: readonly string[], caller?: Caller): Promise<Answer> {
  return call("send-bulk", { emails }, caller);
}

function addresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `friend${at + 1}@example.test`);
}

/** What other accounts of the app have sent just now. */
async function sendByOthers(count: number): Promise<void> {
  const sql = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
    INSERT INTO friend_invitation (app, account, address, id, created_at)
    SELECT ?1, 'other' || i, printf('%032d', i), 'finv_' || i, ?3 FROM n`;
  await db.batch([{ sql, args: [app.id, BigInt(count), BigInt(world.deps.now())] }]);
}

async function linkOf(account: string): Promise<string> {
  return (await asAccount(world, app, account).get("/api/v1/referrals/code")).body.referral_url;
}

function sentTo(address: string) {
  return world.mails().filter(({ to }) => to === address);
}

function subjectsTo(address: string): readonly string[] {
  return sentTo(address).map(({ subject }) => subject);
}

/** The path of the link by which an address unsubscribes. */
function unsubscribeLinkOf(address: string): string {
  const header = sentTo(address).at(-1)?.headers?.["List-Unsubscribe"];
  return /^<https:\/\/links\.example\.test(\/\S+)>$/.exec(header ?? "")?.[1] ?? expect.fail("there is no link");
}
