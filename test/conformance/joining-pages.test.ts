import { beforeEach, describe, expect, test } from "vitest";
import { addCreator, moveTo, setProgram, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { enterCode, joinAs, seenOn, sendForm, wordsOn } from "../support/joining.ts";
import { openVisitor } from "../support/visitor.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const KIM = "kim@example.test";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("the page of a program", () => {
  test("AR25 says in words and numbers what one earns, and whose terms those are", async () => {
    await put("/api/v1/app/terms", { text: "Be honest.\n<b>No</b> coupons." });
    await put("/api/v1/app/tag", { cookie_days: 30, attribution: "first" });
    await put("/api/v1/app/payouts", { schedule: "weekly", schedule_day: 3 });
    await setProgram(world, app, { max_months: 12, new_customers_only: true });
    const shown = await openVisitor(world).get(`/join/${app.id}`);
    expect(shown.status).toBe(200);
    const words = wordsOn(shown);
    for (const said of [
      "You get 28.50 USD of every 100.00 USD that a customer pays",
      "Commission, 30 % 30.00 USD Platform fee, 5 % of it −1.50 USD You get 28.50 USD",
      "in the first 12 months after signing up. Customers who were there before do not count.",
      "30 days after a visit. If somebody comes by several links, the first one counts.",
      "14 days. Until then a payment may still be refunded.",
      "From 50.00 USD on, every Wednesday, or when you ask for it.",
      "Your link works at once.",
      "Version 1, of 15 Jan 2026",
      "I accept what this page says, and the terms of App 1",
    ]) {
      expect(words).toContain(said);
    }
    expect(shown.text).toContain('<p class="lines">Be honest.\n&lt;b&gt;No&lt;/b&gt; coupons.</p>');
  });

  test("AR25 the net rate is rounded down as the books do it, in the app's currency", async () => {
    const yen = await world.newApp({ currency: "jpy", percent: 7.77 });
    const words = wordsOn(await openVisitor(world).get(`/join/${yen.id}`));
    expect(words).toContain("You get 739 JPY of every 10,000 JPY");
    expect(words).toContain("From 50 JPY on, when you ask for it.");
  });

  test.each(["app_none", "app_%00", "nothing", "app_1%2F..", `app_${"x".repeat(100)}`])(
    "AR25 of no app is not there: %s",
    async (id) => {
      expect((await openVisitor(world).get(`/join/${id}`)).status).toBe(404);
      expect((await openVisitor(world).post(`/join/${id}`, { email: KIM, accept: "1" })).status).toBe(404);
      expect(world.mails()).toEqual([]);
    },
  );

  test("AR1 AR25 is not there while the promoters' side is off", async () => {
    const operator = { key: world.operatorKey, method: "PATCH" };
    await world.call(`/api/v1/apps/${app.id}`, { enable_platform_referrals: false }, operator);
    const visitor = openVisitor(world);
    expect((await visitor.get(`/join/${app.id}`)).status).toBe(404);
    expect((await visitor.post(`/join/${app.id}`, { email: KIM, accept: "1", seen: "x" })).status).toBe(404);
    expect((await visitor.post(`/join/${app.id}/code`, { code: "123456" })).status).toBe(404);
    expect(world.mails()).toEqual([]);
  });
});

