import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused, refusedSomehow } from "../support/answers.ts";
import { addCreator } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { asAccount, codeOf, creditsOf, redeem, setCredits } from "../support/friends.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const DAY = 86_400_000;

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("a code", () => {
  test("KX1 KX2 KX7 every account has one, made on first need, with the link that the script reads", async () => {
    const first = await asAccount(world, app, "acc_1").get("/api/v1/referrals/code");
    const code = first.body.referral_code;
    expect(code).toMatch(/^[a-z0-9]{8}$/);
    expect(first).toEqual(
      answered(200, { referral_code: code, referral_url: `https://shop.example.test/auth?ref=${code}` }),
    );
    expect(await asAccount(world, app, "acc_1").get("/api/v1/referrals/code")).toEqual(answered(200, first.body));
    expect(await codeOf(world, app, "acc_2")).not.toBe(code);
    const click = await world.call("/api/track/click", { ref: code, app_id: app.id });
    expect(click.body).toEqual({ tracked: true });
    await world.call("/api/v1/app", { domain: null }, { key: app.key, method: "PATCH" });
    const bare = await asAccount(world, app, "acc_1").get("/api/v1/referrals/code");
    expect(bare.body.referral_url).toBe(`https://links.example.test/auth?ref=${code}`);
    await setCredits(world, app, { share_url: "https://app.example.test/join/{code}" });
    const templated = await asAccount(world, app, "acc_1").get("/api/v1/referrals/code");
    expect(templated.body.referral_url).toBe(`https://app.example.test/join/${code}`);
  });

  test("KX1 many first requests at once make one code", async () => {
    const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(world, app, "acc_1")));
    expect(new Set(codes).size).toBe(1);
    expect((await rowsOf(world.db, "code")).filter(({ account }) => account === "acc_1")).toHaveLength(1);
  });

  test("KX3 KX4 refreshed, the old one is dead for new friends and pending ones, and nobody gets it again", async () => {
    const old = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code: old, referred_account_id: "before" });
    await redeem(world, app, { code: old, referred_account_id: "waits", pending: true });
    const refreshed = await asAccount(world, app, "acc_1").post("/api/v1/referrals/refresh");
    const fresh = refreshed.body.new_code;
    expect(refreshed).toEqual(
      answered(200, {
        success: true,
        old_code: old,
        new_code: expect.stringMatching(/^[a-z0-9]{8}$/),
        message: "Referral code refreshed successfully",
      }),
    );
    expect(fresh).not.toBe(old);
    expect(await codeOf(world, app, "acc_1")).toBe(fresh);
    expect((await redeem(world, app, { code: old, referred_account_id: "after" })).body).toMatchObject({
      success: false,
      message: "Invalid referral code",
      credits_awarded: 0,
    });
    const completed = await world.call(
      "/api/v1/referrals/complete",
      { referred_account_id: "waits" },
      { key: app.key },
    );
    expect(completed.body).toMatchObject({ success: false, message: "The referral code is no longer valid" });
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
    expect((await world.call("/api/track/click", { ref: old })).body).toEqual({ tracked: false });
    const taken = { ref: old, email: "x@example.test" };
    expect(await world.call("/api/v1/affiliates", taken, { key: app.key })).toEqual(refused(409, "code_unavailable"));
  });

  test("KX3 20 times a day, for each code stays for ever", async () => {
    const mine = asAccount(world, app, "acc_1");
    for (let times = 0; times < 20; times++) expect((await mine.post("/api/v1/referrals/refresh")).status).toBe(200);
    const code = await codeOf(world, app, "acc_1");
    expect(await mine.post("/api/v1/referrals/refresh")).toEqual(refused(429, "rate_limited"));
    expect(await codeOf(world, app, "acc_1")).toBe(code);
    world.advance(DAY);
    expect((await mine.post("/api/v1/referrals/refresh")).status).toBe(200);
  });

  test("KX3 the shipped client's path answers the new code and its link", async () => {
    await codeOf(world, app, "acc_1");
    const { body } = await asAccount(world, app, "acc_1").post("/api/v1/referrals/code/refresh");
    expect(body).toEqual({
      referral_code: expect.stringMatching(/^[a-z0-9]{8}$/),
      referral_url: `https://shop.example.test/auth?ref=${body.referral_code}`,
    });
    expect(await codeOf(world, app, "acc_1")).toBe(body.referral_code);
  });

  test("KX12 KX13 KX27 validated in any case, by either name; one's own and an unknown one are not", async () => {
    const code = await codeOf(world, app, "acc_1");
    const other = asAccount(world, app, "acc_2");
    const valid = { valid: true, referrer_id: "acc_1" };
    expect((await other.post("/api/v1/referrals/validate", { code: code.toUpperCase() })).body).toEqual(valid);
    expect((await other.post("/api/v1/referrals/validate", { referral_code: code })).body).toEqual(valid);
    const invalid = { valid: false, message: expect.any(String) };
    expect((await other.post("/api/v1/referrals/validate", { code: "nobodys1" })).body).toEqual(invalid);
    expect((await other.post("/api/v1/referrals/validate", { code: "no code at all!" })).body).toEqual(invalid);
    const own = await asAccount(world, app, "acc_1").post("/api/v1/referrals/validate", { code });
    expect(own.body).toEqual(invalid);
    expect(await other.post("/api/v1/referrals/validate", {})).toEqual(refusedSomehow(400, "invalid_request"));
  });
});

