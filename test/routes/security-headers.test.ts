import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { openVisitor } from "../support/visitor.ts";
import { createWorld, type World } from "../support/world.ts";

const PAGE =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

test("R-headers every route that is mounted answers with a strict policy, whatever the answer", async () => {
  const { routes } = createApp(world.deps, { visitor: { ipOf: () => "192.0.2.1", countryOf: () => null } });
  const paths = new Set(routes.map(({ path }) => path.replaceAll(/:\w+(?:\{[^}]*\})?/g, "x").replaceAll("*", "x")));
  expect(paths.size).toBeGreaterThan(80);
  for (const path of paths) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const { status, headers } = await world.request(path, { method, ...(method === "POST" ? { body: "{}" } : {}) });
      const isPage = headers.get("Content-Type")?.startsWith("text/html") === true;
      expect({ path, method, status, ...shown(headers) }).toEqual({
        path,
        method,
        status,
        policy: isPage ? PAGE : NO_PAGE,
        sniff: "nosniff",
        opener: "same-origin",
        https: "max-age=63072000",
      });
    }
  }
});

describe("those of a page", () => {
  test("R-headers are the same signed out and in, refused and failed: it is not kept, and tells its address to nobody else", async () => {
    const browser = openVisitor(world);
    const answers = [await browser.get("/signin"), await browser.get("/nowhere")];
    await browser.signIn("mara@example.test");
    answers.push(
      await browser.get("/account"),
      await browser.post("/account"),
      await browser.post("/signout", {}, { Origin: null }),
    );
    for (const { headers } of answers) {
      expect(headers.get("Content-Security-Policy")).toBe(PAGE);
      expect(headers.get("Referrer-Policy")).toBe("same-origin");
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404, 403]);
  });

  test("R-headers hold in dev too, but for https, which it does not have", async () => {
    const dev = await createWorld({ config: { env: "dev" } });
    const { headers } = await dev.request("/signin");
    expect([headers.get("Content-Security-Policy"), headers.get("Strict-Transport-Security")]).toEqual([PAGE, null]);
  });
});

test("R-headers the scripts and types are every site's, and keep their caching", async () => {
  for (const path of ["/agentlinks.js", "/agentlinks.d.ts", "/referrals.js"]) {
    const { headers } = await world.request(path);
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
    expect(headers.get("Cache-Control")).toBe("public, max-age=86400");
  }
});

test("R-headers what is not there is a page to people, and JSON to everybody else and below /api", async () => {
  const html = { headers: { Accept: "text/html,*/*" } };
  for (const [path, init, type] of [
    ["/nowhere", html, "text/html; charset=UTF-8"],
    ["/apps/app_x/nowhere", {}, "text/html; charset=UTF-8"],
    ["/nowhere", {}, "application/json"],
    ["/api/nowhere", html, "application/json"],
  ] as const) {
    const response = await world.request(path, init);
    expect([path, response.status, response.headers.get("Content-Type")]).toEqual([path, 404, type]);
  }
});

function shown(headers: Headers) {
  return {
    policy: headers.get("Content-Security-Policy"),
    sniff: headers.get("X-Content-Type-Options"),
    opener: headers.get("Cross-Origin-Opener-Policy"),
    https: headers.get("Strict-Transport-Security"),
  };
}