describe("joining by page", () => {
  test("AR4 AR25 by e-mail and code: once, with what was accepted, its version and the time", async () => {
    await put("/api/v1/app/terms", { text: "Be honest." });
    const visitor = openVisitor(world);
    const joined = await joinAs(world, visitor, {
      app,
      email: " Kim@Example.test",
      filled: { name: "Kim", ref: "Kim42" },
    });
    expect(joined).toMatchObject({ status: 303, location: `/referrals/${app.id}?done=joined` });
    const [kim, ...others] = await newcomers();
    expect(others).toEqual([]);
    expect(kim).toMatchObject({ email: KIM, name: "Kim", ref: "Kim42", status: "active", account_id: null });
    expect(await acceptances()).toEqual([
      {
        app: app.id,
        affiliate: kim.id,
        version: 1,
        accepted_at: world.deps.now(),
        shown: {
          rate_bps: 3000,
          fee_bps: 500,
          net_bps: 2850,
          holding_days: 14,
          cookie_days: 60,
          max_months: null,
          currency: "usd",
          minimum_cents: 5000,
        },
      },
    ]);
    const portal = await visitor.get(joined.location ?? "");
    expect(portal.status).toBe(200);
    expect(wordsOn(portal)).toContain("You are in.");
    expect((await visitor.get(`/join/${app.id}`)).location).toBe(`/referrals/${app.id}`);
    const signup = { ref: "kim42", user_id: "u1" };
    expect((await world.call("/api/track/signup", signup)).status).toBe(200);
    const line = (await rowsOf(world.db, "audit")).find((row) => row["action"] === "affiliate.joined");
    expect(line).toMatchObject({ object: kim.id, actor: expect.stringMatching(/^user:usr_/) });
  });

  test("AR4 AR25 signed in it is one button; twice at once, and again, is one affiliate and one acceptance", async () => {
    const visitor = openVisitor(world);
    await visitor.signIn(KIM);
    const shown = await visitor.get(`/join/${app.id}`);
    expect(shown.text).not.toContain('name="email"');
    const form = { accept: "1", seen: seenOn(shown), email: "somebody.else@example.test" };
    const answers = await Promise.all([1, 2, 3].map(() => visitor.post(`/join/${app.id}`, form)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect((await visitor.post(`/join/${app.id}`, form)).location).toBe(`/referrals/${app.id}`);
    expect((await newcomers()).map(({ email }) => email)).toEqual([KIM]);
    expect(await acceptances()).toHaveLength(1);
    expect((await acceptances())[0]).toMatchObject({ version: 0 });
  });

  test("AR4 AR25 a code sent twice at once joins once", async () => {
    const visitor = openVisitor(world);
    await sendForm(visitor, app, { email: KIM });
    const answers = await Promise.all([1, 2].map(() => enterCode(world, visitor, { app, email: KIM })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 400]);
    expect(await newcomers()).toHaveLength(1);
    expect(await acceptances()).toHaveLength(1);
    expect((await visitor.get(`/join/${app.id}/code`)).location).toBe(`/join/${app.id}`);
  });

  test("AR4 AR25 who is known by that e-mail is the first one, and accepts for themselves", async () => {
    const creator = await addCreator(world, app, "kim");
    const joined = await joinAs(world, openVisitor(world), { app, email: KIM, filled: { ref: "another" } });
    expect(joined.location).toBe(`/referrals/${app.id}`);
    expect((await newcomers()).map(({ id, ref }) => ({ id, ref }))).toEqual([{ id: creator.affiliateId, ref: "kim" }]);
    expect(await acceptances()).toMatchObject([{ affiliate: creator.affiliateId, version: 0 }]);
  });

  test("AR25 where the owner approves by hand they apply, and may accept the next terms without another application", async () => {
    await setProgram(world, app, { approval: "manual" });
    const visitor = openVisitor(world);
    expect(wordsOn(await visitor.get(`/join/${app.id}`))).toContain("Your link works once they have said yes.");
    const joined = await joinAs(world, visitor, { app, email: KIM });
    expect((await newcomers()).map(({ status }) => status)).toEqual(["applied"]);
    expect(wordsOn(await visitor.get(joined.location ?? ""))).toContain("Your application is in review");
  });

  test.each([
    ["no address", { email: "kim" }, "Enter a whole e-mail address"],
    ["no acceptance", { accept: "" }, "Tick the box to join."],
    ["a code of one character", { ref: "a" }, "Use 3 to 32 letters"],
    ["a name of two lines", { name: "a\nb" }, "Use at most 100 characters"],
  ])("AR25 takes nothing with %s, and says what is wrong", async (_, filled, said) => {
    const sent = await sendForm(openVisitor(world), app, { email: KIM, ...filled });
    expect(sent.status).toBe(400);
    expect(wordsOn(sent)).toContain(said);
    expect(world.mails()).toEqual([]);
  });

  test("AR25 a code somebody else has is said once they have proven who they are, and another may be chosen", async () => {
    const visitor = openVisitor(world);
    const refused = await joinAs(world, visitor, { app, email: KIM, filled: { ref: app.ref, name: "Kim" } });
    expect(refused.status).toBe(400);
    expect(wordsOn(refused)).toContain("Somebody else has this code.");
    expect(refused.text).toContain('value="Kim"');
    expect(await newcomers()).toEqual([]);
    expect((await sendForm(visitor, app, { ref: "mine" })).status).toBe(303);
    expect((await newcomers()).map(({ ref }) => ref)).toEqual(["mine"]);
  });

  test("AR25 what has changed since it was shown is looked at again before it is accepted", async () => {
    const visitor = openVisitor(world);
    await sendForm(visitor, app, { email: KIM });
    await put("/api/v1/app/terms", { text: "No coupons." });
    const changed = await enterCode(world, visitor, { app, email: KIM });
    expect(wordsOn(changed)).toContain("The program has changed since you saw it.");
    expect(wordsOn(changed)).toContain("No coupons.");
    expect(await newcomers()).toEqual([]);
    await sendForm(visitor, app);
    expect(await acceptances()).toMatchObject([{ version: 1 }]);
  });

  test("AR25 a wrong code joins nobody", async () => {
    const visitor = openVisitor(world);
    await sendForm(visitor, app, { email: KIM });
    expect((await visitor.post(`/join/${app.id}/code`, { code: "00000" })).status).toBe(400);
    expect(await newcomers()).toEqual([]);
    // What was filled in for one program joins no other.
    const other = await world.newApp();
    expect((await visitor.post(`/join/${other.id}/code`, { code: "123456" })).location).toBe(`/join/${other.id}`);
  });
});

describe("who may not join", () => {
  test.each([
    ["a program that takes nobody", { accounts: "none" }, "takes nobody at the moment"],
    ["one for listed accounts", { accounts: "listed" }, "for people who were invited"],
    ["another country", { countries: ["NL"] }, "not open where you are"],
  ])("AR5 AR25 is told why, and nothing is written but the refusal: %s", async (_, policy, said) => {
    await put("/api/v1/app/join", policy);
    const headers = { "X-Test-Country": "DE" };
    const visitor = openVisitor(world);
    await visitor.signIn(KIM);
    const before = await dumpDatabase(world.db);
    const refused = await sendForm(visitor, app, {}, headers);
    expect(refused.status).toBe(403);
    expect(wordsOn(refused)).toContain(said);
    expect(await dumpDatabase(world.db)).toEqual(before);
    await expect
      .poll(async () => (await rowsOf(world.db, "drop")).map(({ kind, user_id }) => ({ kind, user_id })))
      .toEqual([{ kind: "join", user_id: null }]);
  });

  test("AR5 AR25 from a country on the list they join", async () => {
    await put("/api/v1/app/join", { countries: ["NL"] });
    const headers = { "X-Test-Country": "NL" };
    expect((await joinAs(world, openVisitor(world), { app, email: KIM, headers })).status).toBe(303);
    expect(await newcomers()).toHaveLength(1);
  });

  test("AR25 suspended or revoked they see their state, and no other affiliate", async () => {
    for (const status of ["suspended", "revoked"]) {
      const creator = await addCreator(world, app, status);
      await setStatus(world, creator, status);
      const visitor = openVisitor(world);
      const joined = await joinAs(world, visitor, { app, email: `${status}@example.test` });
      expect(joined.location).toBe(`/referrals/${app.id}`);
      const said = status === "revoked" ? "This program has ended for you" : "Your payouts are paused";
      expect(wordsOn(await visitor.get(joined.location ?? ""))).toContain(said);
    }
    expect(await newcomers()).toHaveLength(2);
    expect((await acceptances()).map(({ version }) => version)).toEqual([0]);
  });

  test("AR25 a stranger learns of nobody whether they are with a program", async () => {
    await addCreator(world, app, "kim");
    const answers = [];
    for (const email of [KIM, "nobody@example.test"]) {
      const visitor = openVisitor(world);
      const sent = await sendForm(visitor, app, { email });
      const page = await visitor.get(sent.location ?? "");
      answers.push([sent.status, sent.location, page.text.replaceAll(email, "?")]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(await acceptances()).toEqual([]);
  });
});

describe("an invitation", () => {
  test("AR25 joins past policy and approval, at its rate, and is open no more", async () => {
    await put("/api/v1/app/join", { accounts: "none", countries: ["NL"] });
    await setProgram(world, app, { approval: "manual" });
    await invite({ email: KIM, name: "Kim", commission_percent: 40 });
    const visitor = openVisitor(world);
    await visitor.signIn(KIM);
    const words = wordsOn(await visitor.get(`/join/${app.id}`));
    expect(words).toContain("You get 38.00 USD of every 100.00 USD");
    expect(words).toContain("App 1 invited you.");
    expect((await sendForm(visitor, app)).status).toBe(303);
    const [kim] = await newcomers();
    expect(kim).toMatchObject({ status: "active", commission_percent: 40, name: "Kim" });
    expect(await acceptances()).toMatchObject([{ shown: { rate_bps: 4000, net_bps: 3800 } }]);
    const { invitations } = (await world.call("/api/v1/invitations", undefined, { key: app.key })).body;
    expect(invitations).toMatchObject([{ email: KIM, accepted_at: "2026-01-15T12:00:00.000Z" }]);
    const lead = { ref: kim.ref, user_id: "u1", amount_cents: 10_000 };
    const paid = await world.call("/api/track/conversion", lead, { key: app.key });
    expect(paid.body.commission).toMatchObject({ net_commission_cents: 3_800 });
  });

  test("AR25 is shown with its own rate before it is accepted: who came signed out looks again", async () => {
    await invite({ email: KIM, commission_percent: 40 });
    const visitor = openVisitor(world);
    expect(wordsOn(await visitor.get(`/join/${app.id}`))).toContain("You get 28.50 USD");
    const again = await joinAs(world, visitor, { app, email: KIM });
    expect(wordsOn(again)).toContain("You get 38.00 USD");
    expect(await newcomers()).toEqual([]);
    await sendForm(visitor, app);
    expect(await newcomers()).toMatchObject([{ commission_percent: 40 }]);
  });

  test("AR25 is its address's alone: not another's with its link, nor a backend's that only names it", async () => {
    await setProgram(world, app, { approval: "manual" });
    await invite({ email: KIM, commission_percent: 40 });
    const visitor = openVisitor(world);
    await visitor.signIn("eve@example.test");
    expect(wordsOn(await visitor.get(`/join/${app.id}`))).toContain("You get 28.50 USD");
    await sendForm(visitor, app, { email: KIM });
    world.advance(1);
    const join = { account_id: "acc_1", email: KIM };
    await world.call("/api/v1/affiliates/join", join, { key: app.key });
    expect(await newcomers()).toMatchObject([
      { email: "eve@example.test", status: "applied", commission_percent: 30 },
      { email: KIM, status: "applied", commission_percent: 30 },
    ]);
  });

  test("AR25 one taken back, or of another app, is none", async () => {
    await put("/api/v1/app/join", { accounts: "none" });
    const other = await world.newApp();
    await world.call("/api/v1/invitations", { email: KIM }, { key: other.key });
    const { id } = (await invite({ email: KIM })).body.invitation;
    await world.call(`/api/v1/invitations/${id}`, undefined, { key: app.key, method: "DELETE" });
    expect((await joinAs(world, openVisitor(world), { app, email: KIM })).status).toBe(403);
    expect(await newcomers()).toEqual([]);
  });
});

describe("the creator's page", () => {
  test("AR6 AR8 AR9 AL36 shows the link, the hint, and the money that the API tells", async () => {
    const mara = await addCreator(world, app, "mara");
    const pay = (more: Json) =>
      world.call("/api/track/conversion", { ref: "mara", amount_cents: 10_000, ...more }, { key: more.key });
    await pay({ user_id: "u1", key: app.key });
    moveTo(world, "2026-01-31T00:00:00Z");
    await pay({ user_id: "u2", key: app.key });
    const { conversion_id: held } = (await pay({ user_id: "u3", key: app.key, amount_cents: 20_000 })).body;
    await world.call(`/api/v1/conversions/${held}/hold`, { reason: "a test" }, { key: app.key });
    const visitor = openVisitor(world);
    await visitor.signIn("mara@example.test");
    const shown = await visitor.get(`/referrals/${app.id}`);
    const words = wordsOn(shown);
    expect(shown.text).toContain('value="https://shop.example.test/?ref=mara"');
    expect(words).toContain("Friends enter referral code “mara” at checkout when paying for App 1.");
    for (const stat of [
      "Available 28.50 USD",
      "Pending 28.50 USD 28.50 USD on 14 Feb 2026",
      "Frozen 57.00 USD",
      "Paid 0.00 USD 114.00 USD earned in all",
    ]) {
      expect(words).toContain(stat);
    }
    const balance = await world.balance(mara);
    expect(balance).toMatchObject({ available_cents: 2_850, pending_cents: 2_850, held_cents: 5_700, paid_cents: 0 });
  });

  test("AR10 lists commissions by status, and why each is so", async () => {
    const mara = await addCreator(world, app, "mara");
    const first = { ref: "mara", user_id: "u1", amount_cents: 10_000, payment_ref: "in_1" };
    await world.call("/api/track/conversion", first, { key: app.key });
    await world.call("/api/track/conversion", { ...first, user_id: "u2", payment_ref: "in_2" }, { key: app.key });
    await world.call("/api/track/refund", { payment_ref: "in_1" }, { key: app.key });
    const visitor = openVisitor(world);
    await visitor.signIn("mara@example.test");
    const path = `/referrals/${app.id}/commissions`;
    const own = { key: app.key };
    for (const [status, word] of [
      ["pending", "Pending"],
      ["cancelled", "Cancelled"],
    ] as const) {
      const page = await visitor.get(`${path}?status=${status}&currency=`);
      const told = await world.call(
        `/api/v1/affiliates/${mara.affiliateId}/commissions?status=${status}`,
        undefined,
        own,
      );
      const ids = told.body.commissions.map(({ id }: Json) => id);
      expect(ids).toHaveLength(1);
      expect([...page.text.matchAll(/commissions\/(conv_[\w-]+)/g)].map((match) => match[1])).toEqual(ids);
      expect(page.text).toMatch(new RegExp(`class="badge[^"]*">${word}<`));
      expect(wordsOn(await visitor.get(`${path}/${ids[0]}`))).toContain("How it adds up");
    }
    expect((await visitor.get(`${path}?status=none`)).status).toBe(400);
  });
});

/** The app's affiliates but for the one it begins with, oldest first. */
async function newcomers(): Promise<readonly Json[]> {
  const { affiliates } = (await world.call("/api/v1/affiliates", undefined, { key: app.key })).body;
  return affiliates.filter(({ id }: Json) => id !== app.affiliateId);
}

async function acceptances(): Promise<readonly Json[]> {
  const rows = await rowsOf(world.db, "terms_acceptance");
  return rows.map((row) => ({ ...row, shown: JSON.parse(String(row["shown"])) }));
}

async function put(path: string, body: object): Promise<void> {
  const done = await world.call(path, body, { key: app.key, method: "PUT" });
  if (done.status !== 200) throw new Error(`not put: ${JSON.stringify(done.body)}`);
}

function invite(body: object): Promise<Answer> {
  return world.call("/api/v1/invitations", body, { key: app.key });
}