describe("a redemption", () => {
  test("KX14 KX15 AR13 both sides get 100 credits at once, and say why they have them", async () => {
    const code = await codeOf(world, app, "acc_1");
    const redeemed = await redeem(world, app, { code: code.toUpperCase(), referred_account_id: "acc_2" });
    expect(redeemed).toEqual(
      answered(200, {
        success: true,
        message: "Referral code redeemed successfully",
        credits_awarded: 100,
        referee_credits_awarded: 100,
        redemption_id: anyId("rdm"),
      }),
    );
    const mine = await asAccount(world, app, "acc_1").get("/api/v1/credits");
    const reference = redeemed.body.redemption_id;
    expect(mine.body).toEqual({
      balance: 100,
      total_awarded: 100,
      total_revoked: 0,
      total_spent: 0,
      entries: [
        { id: `referrer_award-${reference}`, kind: "referrer_award", amount: 100, reference, created_at: at(0) },
      ],
      next_cursor: null,
    });
    expect(await creditsOf(world, app, "acc_2")).toBe(100);
    const told = (await rowsOf(world.db, "event")).map(({ kind }) => String(kind));
    expect(told.filter((kind) => !kind.startsWith("affiliate.")).toSorted()).toEqual([
      "credit.awarded",
      "credit.awarded",
      "referral.completed",
    ]);
  });

  test("AR15 repeated it answers the same and credits nothing more, whatever the clock says", async () => {
    const code = await codeOf(world, app, "acc_1");
    const first = await redeem(world, app, { code, referred_account_id: 4711 });
    world.advance(DAY);
    const again = await redeem(world, app, { code, referred_account_id: "4711" });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
    expect(await creditsOf(world, app, "4711")).toBe(100);
  });

  test("KX19 KX20 one's own code is refused, and an account is referred once, ever", async () => {
    const [mine, other] = [await codeOf(world, app, "acc_1"), await codeOf(world, app, "acc_3")];
    expect((await redeem(world, app, { code: mine, referred_account_id: "acc_1" })).body).toMatchObject({
      success: false,
      message: "You cannot use your own referral code",
      credits_awarded: 0,
      referee_credits_awarded: 0,
    });
    await redeem(world, app, { code: mine, referred_account_id: "acc_2" });
    expect((await redeem(world, app, { code: other, referred_account_id: "acc_2" })).body).toMatchObject({
      success: false,
      message: "This account has already been referred",
      credits_awarded: 0,
    });
    expect(await creditsOf(world, app, "acc_3")).toBe(0);
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
  });

  test("KX19 two accounts of one e-mail are one person", async () => {
    const owner = { account_id: "acc_1", email: "Mara@example.test" };
    await world.call("/api/v1/tokens", owner, { key: app.key });
    const code = await codeOf(world, app, "acc_1");
    const self = { code, referred_account_id: "acc_2", email: " mara@Example.test" };
    expect((await redeem(world, app, self)).body).toMatchObject({ success: false, credits_awarded: 0 });
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
  });

  test("KX19 nor by e-mails that were told before, of either, and before a pending one is completed", async () => {
    const tell = (account_id: string) =>
      world.call("/api/v1/tokens", { account_id, email: "mara@example.test" }, { key: app.key });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "waits", email: "mara@example.test", pending: true });
    await tell("acc_1");
    await tell("acc_2");
    expect((await redeem(world, app, { code, referred_account_id: "acc_2" })).body.success).toBe(false);
    const late = await world.call("/api/v1/referrals/complete", { referred_account_id: "waits" }, { key: app.key });
    expect(late.body.success).toBe(false);
    expect(await rowsOf(world.db, "credit_entry")).toEqual([]);
  });

  test("KX20 ten at once of one account, by ten codes, end in one", async () => {
    const codes = await Promise.all(Array.from({ length: 10 }, (_, n) => codeOf(world, app, `acc_${n}`)));
    const answers = await Promise.all(codes.map((code) => redeem(world, app, { code, referred_account_id: "friend" })));
    expect(answers.filter(({ body }) => body.success)).toHaveLength(1);
    expect(await creditsOf(world, app, "friend")).toBe(100);
    const balances = await Promise.all(codes.map((_, n) => creditsOf(world, app, `acc_${n}`)));
    expect(balances.toSorted((a, b) => b - a)).toEqual([100, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("KX15 AR14 pending, then completed once: code, cap and time are checked then", async () => {
    const code = await codeOf(world, app, "acc_1");
    const pending = await redeem(world, app, { code, referred_account_id: "acc_2", pending: true });
    expect(pending.body).toMatchObject({ success: true, credits_awarded: 0, referee_credits_awarded: 0 });
    expect(await creditsOf(world, app, "acc_2")).toBe(0);
    const complete = () => world.call("/api/v1/referrals/complete", { referred_account_id: "acc_2" }, { key: app.key });
    const completed = await complete();
    expect(completed.body).toMatchObject({ success: true, credits_awarded: 100, referee_credits_awarded: 100 });
    world.advance(1_000);
    const again = await complete();
    expect(again.body).toEqual(completed.body);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
    const nobody = await world.call("/api/v1/referrals/complete", { referred_account_id: "x" }, { key: app.key });
    expect(nobody.body).toMatchObject({ success: false, message: "This account has no pending referral" });
  });

  test("KX15 one that waited too long is not completed", async () => {
    await setCredits(world, app, { pending_days: 30 });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "acc_2", pending: true });
    world.advance(30 * DAY);
    const late = await world.call("/api/v1/referrals/complete", { referred_account_id: "acc_2" }, { key: app.key });
    expect(late.body).toMatchObject({ success: false, message: "The referral has expired", credits_awarded: 0 });
    const { body } = await asAccount(world, app, "acc_1").get("/api/v1/referrals/history");
    expect(body).toMatchObject([{ status: "pending", credits_awarded: 0, reason: "expired" }]);
  });

  test("AR7 an account that joined somebody's team does not qualify, and may come by a code later", async () => {
    const code = await codeOf(world, app, "acc_1");
    const invited = { code, referred_account_id: "acc_2", new_workspace: false };
    expect((await redeem(world, app, invited)).body).toMatchObject({ success: false, redemption_id: null });
    expect((await redeem(world, app, { ...invited, new_workspace: true })).body).toMatchObject({ success: true });
  });

  test("AR15 whatever stands against it is a 200 that says so; what is no call at all is a 400", async () => {
    const answer = await redeem(world, app, { code: "nobodys1", referred_account_id: "acc_2" });
    expect(answer).toEqual(
      answered(200, {
        success: false,
        message: "Invalid referral code",
        credits_awarded: 0,
        referee_credits_awarded: 0,
        redemption_id: null,
      }),
    );
    for (const body of [{}, { code: "x" }, { code: "x", referred_account_id: "" }]) {
      expect(await world.call("/api/v1/referrals/redeem", body, { key: app.key })).toEqual(
        refusedSomehow(400, "invalid_request"),
      );
    }
    expect(await rowsOf(world.db, "redemption")).toEqual([]);
  });

  test("AR15 nobody's signup fails by a code, e-mail or country that makes no sense", async () => {
    const code = await codeOf(world, app, "acc_1");
    for (const odd of [undefined, null, 7, "", "x".repeat(2_000), "a b\n"]) {
      const answer = await redeem(world, app, { code: odd, referred_account_id: "acc_2" });
      expect([odd, answer.status, answer.body.message]).toEqual([odd, 200, "Invalid referral code"]);
    }
    const odd = { email: "no address", country: "T1", pending: null, new_workspace: null };
    expect((await redeem(world, app, { code, referred_account_id: "acc_2", ...odd })).body.success).toBe(true);
  });
});

