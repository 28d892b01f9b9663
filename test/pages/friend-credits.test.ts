import { describe, expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { setProgram } from "../support/creators.ts";
import { bring, complete, joinAccount, spend } from "../support/friend-stage.ts";
import { creditsOf } from "../support/friends.ts";
import { auditOf, openStage } from "../support/program-stage.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const ACCOUNT = "acc-mara";
const FRIEND = "friend-4711@example.test";

interface Stage {
  readonly world: World;
  readonly app: TestApp;
  readonly owner: Visitor;
  readonly creator: Visitor;
  /** Where a page of the owner's, and one of the creator's, is. */
  readonly at: (path: string) => string;
  readonly mine: (path: string) => string;
}

async function openFriends(): Promise<Stage> {
  const world = await createWorld();
  const { app, owner, at } = await openStage(world);
  const creator = openVisitor(world);
  await creator.signIn("creator1@example.test");
  return { world, app, owner, creator, at, mine: (path) => `/referrals/${app.id}${path}` };
}

/** The same, where the creator is an account of the app's. */
async function openJoined(): Promise<Stage> {
  const stage = await openFriends();
  await joinAccount(stage.world, stage.app, ACCOUNT);
  return stage;
}

/** The text of a page, as somebody reads it. */
function read(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll(/\s+/g, " ");
}

function balanceOf({ world, app }: Stage, account: string): Promise<number> {
  return creditsOf(world, app, account);
}

describe("the creator's side of friend credits", () => {
  test("AR20 is not there for somebody of whom the app told no account", async () => {
    const { creator, mine } = await openFriends();
    expect((await creator.get(mine("/credits"))).status).toBe(404);
    await creator.get(mine("/payout-method"));
    expect((await creator.post(mine("/credits/code"))).status).toBe(404);
    expect((await creator.get(mine(""))).text).not.toContain("Friend credits");
  });

  test("AR20 shows the balance, the code, the way to the limit, the friends and every movement, beside the money", async () => {
    const stage = await openJoined();
    const { world, app, creator, mine } = stage;
    await setProgram(world, app, { credits: { cap: 150 } });
    await bring(world, app, { friend: FRIEND });
    await bring(world, app, { friend: "second-0815" });
    await bring(world, app, { friend: "waiting-1234", pending: true });
    await spend(world, app, { account: ACCOUNT, amount: 30, reference: "order 17" });

    const overview = read((await creator.get(mine(""))).text);
    expect(overview).toContain("Your credits 120");
    expect(overview).toContain("150 of 150 credits earned");

    const { text, status } = await creator.get(mine("/credits"));
    expect(status).toBe(200);
    const said = read(text);
    expect(said).toContain("Your credits 120");
    expect(said).toContain("Friends 3 2 of them earned you credits");
    expect(text).toMatch(/<progress value="150" max="150" aria-label="150 of 150 credits earned">/);
    expect(said).toMatch(/Your friend …0815 joined\s+\+50/);
    expect(said).toMatch(/Your friend …test joined\s+\+100/);
    expect(said).toMatch(/Spent: order 17\s+−30/);
    expect(said).toContain("…1234");
    // Who their friends are is the app's to know.
    expect(text).not.toContain(FRIEND);
    expect(text).not.toContain("second-0815");
  });

  test("AR12 shows the link, and replaces the code when it is asked to", async () => {
    const { creator, mine, world, app } = await openJoined();
    const before = await creator.get(mine("/credits"));
    const code = codeIn(before.text);
    expect(before.text).toContain(`https://shop.example.test/auth?ref=${code}`);
    const sent = await creator.post(mine("/credits/code"));
    expect([sent.status, sent.location]).toEqual([303, mine("/credits?done=code")]);
    const after = await creator.get(mine("/credits?done=code"));
    expect(read(after.text)).toContain("You have another code.");
    expect(codeIn(after.text)).not.toBe(code);
    const answer = await world.call(
      "/api/v1/referrals/redeem",
      { code, referred_account_id: "late" },
      { key: app.key },
    );
    expect(answer.body.success).toBe(false);
    const [line] = await auditOf(world, app, "referral_code.refreshed");
    expect(line?.["actor"]).toMatch(/^user:/);
  });

  test("a code is replaced by a form of ours alone", async () => {
    const { creator, mine } = await openJoined();
    const code = codeIn((await creator.get(mine("/credits"))).text);
    const forged = await creator.post(mine("/credits/code"), { csrf: "0" });
    const foreign = await creator.post(mine("/credits/code"), {}, { Origin: "https://evil.example" });
    expect([forged.status, foreign.status]).toEqual([403, 403]);
    expect(codeIn((await creator.get(mine("/credits"))).text)).toBe(code);
  });

  test("where friend credits are off nothing of it is there, unless something was earned", async () => {
    const earned = await openJoined();
    await bring(earned.world, earned.app, { friend: "f1" });
    await setProgram(earned.world, earned.app, { credits: { accounts: "none" } });
    const { text, status } = await earned.creator.get(earned.mine("/credits"));
    expect(status).toBe(200);
    expect(read(text)).toContain("You cannot bring friends right now");
    expect(text).not.toContain("/credits/code");
    expect((await earned.creator.get(earned.mine(""))).text).toContain("Friend credits");

    const fresh = await openJoined();
    await setProgram(fresh.world, fresh.app, { credits: { accounts: "none" } });
    expect((await fresh.creator.get(fresh.mine("/credits"))).status).toBe(404);
    expect((await fresh.creator.get(fresh.mine(""))).text).not.toContain("Friend credits");
  });

  test("KX11 friends and movements go on by cursors that are told apart", async () => {
    const { world, app, creator, mine } = await openJoined();
    for (let n = 0; n < 27; n += 1) await bring(world, app, { friend: `friend-${1000 + n}` });
    const first = (await creator.get(mine("/credits"))).text;
    const [friends = "", moves = ""] = [...first.matchAll(/href="([^"]+)" rel="next"/g)].map(([, href]) =>
      (href ?? "").replaceAll("&amp;", "&"),
    );
    expect([friends, moves]).toEqual([
      expect.stringMatching(/\?friends=[^&]+#friends$/),
      expect.stringMatching(/\?cursor=[^&]+#cursor$/),
    ]);
    const second = read((await creator.get(friends.replace(/#.*/, ""))).text);
    // Two are left in the one list, and the other stays at its newest.
    expect(second.match(/ …1\d\d\d /g)).toHaveLength(2 + 25);
    expect((await creator.get(mine("/credits?friends=nonsense"))).status).toBe(400);
  });
});

describe("the owner's side of friend credits", () => {
  test("tells what they come to, and every friend, the newest first and by status", async () => {
    const { world, app, owner, at } = await openJoined();
    await setProgram(world, app, { credits: { cap: 100 } });
    await bring(world, app, { friend: "f-joined" });
    await bring(world, app, { friend: "f-capped" });
    await bring(world, app, { friend: "f-pending", pending: true });
    const revoked = await bring(world, app, { friend: "f-revoked" });
    await spend(world, app, { account: ACCOUNT, amount: 60, reference: "r1" });
    await owner.get(at("/credits"));
    await owner.post(at(`/credits/${revoked}/revoke`), { reason: "made up" });

    const said = read((await owner.get(at("/credits"))).text);
    expect(said).toContain("Awarded 400 100 of it taken back");
    expect(said).toContain("Not spent yet 240");
    expect(said).toContain("Spent 60");
    expect(said).toContain("Friends who joined 1 and 1 at the limit");
    expect(said).toContain("Waiting 1");
    expect(said).toContain("Taken back 1");
    expect(said.indexOf("f-revoked")).toBeLessThan(said.indexOf("f-joined"));
    const pending = read((await owner.get(at("/credits?status=pending"))).text);
    expect(pending).toContain("f-pending");
    expect(pending).not.toContain("f-joined");
    expect((await owner.get(at("/credits?status=nonsense"))).status).toBe(404);
  });

  test("KX22 shows first what taking one back does, and does it once, with a reason", async () => {
    const stage = await openJoined();
    const { world, app, owner, at } = stage;
    const id = await bring(world, app, { friend: FRIEND });
    await spend(world, app, { account: ACCOUNT, amount: 80, reference: "r1" });

    const before = read((await owner.get(at(`/credits/${id}`))).text);
    expect(before).toContain("Balance of who brought them 20 › −80");
    expect(before).toContain("Balance of the friend 100 › 0");
    expect(before).toContain("A balance goes below zero");

    const bare = await owner.post(at(`/credits/${id}/revoke`), { reason: " " });
    expect([bare.status, await balanceOf(stage, ACCOUNT)]).toEqual([400, 20]);
    const forged = await owner.post(at(`/credits/${id}/revoke`), { csrf: "0", reason: "a cheat" });
    expect([forged.status, await balanceOf(stage, ACCOUNT)]).toEqual([403, 20]);

    const taken = await owner.post(at(`/credits/${id}/revoke`), { reason: "a cheat" });
    expect([taken.status, taken.location]).toEqual([303, at(`/credits/${id}?done=revoked`)]);
    await owner.post(at(`/credits/${id}/revoke`), { reason: "again" });
    expect([await balanceOf(stage, ACCOUNT), await balanceOf(stage, FRIEND)]).toEqual([-80, 0]);
    const [line, ...more] = await auditOf(world, app, "redemption.revoked");
    expect([line?.["object"], line?.["reason"], more]).toEqual([id, "a cheat", []]);

    const after = read((await owner.get(at(`/credits/${id}`))).text);
    expect(after).toContain("It was taken back: a cheat");
    expect(after).toContain("By owner@example.test");
    expect(after).not.toContain("Take both awards back");
    const audit = read((await owner.get(at("/activity/audit"))).text);
    expect(audit).toContain("Took a friend’s credits back");
  });

  test("a creator reads that it was taken back, and not why", async () => {
    const { world, app, owner, creator, at, mine } = await openJoined();
    const id = await bring(world, app, { friend: FRIEND });
    await owner.get(at(`/credits/${id}`));
    await owner.post(at(`/credits/${id}/revoke`), { reason: "looks like a ring" });
    const { text } = await creator.get(mine("/credits"));
    expect(read(text)).toContain("Taken back: your friend …test does not count");
    expect(text).not.toContain("looks like a ring");
  });

  test("one who waits is told from one who came too late, and from one whose code was replaced", async () => {
    const { world, app, owner, creator, at, mine } = await openJoined();
    await creator.get(mine("/credits"));
    const code = codeIn((await creator.get(mine("/credits"))).text);
    await bring(world, app, { friend: "f-dead", code, pending: true });
    await creator.post(mine("/credits/code"));
    await bring(world, app, { friend: "f-late", pending: true });
    world.advance(91 * 86_400_000);
    await bring(world, app, { friend: "f-waiting", pending: true });
    await bring(world, app, { friend: "f-done", pending: true });
    await complete(world, app, "f-done");
    const said = read((await owner.get(at("/credits"))).text);
    expect(said).toMatch(/f-done \S+ Joined/);
    expect(said).toMatch(/f-waiting \S+ Waiting/);
    expect(said).toMatch(/f-late \S+ Too late/);
    expect(said).toMatch(/f-dead \S+ Too late/);
  });

  test("one account is found by its id, with what it has, where it came from and what moved", async () => {
    const { world, app, owner, at } = await openJoined();
    const id = await bring(world, app, { friend: FRIEND });
    const found = await owner.get(at(`/credits/account?id=${encodeURIComponent(FRIEND)}`));
    const said = read(found.text);
    expect(said).toContain("Credits now 100");
    expect(said).toContain(`Came by a friend: ${ACCOUNT}`);
    expect(found.text).toContain(at(`/credits/${id}`));
    const referrer = read((await owner.get(at(`/credits/account?id=${ACCOUNT}`))).text);
    expect(referrer).toContain("Earned with friends 100 of 10,000 at most");
    expect(referrer).toContain(FRIEND);
    const nobody = await owner.get(at("/credits/account?id=nobody"));
    expect([nobody.status, nobody.text.includes("Nothing is known of this account")]).toEqual([200, true]);
    expect((await owner.get(at("/credits/account"))).status).toBe(404);
  });

  test("another app's redemption is not there, and is not taken back", async () => {
    const stage = await openJoined();
    const { world, app, owner } = stage;
    const id = await bring(world, app, { friend: FRIEND });
    const other = await world.newApp();
    await addOwner(world.deps, { actor: "operator", appId: other.id, email: "owner@example.test" });
    expect((await owner.get(`/apps/${other.id}/credits/${id}`)).status).toBe(404);
    expect((await owner.post(`/apps/${other.id}/credits/${id}/revoke`, { reason: "theirs" })).status).toBe(404);
    expect(read((await owner.get(`/apps/${other.id}/credits`)).text)).toContain("No friends yet");
    const account = read((await owner.get(`/apps/${other.id}/credits/account?id=${ACCOUNT}`)).text);
    expect(account).toContain("Nothing is known of this account");
    const stranger = openVisitor(world);
    await stranger.signIn("stranger@example.test");
    await stranger.get("/account");
    expect((await stranger.get(`/apps/${app.id}/credits/${id}`)).status).toBe(404);
    expect((await stranger.post(`/apps/${app.id}/credits/${id}/revoke`, { reason: "mine" })).status).toBe(404);
    expect(await balanceOf(stage, ACCOUNT)).toBe(100);
  });
});

describe("the settings of friend credits", () => {
  const SETTINGS = {
    accounts: "listed",
    countries: "de, US",
    referrer_award: "200",
    referee_award: "50",
    cap: "20,000",
    qualifying_event: "first_payment",
    pending_days: "",
    share_url: "https://shop.example.test/hello/{code}",
    about: "Pots by hand.",
  };

  test("KX23 are those of the API, with what is not ticked off", async () => {
    const { world, app, owner, at } = await openJoined();
    await owner.get(at("/settings/credits"));
    const saved = await owner.post(at("/settings/credits"), SETTINGS);
    expect([saved.status, saved.location]).toEqual([303, at("/settings/credits?done=saved")]);
    const { body } = await world.call("/api/v1/app", undefined, { key: app.key });
    expect(body.app.credits).toEqual({
      referrer_award: 200,
      referee_award: 50,
      cap: 20_000,
      qualifying_event: "first_payment",
      bonus_when_capped: false,
      pending_days: null,
      accounts: "listed",
      countries: ["DE", "US"],
      share_url: "https://shop.example.test/hello/{code}",
      about: "Pots by hand.",
    });
    const shown = (await owner.get(at("/settings/credits"))).text;
    expect(shown).toContain('value="DE, US"');
  });

  test("KX16 work out the friend who would pass the limit, also before they are saved", async () => {
    const { owner, at } = await openJoined();
    const first = read((await owner.get(at("/settings/credits"))).text);
    expect(first).toContain("Somebody has earned 9,950 of 10,000, and brings a friend.");
    expect(first).toMatch(/They get\s+50 credits/);
    const tried = await owner.post(at("/settings/credits"), { ...SETTINGS, preview: "1" });
    const said = read(tried.text);
    expect(said).toContain("Nothing is saved yet.");
    expect(said).toContain("Somebody has earned 19,900 of 20,000, and brings a friend.");
    expect(read((await owner.get(at("/settings/credits"))).text)).toContain("9,950 of 10,000");
  });

  test("say at each field what is wrong with it, and keep what was typed", async () => {
    const { owner, at } = await openJoined();
    await owner.get(at("/settings/credits"));
    const bad = { ...SETTINGS, cap: "lots", countries: "Germany", share_url: "http://evil.example/x", about: "<b>x" };
    const refused = await owner.post(at("/settings/credits"), bad);
    expect(refused.status).toBe(400);
    for (const name of ["cap", "countries", "share_url"]) expect(refused.text).toContain(`id="f-${name}-problem"`);
    expect(refused.text).toContain('value="lots"');
    expect(refused.text).toContain("&lt;b&gt;x");
  });
});

function codeIn(html: string): string {
  const code = /value="([^"]+)" aria-label="Your code for friends"/.exec(html)?.[1];
  if (code === undefined) throw new Error("no code is shown");
  return code;
}
