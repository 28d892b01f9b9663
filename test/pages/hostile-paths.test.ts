import { describe, expect, test } from "vitest";
import { pages } from "../../worker/pages/pages.ts";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { PAGE_QUERIES } from "../support/page-queries.ts";
import { openVisitor } from "../support/visitor.ts";
import { createWorld } from "../support/world.ts";

const OWNER = "owner@example.test";
const CREATOR = "creator1@example.test";
const OPERATOR = "operator@example.test";
const HOSTILE = ["%00", "%0a", "%7F", "%ff", "%ED%A0%80", "%2e%2e", "x".repeat(300), "%F0%9F%98%80", "__proto__"];
const QUERIES = ["%00", "%ff", "__proto__"];
describe("an address that nobody means well with", () => {
  test("D-input of a page that is asked for by an owner or a creator never breaks it", async () => {
    const { world, app, errors } = await stage();
    const paths = getPaths(world.deps);
    expect(paths.length).toBeGreaterThan(30);
    const broken: unknown[] = [];
    for (const [email, isTheirs] of [
      [OWNER, (path: string) => !/^\/(?:referrals|settings)/.test(path)],
      [OPERATOR, (path: string) => path.startsWith("/settings")],
      [CREATOR, (path: string) => /^\/(?:referrals|join)/.test(path)],
    ] as const) {
      const visitor = openVisitor(world);
      await visitor.signIn(email);
      for (const path of paths.filter(isTheirs)) {
        const here = path.replace(":appId", app.id);
        const ids = here.includes(":") ? HOSTILE.map((id) => here.replaceAll(/:\w+/g, id)) : [];
        const asked = QUERIES.map((text) => `?${PAGE_QUERIES.map((name) => `${name}=${text}`).join("&")}`);
        for (const one of [...ids, ...asked.map((query) => here.replaceAll(/:\w+/g, "x") + query)]) {
          const { status } = await visitor.get(one);
          if (![200, 303, 400, 404].includes(status)) broken.push([email, one, status]);
        }
      }
    }
    expect(broken).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("D-input control characters are in no path, and in no query", async () => {
    const { world, app, errors } = await stage();
    const visitor = openVisitor(world);
    await visitor.signIn(CREATOR);
    for (const code of ["%00", "%1f", "%0A", "%7f"]) {
      for (const path of ["commissions", "payouts"]) {
        expect((await visitor.get(`/referrals/${app.id}/${path}/${code}`)).status).toBe(404);
        expect((await visitor.get(`/referrals/${app.id}/${path}?cursor=${code}`)).status).toBe(400);
      }
      expect((await visitor.get(`/join/${code}`)).status).toBe(404);
    }
    expect(errors).toEqual([]);
  });
});

test("D-input no path below /docs leads to another file", async () => {
  const { world, errors } = await stage();
  const files = ["/docs/", "/docs/files/", "/docs/images/"];
  const beyond = [
    "../openapi.json",
    "../../node.js",
    "../../../package.json",
    "api.json",
    "index.json",
    ".env",
    "/etc/passwd",
  ];
  for (const file of files) {
    for (const path of beyond.flatMap(written)) {
      const { status } = await world.request(file + path);
      expect([file + path, status]).toEqual([file + path, 404]);
    }
  }
  for (const path of ["/docs/index", "/docs/files", "/docs/api.md", "/docs/API", "/docs/api/", "/docs/api/x"]) {
    expect([path, (await world.request(path)).status]).toEqual([path, 404]);
  }
  expect(errors).toEqual([]);
});

test("D-input a form that cannot be read is refused, signed in or not, and is no fault of ours", async () => {
  const { world, errors } = await stage();
  const visitor = openVisitor(world);
  const cookies: Record<string, string>[] = [{}];
  await visitor.signIn(OWNER);
  cookies.push({ Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ") });
  const part = '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nmara@exa';
  for (const cookie of cookies) {
    for (const path of ["/signin", "/signin/confirm", "/signout"]) {
      for (const [type, body] of [
        ["multipart/form-data", part],
        ["multipart/form-data; boundary=x", "garbage"],
        ["multipart/form-data; boundary=x", part],
        ["multipart/form-data; boundary=", "--"],
      ] as const) {
        const headers = { Origin: "https://links.example.test", "Content-Type": type, ...cookie };
        const answer = await world.request(path, { method: "POST", headers, body });
        expect([path, type, answer.status]).toEqual([path, type, 400]);
        expect(await answer.text()).toContain("That did not work");
      }
    }
  }
  expect(errors).toEqual([]);
});

async function stage() {
  const errors: unknown[] = [];
  const world = await createWorld({ log: (entry) => void (entry["level"] === "error" && errors.push(entry)) });
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  return { world, app, errors };
}

/** A path as it comes through what takes paths apart. */
function written(path: string): readonly string[] {
  return [
    path.replaceAll("/", "%2f"),
    path.replaceAll("/", "%2F").replaceAll(".", "%2e"),
    path.replaceAll("/", "%5c"),
    path.replaceAll("/", "%252f"),
    `${path.replaceAll("/", "%2f")}%00`,
  ];
}

/** Of every page that answers GET, its pattern; not of streams, which have no end. */
function getPaths(deps: Parameters<typeof pages>[0]): readonly string[] {
  const { routes } = pages(deps, { isUnavailable: () => false });
  return [
    ...new Set(
      routes.flatMap(({ method, path }) => (method === "GET" && !path.split("/").includes("live") ? [path] : [])),
    ),
  ];
}
