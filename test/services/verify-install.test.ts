import { expect, test } from "vitest";
import type { SiteAnswer } from "../../worker/gateways/site/site.ts";
import { verifyInstall } from "../../worker/services/programs/verify-install.ts";
import { rowsOf } from "../support/dump.ts";
import { createWorld, type World } from "../support/world.ts";

const OWNER = { actor: "user:usr_1" };

test("R-verify_install a site with the tag is found, and noted for the checklist once it is", async () => {
  const { world, app, look } = await shop(() => html(""));
  expect(await look()).toEqual({ ok: true, value: { kind: "no_tag", tagManager: false } });
  expect(await verified(world)).toEqual([]);
  const there = await shop((_, id) => html(`<script src="https://x.test/agentlinks.js" data-app-id="${id}"></script>`));
  expect(await there.look()).toEqual({ ok: true, value: { kind: "found" } });
  expect(await verified(there.world)).toEqual([["user:usr_1", there.app.id]]);
  expect(app.id).not.toBe(there.app.id);
});

test("R-verify_install redirects within the site are followed, three of them", async () => {
  const { asked, look } = await shop((url) => {
    const step = Number(url.searchParams.get("step") ?? "0");
    return step < 3 ? redirect(`https://www.shop.example.test/?step=${step + 1}`) : html("");
  });
  expect(await look()).toMatchObject({ value: { kind: "no_tag" } });
  expect(asked.map(({ href }) => href)).toEqual([
    "https://shop.example.test/",
    "https://www.shop.example.test/?step=1",
    "https://www.shop.example.test/?step=2",
    "https://www.shop.example.test/?step=3",
  ]);
});

test("a site that goes on and on is left after the third", async () => {
  const { asked, look } = await shop(() => redirect("/again"));
  expect(await look()).toMatchObject({ value: { kind: "redirects" } });
  expect(asked).toHaveLength(4);
});

test.each([
  ["http://shop.example.test/", "shop.example.test"],
  ["https://evil.example.test/", "evil.example.test"],
  ["https://169.254.169.254/latest/meta-data/", "169.254.169.254"],
  ["https://127.0.0.1:8787/", "127.0.0.1:8787"],
  ["https://[::1]/", "[::1]"],
  ["https://0x7f.1/", "127.0.0.1"],
  ["https://localhost/", "localhost"],
  ["https://shop.example.test:22/", "shop.example.test:22"],
  ["https://a:b@shop.example.test/", "shop.example.test"],
  ["//evil.example.test/", "evil.example.test"],
  ["gopher://shop.example.test/", "shop.example.test"],
])("a redirect to %s is not followed", async (location, host) => {
  const { asked, look } = await shop(() => redirect(location));
  expect(await look()).toEqual({ ok: true, value: { kind: "elsewhere", host } });
  expect(asked).toHaveLength(1);
});

test.each(["127.0.0.1", "localhost", "169.254.169.254", "db.internal", "0x7f.1", "router"])(
  "an app that says its domain is %s is not asked there",
  async (domain) => {
    const { asked, look } = await shop(() => html(""), domain);
    expect(await look()).toEqual({ ok: true, value: { kind: "not_public" } });
    expect(asked).toEqual([]);
  },
);

test("an app without a domain has no site", async () => {
  const { look } = await shop(() => html(""), null);
  expect(await look()).toEqual({ ok: true, value: { kind: "no_domain" } });
});

test.each([
  [
    { ...html(""), status: 503 },
    { kind: "status", status: 503 },
  ],
  [
    { ...html(""), status: 302, location: null },
    { kind: "status", status: 302 },
  ],
  [{ ...html(""), contentType: "application/pdf" }, { kind: "not_html" }],
  [{ ...html(""), contentType: "text/htmlx" }, { kind: "not_html" }],
  [{ kind: "failed", reason: "not_public" } as const, { kind: "not_public" }],
  [{ kind: "failed", reason: "timeout" } as const, { kind: "unreachable", reason: "timeout" }],
])("%j is told as %j", async (answer, finding) => {
  const { look } = await shop(() => answer);
  expect(await look()).toEqual({ ok: true, value: finding });
});

test("R-verify_install five looks a minute are one app's: the sixth waits, and another app's goes on", async () => {
  const { world, asked, look } = await shop(() => html(""));
  for (let count = 0; count < 5; count++) expect(await look()).toMatchObject({ ok: true });
  const refused = await look();
  expect(refused).toMatchObject({ ok: false, failure: { code: "rate_limited" } });
  expect(refused.ok ? 0 : refused.failure.retryAfterS).toBeGreaterThan(0);
  expect(asked).toHaveLength(5);
  const other = await world.newApp();
  const own = { id: other.id, domain: "other.example.test" };
  expect(await verifyInstall(world.deps, own, OWNER)).toMatchObject({ ok: true });
});

async function shop(answer: (url: URL, appId: string) => SiteAnswer, domain: string | null = "shop.example.test") {
  const asked: URL[] = [];
  let appId = "";
  const world = await createWorld({ site: { get: async (url) => (asked.push(url), answer(url, appId)) } });
  const app = await world.newApp();
  appId = app.id;
  return { world, app, asked, look: () => verifyInstall(world.deps, { id: app.id, domain }, OWNER) };
}

async function verified({ db }: World) {
  const rows = await rowsOf(db, "audit");
  return rows.filter((row) => row["action"] === "install.verified").map((row) => [row["actor"], row["app"]]);
}

function html(text: string) {
  return { kind: "answered", status: 200, location: null, contentType: "text/html", policies: [], text } as const;
}

function redirect(location: string): SiteAnswer {
  return { ...html(""), status: 301, location };
}
