import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import { buildReferrals } from "../../build-referrals.mjs";
import { ENGLISH } from "../../referrals/labels.ts";
import { codeBlock } from "../support/code-block.ts";
import { LINKS, startDoor } from "../support/first-party.ts";
import { jsonOf } from "../support/node-door.ts";

const FILE = "docs/friend-credits.md";
const DOCS = readFileSync(FILE, "utf8");

test("AR13 AR15 KX14 KX21 a backend's calls do what docs/friend-credits.md says", async () => {
  const door = await startDoor();
  const { secretKey } = door.dev().demo;
  const headers = { Authorization: `Bearer ${secretKey}` };
  const settings = codeBlock({ file: FILE, heading: "## Settings", language: "json" });
  const changed = await fetch(`${door.url}/api/v1/app`, { method: "PATCH", headers, body: settings });
  expect((await jsonOf(changed)).app.credits.share_url).toBe("https://app.example.com/auth?ref={code}");

  const agentlinks = run(`${block("## In your backend").replace(LINKS, door.url)}; return agentlinks;`, {
    process: { env: { AGENTLINKS_KEY: secretKey } },
  });
  const kim = { id: "kim", email: "kim@example.com" };
  const { token } = await askForToken(agentlinks, kim);
  expect((await askForToken(agentlinks, null)).status).toBe(401);
  const shown = await fetch(`${door.url}/api/v1/referrals/code`, { headers: { Authorization: `Bearer ${token}` } });
  const { referral_code: code } = await jsonOf(shown);

  const signup = block("### A code at signup");
  const cookies = { agentlinks_ref: code };
  await run(`return (async () => {${signup}})()`, { agentlinks, req: { body: {}, cookies }, user: { id: "ada" } });
  // Neither a code that nobody has nor a backend that is not there stops a signup.
  for (const given of [agentlinks, () => Promise.reject(new Error("away"))]) {
    const scope = {
      agentlinks: given,
      req: { body: { code: "nobodys" }, cookies: {} },
      user: { id: "eve" },
      console: QUIET,
    };
    expect(await run(`return (async () => {${signup}})()`, scope)).toBeUndefined();
  }
  expect([await balance(door.url, headers, "kim"), await balance(door.url, headers, "ada")]).toEqual([100, 100]);

  await agentlinks("/referrals/redeem", { code, referred_account_id: "bob", pending: true });
  await run(`return (async () => {${block("### A referral that has yet to qualify")}})()`, {
    agentlinks,
    user: { id: "bob" },
  });
  expect(await balance(door.url, headers, "bob")).toBe(100);

  const order = { id: "7" };
  const spend = `return (async () => {${block("### Spending")}; return balance; })()`;
  for (const _ of ["once", "again"]) expect(await run(spend, { agentlinks, order, user: { id: "ada" } })).toBe(40);
  await expect(run(spend, { agentlinks, order: { id: "8" }, user: { id: "ada" } })).rejects.toThrow(/credits/i);

  const listed = await jsonOf(await fetch(`${door.url}/api/v1/redemptions`, { headers }));
  const redemption = listed.redemptions.find(
    (found: { referred_account_id: string }) => found.referred_account_id === "ada",
  );
  await run(`return (async () => {${block("### Fraud")}})()`, { agentlinks, redemption });
  expect([await balance(door.url, headers, "kim"), await balance(door.url, headers, "ada")]).toEqual([100, -60]);
});

test("docs/friend-credits.md names every attribute, event, colour and word of the element, and no other", async () => {
  const { code } = await buildReferrals();
  const observed = /observedAttributes=(\[[^\]]+\])/.exec(code)?.[1] ?? "[]";
  expect(tableOf("attribute")).toEqual(new Set(JSON.parse(observed)));

  const sources = ["sharing", "invitations", "replacing", "referrals"].map((name) =>
    readFileSync(`referrals/${name}.ts`, "utf8"),
  );
  const emitted = [...sources.join("").matchAll(/\bemit\("(\w+)"/g)].map(([, name]) => `agentlinks:${name}`);
  expect(tableOf("event")).toEqual(new Set(emitted));

  const properties = readFileSync("referrals/referrals.css", "utf8").match(/--agentlinks-[\w-]+/g);
  expect(tableOf("property")).toEqual(new Set(properties));

  expect(JSON.parse(codeBlock({ file: FILE, heading: "### Words", language: "json" }))).toEqual(ENGLISH);
});

test("the element's size in docs/friend-credits.md is the build's", async () => {
  const { gzip } = await buildReferrals();
  expect(DOCS).toContain(`<!-- size -->${gzip.toLocaleString("en-US")} bytes gzipped<!-- /size -->`);
});

const QUIET = { error: () => undefined };

function block(heading: string): string {
  return codeBlock({ file: FILE, heading, language: "js" });
}

/** Runs what the documentation shows, with what it takes as there. */
function run(source: string, scope: Readonly<Record<string, unknown>>): ReturnType<typeof JSON.parse> {
  return compileFunction(source, Object.keys(scope))(...Object.values(scope));
}

/** The documented route for tokens, of an app that knows its users already. */
async function askForToken(agentlinks: unknown, user: unknown): ReturnType<typeof jsonOf> {
  let handler: ((req: unknown, res: unknown) => Promise<unknown>) | undefined;
  const app = { post: (_path: string, given: typeof handler) => void (handler = given) };
  run(block("### A token for your page"), { app, agentlinks });
  let answer: object = {};
  const res = {
    status: (status: number) => ({ json: () => void (answer = { status }) }),
    json: (body: object) => void (answer = body),
  };
  await handler?.({ user }, res);
  return answer;
}

async function balance(url: string, headers: Readonly<Record<string, string>>, account: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/credits`, { headers: { ...headers, "X-Account-Id": account } });
  return (await jsonOf(answer)).balance;
}

/** The names in the first column of the table with this heading. */
function tableOf(heading: string): Set<string | undefined> {
  const table = DOCS.split(`\n| ${heading} |`, 2)[1]?.split("\n\n", 1)[0] ?? "";
  const cells = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell]) => cell ?? "");
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
}
