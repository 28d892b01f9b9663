import { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import { appAccess, freshCode, ownForms, promoterAccess, signedIn, withPerson } from "../../worker/pages/access.ts";
import type { PageEnv } from "../../worker/pages/context.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const OWNER = "owner@example.test";
const OPERATOR = "operator@example.test";
const MINUTE_MS = 60_000;

let world: World;
let app: TestApp;
let other: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  other = await world.newApp();
  const own = "INSERT INTO app_owner (app, email, actor, created_at) VALUES (?1, ?2, 'a test', 1)";
  await world.db.batch([{ sql: own, args: [app.id, OWNER] }]);
});

describe("an app's page", () => {
  test.each([
    ["an operator", OPERATOR, [200, 200]],
    ["its owner", OWNER, [200, 404]],
    ["its creator", "creator1@example.test", [404, 404]],
    ["a stranger", "mara@example.test", [404, 404]],
    ["nobody", null, [404, 404]],
  ] as const)("R-owners D-tenancy is there for %s: %s", async (_, email, statuses) => {
    const page = await pagesOf(email, appAccess(world.deps));
    expect([(await page(`/apps/${app.id}`)).status, (await page(`/apps/${other.id}`)).status]).toEqual(statuses);
  });

  test("R-owners that nobody has is there for nobody, nor is an id that is none", async () => {
    const page = await pagesOf(OPERATOR, appAccess(world.deps));
    for (const id of ["app_x", "app_%00", "%ff", "app_", "x'--", "a".repeat(500)]) {
      expect((await page(`/apps/${id}`)).status).toBe(404);
    }
  });
});

describe("a creator's page", () => {
  test.each([
    ["its creator", "creator1@example.test", [200, 404]],
    ["the creator of another app", "creator2@example.test", [404, 200]],
    ["its owner", OWNER, [404, 404]],
    ["an operator", OPERATOR, [404, 404]],
    ["nobody", null, [404, 404]],
  ] as const)("R-owners D-tenancy is there for %s: %s", async (_, email, statuses) => {
    const page = await pagesOf(email, promoterAccess(world.deps));
    const [own, another] = [await page(`/apps/${app.id}`), await page(`/apps/${other.id}`)];
    expect([own.status, another.status]).toEqual(statuses);
    if (own.status === 200) expect(await own.json()).toEqual({ app: app.id, affiliate: app.affiliateId });
  });

  test("AR1 is there while the promoters' side is on", async () => {
    const page = await pagesOf("creator1@example.test", promoterAccess(world.deps));
    await world.call(
      `/api/v1/apps/${app.id}`,
      { enable_platform_referrals: false },
      { key: world.operatorKey, method: "PATCH" },
    );
    expect((await page(`/apps/${app.id}`)).status).toBe(404);
  });
});

describe("a fresh code", () => {
  test("R-session is asked for after 15 minutes of the machine's own clock, not of the one that dev moves", async () => {
    const page = await pagesOf(OWNER, freshCode(world.deps));
    world.advance(400 * 86_400_000);
    expect((await page("/apps/a?b=1")).status).toBe(200);
    await age(15 * MINUTE_MS - 10_000);
    expect((await page("/apps/a?b=1")).status).toBe(200);
    await age(11_000);
    const stale = await page("/apps/a?b=1");
    expect([stale.status, stale.headers.get("Location")]).toEqual([303, "/signin/confirm?next=%2Fapps%2Fa%3Fb%3D1"]);
  });

  test("R-session sends a form back to the page that holds it, and to no other site", async () => {
    const page = await pagesOf(OWNER, freshCode(world.deps));
    await age(16 * MINUTE_MS);
    const post = async (referer: string) => {
      const headers = {
        Origin: "https://links.example.test",
        Referer: referer,
        "Content-Type": "application/x-www-form-urlencoded",
      };
      return (await page("/apps/a", { method: "POST", headers })).headers.get("Location");
    };
    expect(await post("https://links.example.test/apps/a/keys?x=1")).toBe(
      "/signin/confirm?next=%2Fapps%2Fa%2Fkeys%3Fx%3D1",
    );
    for (const referer of ["https://evil.test/apps", "", "x", "https://links.example.test//evil.test"]) {
      expect(await post(referer)).toBe("/signin/confirm?next=%2F");
    }
  });

  test("R-session asks who is signed out to sign in", async () => {
    const page = await pagesOf(null, freshCode(world.deps));
    expect((await page("/apps/a")).headers.get("Location")).toBe("/signin?next=%2Fapps%2Fa");
  });
});

test("R-session who is not signed in is asked to, and comes back to the page and its query", async () => {
  const page = await pagesOf(null, signedIn());
  const answer = await page("/apps/a?b=%2F&c");
  expect([answer.status, answer.headers.get("Location")]).toEqual([303, "/signin?next=%2Fapps%2Fa%3Fb%3D%252F%26c"]);
});

test("R-csrf in dev a form comes from this machine, by the name it was called by, and from nowhere else", async () => {
  const dev = {
    ...world.deps,
    config: { ...world.deps.config, env: "dev" as const, publicUrl: "http://127.0.0.1:8787" },
  };
  const routes = new Hono<PageEnv>();
  routes.use(withPerson(dev), ownForms(dev)).post("/", (c) => c.text("done"));
  const post = async (host: string, origin: string) => {
    const headers = { Host: host, Origin: origin, "Content-Type": "application/x-www-form-urlencoded" };
    return (await routes.request(`http://${host}/`, { method: "POST", headers })).status;
  };
  expect(await post("127.0.0.1:8787", "http://127.0.0.1:8787")).toBe(200);
  expect(await post("localhost:8787", "http://localhost:8787")).toBe(200);
  expect(await post("localhost:8787", "http://localhost:3000")).toBe(403);
  // A name of somebody else's that leads to this machine (DNS rebinding).
  expect(await post("evil.test", "http://evil.test")).toBe(403);
});

/** A page behind `access`, asked by somebody's browser. */
async function pagesOf(email: string | null, access: ReturnType<typeof signedIn>) {
  const routes = new Hono<PageEnv>();
  routes.use(withPerson(world.deps));
  routes.all("/apps/:appId", access, (c) => c.json({ app: c.get("app")?.id, affiliate: c.get("affiliate")?.id }));
  const browser: Visitor = openVisitor(world);
  if (email !== null) await browser.signIn(email);
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
    Promise.resolve(
      routes.request(`https://links.example.test${path}`, { ...init, headers: { Cookie: cookie, ...init.headers } }),
    );
}

/** Makes everybody's session as much older. */
async function age(millis: number): Promise<void> {
  await world.db.batch([{ sql: "UPDATE sessions SET created_at = created_at - ?1", args: [BigInt(millis)] }]);
}