describe("the cap", () => {
  test("KX16 KX17 KX18 at 9,950 of 10,000 a friend brings 50, and after that nothing; the friend keeps the bonus", async () => {
    await setCredits(world, app, { referrer_award: 9_950 });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f0" });
    await setCredits(world, app, { referrer_award: 100 });
    const part = await redeem(world, app, { code, referred_account_id: "f1" });
    expect(part.body).toMatchObject({ success: true, credits_awarded: 50, referee_credits_awarded: 100 });
    const over = await redeem(world, app, { code, referred_account_id: "f2" });
    expect(over.body).toMatchObject({
      success: false,
      message: "Maximum earnable credits limit reached: $100.00",
      credits_awarded: 0,
      referee_credits_awarded: 100,
    });
    expect(await creditsOf(world, app, "acc_1")).toBe(10_000);
    const other = await codeOf(world, app, "acc_9");
    expect((await redeem(world, app, { code: other, referred_account_id: "f2" })).body).toMatchObject({
      success: false,
      message: "This account has already been referred",
    });
    await setCredits(world, app, { bonus_when_capped: false });
    const bare = await redeem(world, app, { code, referred_account_id: "f3" });
    expect(bare.body).toMatchObject({ success: false, credits_awarded: 0, referee_credits_awarded: 0 });
  });

  test("KX18 fifty redemptions at once at 9,950 end on exactly 10,000", async () => {
    await setCredits(world, app, { referrer_award: 9_950 });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f" });
    await setCredits(world, app, { referrer_award: 100 });
    const calls = Array.from({ length: 50 }, (_, n) => redeem(world, app, { code, referred_account_id: `f${n}` }));
    const answers = await Promise.all(calls);
    expect(answers.map(({ body }) => body.credits_awarded).toSorted((a, b) => b - a)).toEqual([
      50,
      ...Array.from({ length: 49 }, () => 0),
    ]);
    expect(await creditsOf(world, app, "acc_1")).toBe(10_000);
    const stats = await asAccount(world, app, "acc_1").get("/api/v1/referrals/stats");
    expect(stats.body).toMatchObject({ total_credits_earned: 10_000, has_reached_limit: true, total_referrals: 51 });
  });

  test("KX18 lowered below what was earned, it takes nothing back and lets nothing more through", async () => {
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1" });
    await setCredits(world, app, { cap: 50 });
    expect((await redeem(world, app, { code, referred_account_id: "f2" })).body).toMatchObject({
      success: false,
      credits_awarded: 0,
    });
    const stats = await asAccount(world, app, "acc_1").get("/api/v1/referrals/stats");
    expect(stats.body).toMatchObject({ total_credits_earned: 100, remaining_earnable_credits: 0 });
  });
});

