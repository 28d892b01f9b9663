import { expect, test } from "vitest";
import { readStory, shareStory, type Story } from "../../../worker/services/explain/share-story.ts";
import { addCreator, DAY_MS } from "../../support/creators.ts";
import { pay } from "../../support/program-stage.ts";
import { openVisitor } from "../../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

test("a shared conversion is read without signing in, in its creator's view, until thirty days are over", async () => {
  const { world, path, conversionId } = await shared();
  const seen = await openVisitor(world).get(path);
  expect(seen.status).toBe(200);
  expect(seen.text).toContain(conversionId);
  expect(seen.text).toContain("50.00 USD");
  world.advance(30 * DAY_MS - 1);
  expect((await openVisitor(world).get(path)).status).toBe(200);
  world.advance(1);
  const over = await openVisitor(world).get(path);
  expect([over.status, over.text.includes(conversionId)]).toEqual([404, false]);
});

test("the page says nothing of the customer, of the owner's reasons, of the account, nor of anybody else", async () => {
  const { world, app, path, conversionId } = await shared();
  await world.call(`/api/v1/conversions/${conversionId}/hold`, { reason: "smells of Mallory" }, { key: app.key });
  const { text } = await openVisitor(world).get(path);
  for (const secret of [
    "customer-7",
    "order-customer-7",
    "smells of Mallory",
    "key:",
    app.id,
    app.affiliateId,
    "creator1@",
  ]) {
    expect([secret, text.includes(secret)]).toEqual([secret, false]);
  }
  expect(text).toContain("It was put on hold.");
});

test("the page goes into no index, no cache and no other site's log", async () => {
  const { world, path } = await shared();
  for (const asked of [path, "/story/nothing"]) {
    const { headers } = await openVisitor(world).get(asked);
    expect(headers.get("X-Robots-Tag")).toContain("noindex");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Set-Cookie")).toBeNull();
  }
});

test("a link that was changed in any place is none", async () => {
  const { world, path } = await shared();
  const visitor = openVisitor(world);
  const token = path.slice("/story/".length);
  for (let at = 0; at < token.length; at += 1) {
    const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
    expect([at, (await visitor.get(`/story/${changed}`)).status]).toEqual([at, 404]);
  }
  for (const cut of [
    "",
    token.split(".")[0],
    `${token}0`,
    `${token}.x`,
    token.slice(0, -1),
    `${token.split(".")[0]}.`,
  ]) {
    expect([cut, (await visitor.get(`/story/${cut}`)).status]).toEqual([cut, 404]);
  }
});

test("what is signed for one story is no signature of another, nor is one of another installation", async () => {
  const { world, app, path, conversionId } = await shared();
  const other = await pay(world, app, { user: "customer-8", amount: 9_900, key: app.key });
  const [said = "", signature] = path.slice("/story/".length).split(".");
  const forged = Buffer.from(Buffer.from(said, "base64url").toString().replace(conversionId, other)).toString(
    "base64url",
  );
  expect((await openVisitor(world).get(`/story/${forged}.${signature}`)).status).toBe(404);
  const elsewhere = { ...world.deps, config: { ...world.deps.config, authSecret: "x".repeat(40) } };
  const foreign = await shareStory(elsewhere, storyOf(app, conversionId));
  expect((await openVisitor(world).get(new URL(foreign.url).pathname)).status).toBe(404);
});

test("a link tells a story to one creator of one app: of anybody else's it tells nothing", async () => {
  const { world, app, conversionId } = await shared();
  const other = await world.newApp();
  const neighbour = await addCreator(world, app, "neighbour");
  const wrong: readonly Story[] = [
    { ...storyOf(app, conversionId), affiliateId: neighbour.affiliateId },
    { ...storyOf(other, conversionId) },
    { ...storyOf(app, conversionId), appId: other.id },
    { subject: "ref", id: app.ref, appId: app.id, affiliateId: neighbour.affiliateId },
    { subject: "ref", id: app.ref, appId: other.id, affiliateId: other.affiliateId },
  ];
  for (const story of wrong) {
    const { url } = await shareStory(world.deps, story);
    const read = await readStory(world.deps, new URL(url).pathname.slice("/story/".length));
    expect(read).toMatchObject({ ok: false, failure: { code: "not_found" } });
  }
});

test("a shared code shows what it brought, and not who called with it in vain", async () => {
  const { world, app } = await shared();
  await world.call(`/api/v1/affiliates/${app.affiliateId}/codes/${app.ref}`, undefined, {
    key: app.key,
    method: "DELETE",
  });
  await world.call("/api/track/signup", { ref: app.ref, user_id: "customer-9" }, { key: app.key });
  const story = { subject: "ref", id: app.ref, appId: app.id, affiliateId: app.affiliateId } as const;
  const { url } = await shareStory(world.deps, story);
  const { status, text } = await openVisitor(world).get(new URL(url).pathname);
  expect(status).toBe(200);
  expect(text).toContain("The code was issued.");
  expect(text).not.toMatch(/refused/i);
  for (const secret of ["customer-", "Refused", app.affiliateId])
    expect([secret, text.includes(secret)]).toEqual([secret, false]);
});

test("where the creators' pages are switched off, the link is, too", async () => {
  const { world, path } = await shared();
  const off = { enable_platform_referrals: false };
  const answer = await world.call("/api/v1/platform/flags", off, { key: world.operatorKey, method: "PATCH" });
  expect([answer.status, (await openVisitor(world).get(path)).status]).toEqual([200, 404]);
});

interface Shared {
  readonly world: World;
  readonly app: TestApp;
  readonly conversionId: string;
  /** The link's. */
  readonly path: string;
}

/** A payment of 50.00 USD by a customer of the app's creator, and the link to its story. */
async function shared(): Promise<Shared> {
  const world = await createWorld();
  const app = await world.newApp();
  const conversionId = await pay(world, app, { user: "customer-7", amount: 5_000, key: app.key });
  const { url } = await shareStory(world.deps, storyOf(app, conversionId));
  return { world, app, conversionId, path: new URL(url).pathname };
}

function storyOf(app: TestApp, conversionId: string): Story {
  return { subject: "conversion", id: conversionId, appId: app.id, affiliateId: app.affiliateId };
}