describe("stats and history", () => {
  test("KX9 KX10 all uses, those with an award, what is left to earn", async () => {
    const nothing = await asAccount(world, app, "acc_1").get("/api/v1/referrals/stats");
    const code = nothing.body.referral_code;
    expect(nothing.body).toEqual({
      referral_code: code,
      total_referrals: 0,
      successful_referrals: 0,
      total_credits_earned: 0,
      remaining_earnable_credits: 10_000,
      max_earnable_credits: 10_000,
      has_reached_limit: false,
      last_referral_at: null,
    });
    await redeem(world, app, { code, referred_account_id: "f1" });
    world.advance(DAY);
    await redeem(world, app, { code, referred_account_id: "f2", pending: true });
    expect((await asAccount(world, app, "acc_1").get("/api/v1/referrals/stats")).body).toEqual({
      referral_code: code,
      total_referrals: 2,
      successful_referrals: 1,
      total_credits_earned: 100,
      remaining_earnable_credits: 9_900,
      max_earnable_credits: 10_000,
      has_reached_limit: false,
      last_referral_at: "2026-01-16T12:00:00.000Z",
    });
  });

  test("KX11 newest first, a page at a time, under both names", async () => {
    const code = await codeOf(world, app, "acc_1");
    for (const friend of ["f1", "f2", "f3"]) {
      await redeem(world, app, { code, referred_account_id: friend, pending: friend === "f3" });
      world.advance(1_000);
    }
    const mine = asAccount(world, app, "acc_1");
    const history = await mine.get("/api/v1/referrals/history?limit=2");
    expect(history.body).toEqual([
      { referred_account_id: "f3", referred_at: at(2), status: "pending", credits_awarded: 0, reason: null },
      { referred_account_id: "f2", referred_at: at(1), status: "successful", credits_awarded: 100, reason: null },
    ]);
    const rest = await mine.get("/api/v1/referrals/history?limit=2&offset=2");
    expect(rest.body).toMatchObject([{ referred_account_id: "f1" }]);
    const list = await mine.get("/api/v1/referrals/list?limit=1&offset=1");
    expect(list.body).toEqual({
      referrals: [
        {
          id: anyId("rdm"),
          referred_account_id: "f2",
          credits_awarded: 100,
          status: "successful",
          created_at: at(1),
          completed_at: at(1),
          reason: null,
        },
      ],
      total_count: 3,
    });
    for (const query of ["limit=0", "limit=101", "limit=x", "offset=-1"]) {
      expect(await mine.get(`/api/v1/referrals/history?${query}`)).toEqual(refusedSomehow(400, "invalid_request"));
    }
  });
});

describe("credits", () => {
  test("KX21 spent once under a reference, and never below zero", async () => {
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1" });
    const mine = asAccount(world, app, "acc_1");
    const spend = { amount: 60, reference: "order_1" };
    const spent = await mine.post("/api/v1/credits/spend", spend);
    expect(spent).toEqual(answered(200, { spend_id: anyId("spd"), amount: 60, reference: "order_1", balance: 40 }));
    const again = await mine.post("/api/v1/credits/spend", spend);
    expect(again.body).toEqual(spent.body);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await mine.post("/api/v1/credits/spend", { amount: 61, reference: "order_1" })).toEqual(
      refused(409, "idempotency_mismatch"),
    );
    const others = await asAccount(world, app, "f1").post("/api/v1/credits/spend", spend);
    expect(others.body).toMatchObject({ amount: 60, balance: 40 });
    expect(await mine.post("/api/v1/credits/spend", { amount: 41, reference: "order_2" })).toEqual(
      refused(409, "conflict"),
    );
    for (const amount of [0, -1, 1.5, "1", 1_000_000_001]) {
      expect(await mine.post("/api/v1/credits/spend", { amount, reference: "r" })).toEqual(
        refusedSomehow(400, "invalid_request"),
      );
    }
    expect(await creditsOf(world, app, "acc_1")).toBe(40);
  });

  test("KX21 many at once spend what is there and no more", async () => {
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1" });
    const mine = asAccount(world, app, "acc_1");
    const calls = Array.from({ length: 8 }, (_, n) =>
      mine.post("/api/v1/credits/spend", { amount: 30, reference: `order_${n}` }),
    );
    const statuses = (await Promise.all(calls)).map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 200, 200, 409, 409, 409, 409, 409]);
    expect(await creditsOf(world, app, "acc_1")).toBe(10);
  });

  test("KX22 revoked with a reason: both awards are taken once, also what was spent, and the cap is not freed", async () => {
    const code = await codeOf(world, app, "acc_1");
    const { redemption_id } = (await redeem(world, app, { code, referred_account_id: "f1" })).body;
    await asAccount(world, app, "f1").post("/api/v1/credits/spend", { amount: 70, reference: "order_1" });
    const revoke = { redemption_id, reason: "One person." };
    const revoked = await world.call("/api/v1/credits/revoke", revoke, { key: app.key });
    expect(revoked).toEqual(
      answered(200, {
        redemption: {
          id: redemption_id,
          referrer_account_id: "acc_1",
          referred_account_id: "f1",
          code,
          status: "revoked",
          credits_awarded: 100,
          referee_credits_awarded: 100,
          created_at: "2026-01-15T12:00:00.000Z",
          completed_at: "2026-01-15T12:00:00.000Z",
          revoked_at: "2026-01-15T12:00:00.000Z",
          reason: "One person.",
        },
      }),
    );
    world.advance(1_000);
    const other = await world.call("/api/v1/credits/revoke", { redemption_id, reason: "Again." }, { key: app.key });
    expect(other).toEqual(answered(200, revoked.body));
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
    expect(await creditsOf(world, app, "f1")).toBe(-70);
    const stats = await asAccount(world, app, "acc_1").get("/api/v1/referrals/stats");
    expect(stats.body).toMatchObject({ successful_referrals: 0, remaining_earnable_credits: 9_900 });
    expect((await redeem(world, app, { code, referred_account_id: "f1" })).body).toMatchObject({
      success: false,
      message: "This referral was revoked",
    });
    const audit = await world.call("/api/v1/audit?action=redemption.revoked", undefined, { key: app.key });
    expect(audit.body.entries).toMatchObject([{ object: redemption_id, reason: "One person." }]);
    expect((await rowsOf(world.db, "event")).filter(({ kind }) => kind === "credit.revoked")).toHaveLength(2);
    const unknown = { redemption_id: "rdm_x", reason: "r" };
    expect(await world.call("/api/v1/credits/revoke", unknown, { key: app.key })).toEqual(refused(404, "not_found"));
    expect(await world.call("/api/v1/credits/revoke", { redemption_id }, { key: app.key })).toEqual(
      refusedSomehow(400, "invalid_request"),
    );
  });

  test("KX22 the owner lists who brought whom, newest first and by status", async () => {
    const code = await codeOf(world, app, "acc_1");
    for (const friend of ["f1", "f2"]) {
      await redeem(world, app, { code, referred_account_id: friend, pending: friend === "f2" });
      world.advance(1_000);
    }
    const list = (query: string) => world.call(`/api/v1/redemptions${query}`, undefined, { key: app.key });
    const first = await list("?limit=1");
    expect(first.body.redemptions).toMatchObject([{ referred_account_id: "f2", status: "pending" }]);
    const next = await list(`?limit=1&cursor=${first.body.next_cursor}`);
    expect(next.body).toMatchObject({ redemptions: [{ referred_account_id: "f1" }], next_cursor: null });
    expect((await list("?status=pending")).body.redemptions).toHaveLength(1);
    expect(await list("?status=other")).toEqual(refusedSomehow(400, "invalid_request"));
  });
});

describe("a program", () => {
  test("KX23 its settings are told with the app, changed one by one, and refused where they make no sense", async () => {
    const read = await world.call("/api/v1/app", undefined, { key: app.key });
    expect(read.body.app.credits).toEqual({
      referrer_award: 100,
      referee_award: 100,
      cap: 10_000,
      qualifying_event: "signup",
      bonus_when_capped: true,
      pending_days: 90,
      accounts: "all",
      countries: [],
      share_url: null,
      about: null,
    });
    const change = { referee_award: 0, countries: ["NL", "nl"], pending_days: null, about: " Pots. " };
    const changed = await world.call("/api/v1/app", { credits: change }, { key: app.key, method: "PATCH" });
    expect(changed.body.app.credits).toEqual({
      ...read.body.app.credits,
      referee_award: 0,
      countries: ["NL"],
      pending_days: null,
      about: "Pots.",
    });
    const wrong = [
      { cap: -1 },
      { referrer_award: 1.5 },
      { referee_award: 1_000_001 },
      { qualifying_event: "click" },
      { pending_days: 0 },
      { accounts: "some" },
      { countries: ["XX"] },
      { share_url: "https://app.example.test/join" },
      { share_url: "http://app.example.test/{code}" },
      { share_url: "https://{code}.example.test/" },
      { share_url: "javascript:alert({code})" },
      { about: "x".repeat(301) },
      [],
    ];
    for (const credits of wrong) {
      const answer = await world.call("/api/v1/app", { credits }, { key: app.key, method: "PATCH" });
      expect(answer).toEqual(refusedSomehow(400, "invalid_request"));
    }
  });

  test("KX23 KX24 who may refer, and from where friends may come", async () => {
    await setCredits(world, app, { accounts: "listed", countries: ["NL"] });
    await world.call("/api/v1/app/join/accounts/acc_1", {}, { key: app.key, method: "PUT" });
    expect(await asAccount(world, app, "acc_2").get("/api/v1/referrals/code")).toEqual(refused(403, "join_refused"));
    const code = await codeOf(world, app, "acc_1");
    const from = (country: string | null, friend: string) =>
      redeem(world, app, { code, referred_account_id: friend, country });
    expect((await from("DE", "f1")).body).toMatchObject({ success: false });
    expect((await from(null, "f1")).body).toMatchObject({ success: false });
    expect((await from("nl", "f1")).body).toMatchObject({ success: true, credits_awarded: 100 });
    await setCredits(world, app, { accounts: "none", countries: [] });
    expect((await from("NL", "f2")).body).toMatchObject({
      success: false,
      message: "This program takes no referrals at the moment",
    });
    expect(await asAccount(world, app, "acc_1").get("/api/v1/referrals/code")).toEqual(refused(403, "join_refused"));
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
  });

  test("KX23 by the first payment: completed in its batch, once, by a backend's word and not by a stranger's", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const creator = await world.call(
      "/api/v1/affiliates",
      { account_id: "acc_1", email: "mara@example.test" },
      { key: app.key },
    );
    const { ref } = creator.body.affiliate;
    const redeemed = await redeem(world, app, { code: ref, referred_account_id: "f1" });
    expect(redeemed.body).toMatchObject({ success: true, credits_awarded: 0 });
    const pay = (key: string | undefined, event_id: string) =>
      world.call("/api/track/conversion", { ref, user_id: "f1", amount_cents: 10_000, event_id }, { key });
    expect((await pay(undefined, "e0")).status).toBe(200);
    expect(await creditsOf(world, app, "f1")).toBe(0);
    expect((await pay(app.key, "e1")).status).toBe(200);
    expect((await pay(app.key, "e1")).status).toBe(200);
    expect((await pay(app.key, "e2")).status).toBe(200);
    expect(await creditsOf(world, app, "f1")).toBe(100);
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
  });

  test("KX23 a payment that came before its redemption counts all the same", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const payment = { ref: app.ref, user_id: "f1", amount_cents: 10_000 };
    expect((await world.call("/api/track/conversion", payment, { key: app.key })).status).toBe(200);
    const code = await codeOf(world, app, "acc_1");
    const late = await redeem(world, app, { code, referred_account_id: "f1" });
    expect(late.body).toMatchObject({ success: true, credits_awarded: 100 });
  });

  test("KX23 one that waits for its app's word is not completed by a payment", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1", pending: true });
    await world.call("/api/track/conversion", { user_id: "f1", amount_cents: 10_000 }, { key: app.key });
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
    const word = await world.call("/api/v1/referrals/complete", { referred_account_id: "f1" }, { key: app.key });
    expect(word.body).toMatchObject({ success: true, credits_awarded: 100 });
  });

  test("KX23 who has been paying for longer came without a friend: the next payment counts", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const payment = { ref: app.ref, user_id: "f1", amount_cents: 10_000 };
    await world.call("/api/track/conversion", { ...payment, event_id: "e1" }, { key: app.key });
    world.advance(2 * DAY);
    const code = await codeOf(world, app, "acc_1");
    expect((await redeem(world, app, { code, referred_account_id: "f1" })).body.credits_awarded).toBe(0);
    await world.call("/api/track/conversion", { ...payment, event_id: "e2" }, { key: app.key });
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
  });

  test("KX23 a payment that is refused completes nothing, and a wrong ref stays one", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1" });
    const pay = (call: object) =>
      world.call("/api/track/conversion", { user_id: "f1", amount_cents: 10_000, ...call }, { key: app.key });
    await pay({ ref: app.ref, user_id: "u1", event_id: "e1" });
    expect(await pay({ event_id: "e1" })).toEqual(refused(409, "idempotency_mismatch"));
    expect(await pay({ ref: app.ref, event_id: "e1" })).toEqual(refused(409, "idempotency_mismatch"));
    for (const ref of ["mistyped", "no code at all!"]) expect(await pay({ ref })).toEqual(refused(404, "unknown_ref"));
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
    await setCredits(world, app, { qualifying_event: "signup" });
    expect(await pay({})).toEqual(refused(404, "unknown_ref"));
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
  });

  test("KX23 a payment of a friend by whom nobody earns cash counts, and says so", async () => {
    await setCredits(world, app, { qualifying_event: "first_payment" });
    const code = await codeOf(world, app, "acc_1");
    await redeem(world, app, { code, referred_account_id: "f1" });
    const payment = { user_id: "f1", amount_cents: 10_000 };
    expect(await world.call("/api/track/conversion", payment, { key: app.key })).toEqual(
      answered(200, {
        conversion_id: null,
        status: null,
        currency: "usd",
        available_at: null,
        commission: { amount_cents: 10_000, commission_cents: 0, platform_fee_cents: 0, net_commission_cents: 0 },
        hold: false,
        reason: null,
      }),
    );
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
    expect(await rowsOf(world.db, "conversion")).toEqual([]);
    const nobody = { user_id: "f9", amount_cents: 10_000 };
    expect(await world.call("/api/track/conversion", nobody, { key: app.key })).toEqual(refused(404, "unknown_ref"));
    const stranger = { ref: code, user_id: "f1", amount_cents: 10_000 };
    expect(await world.call("/api/track/conversion", stranger)).toEqual(refused(404, "unknown_ref"));
  });
});

describe("credits and cash", () => {
  test("AR20 joining the cash program makes the account's affiliate, and the same code earns both", async () => {
    const code = await codeOf(world, app, "acc_1");
    const signup = { ref: code, user_id: "u1" };
    expect(await world.call("/api/track/signup", signup)).toEqual(refused(404, "unknown_ref"));
    const joined = await world.call("/api/v1/affiliates/join", { account_id: "acc_1" }, { key: app.key });
    expect(joined.body.affiliate.ref).toBe(code);
    expect((await world.call("/api/track/signup", signup)).status).toBe(200);
    expect((await redeem(world, app, { code, referred_account_id: "u1" })).body).toMatchObject({ success: true });
    const payment = { user_id: "u1", amount_cents: 10_000 };
    expect((await world.call("/api/track/conversion", payment, { key: app.key })).status).toBe(200);
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
  });

  test("AR20 KX4 an affiliate's own codes bring friends too, and stay when the friend code is refreshed", async () => {
    const creator = await addCreator(world, app, "mara");
    await world.call("/api/v1/affiliates", { email: "mara@example.test", account_id: "acc_1" }, { key: app.key });
    const code = await codeOf(world, app, "acc_1");
    expect((await world.call("/api/track/signup", { ref: code, user_id: "u1" })).status).toBe(200);
    expect((await redeem(world, app, { code: creator.ref, referred_account_id: "f1" })).body.success).toBe(true);
    const { body } = await asAccount(world, app, "acc_1").post("/api/v1/referrals/refresh");
    expect((await world.call("/api/track/signup", { ref: code, user_id: "u2" })).status).toBe(404);
    expect((await world.call("/api/track/signup", { ref: body.new_code, user_id: "u2" })).status).toBe(200);
    expect((await redeem(world, app, { code: creator.ref, referred_account_id: "f2" })).body.success).toBe(true);
    expect(await creditsOf(world, app, "acc_1")).toBe(200);
  });

  test("AR20 declined or revoked on the cash side, an account brings friends on", async () => {
    await world.call("/api/v1/app", { approval: "manual" }, { key: app.key, method: "PATCH" });
    const code = await codeOf(world, app, "acc_1");
    const joined = await world.call("/api/v1/affiliates/join", { account_id: "acc_1" }, { key: app.key });
    expect(joined.body.affiliate).toMatchObject({ status: "applied", ref: code });
    const decline = { status: "revoked", reason: "Not now." };
    const path = `/api/v1/affiliates/${joined.body.affiliate.id}`;
    expect((await world.call(path, decline, { key: app.key, method: "PATCH" })).status).toBe(200);
    expect(await codeOf(world, app, "acc_1")).toBe(code);
    expect((await redeem(world, app, { code, referred_account_id: "f1" })).body.success).toBe(true);
    expect((await world.call("/api/track/signup", { ref: code, user_id: "u1" })).status).toBe(404);
  });

  test("AR20 a code of nobody's account brings no credits", async () => {
    const answer = await redeem(world, app, { code: app.ref, referred_account_id: "f1" });
    expect(answer.body).toMatchObject({ success: false, message: "Invalid referral code" });
  });
});

/** The second of the world's beginning. */
function at(second: number): string {
  return `2026-01-15T12:00:0${second}.000Z`;
}
