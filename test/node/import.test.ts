import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import Database from "libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NodeDoor, startNodeDoor } from "../support/node-door.ts";

// `node dist/cli.js import`, beside the server of dev, on its database.

const DOC = readFileSync("docs/moving-in.md", "utf8");
const EXAMPLE = blockOf("csv");

// One server for all: they are about different people.
let folder: string;
let door: NodeDoor;
let appId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agentlinks-import-"));
  door = await startNodeDoor(folder);
  ({ appId } = door.dev().demo);
}, 60_000);

afterAll(async () => {
  await door.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("D-moving_in the file of docs/moving-in.md is told as it is printed there, and moved in once", async () => {
  writeFileSync(join(folder, "moving-in.csv"), EXAMPLE);
  const args = ["import", "moving-in.csv", "--app", appId];
  const dry = await command([...args, "--report", "report.csv"]);
  expect(dry).toEqual({ code: 0, stdout: blockOf("text"), stderr: "" });
  expect(statSync(join(folder, "report.csv")).mode & 0o077).toBe(0);
  expect(readFileSync(join(folder, "report.csv"), "utf8").split("\r\n").slice(0, 3)).toEqual([
    "line,type,key,outcome,field,reason",
    "2,affiliate,kim@example.com,make,,",
    "3,affiliate,sam@example.com,make,,",
  ]);
  const applied = await command([...args, "--apply"]);
  expect(applied.stdout).toContain("balances: 2 (2 made)\n80.00 EUR in the file, 80.00 EUR opened\n");
  expect(applied.stdout).toMatch(/Written\. Run it again any time: nothing is made twice\.\n$/);
  const again = await command([...args, "--apply"]);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain("affiliates: 2 (2 known)\ncodes: 1 (1 known)\nreferrals: 2 (2 known)\n");

  const sale = { user_id: "u_1001", amount_cents: 10_000, event_id: "s1" };
  expect((await ask("/api/track/conversion", sale)).commission).toMatchObject({ commission_cents: 2_500 });
}, 60_000);

test("D-moving_in what is wrong is told and refused whole, or left out when that is asked for", async () => {
  const file = `type;email;ref;amount;currency;spalte\naffiliate;ann@example.com;ann;;;1\naffiliate;kim;k;;;\nbalance;ann@example.com;;1,50;usd;\nbalance;ann@example.com;;2;usd;\ncode;ann@example.com;demo42;;;\n`;
  writeFileSync(join(folder, "f.csv"), file);
  const args = ["import", "f.csv", "--app", appId, "--apply"];
  const problems = [
    "line 3: email must be an e-mail address",
    "line 4: amount must be an amount like 1234.50, without a mark for thousands",
    "line 6: ref is the code of another affiliate of this app",
  ];
  const refused = await command(args);
  expect([refused.code, refused.stderr]).toEqual([1, ""]);
  expect(refused.stdout.split("\n")).toEqual([
    "Columns that are not read: spalte.",
    "affiliates: 1 (1 to make)",
    "codes: 1 (1 skipped)",
    "balances: 1 (1 to make)",
    "2.00 USD in the file, 2.00 USD to open",
    ...problems,
    "Nothing was written, for there are problems. Mend the file, or leave these rows out with --skip-invalid.",
    "",
  ]);
  const left = await command([...args, "--skip-invalid"]);
  expect(left.code).toBe(1);
  expect(left.stdout).toContain("2.00 USD in the file, 2.00 USD opened\n");
  for (const problem of problems) expect(left.stdout).toContain(problem);

  const nowhere = await command([...args, "--report", join(folder, "none", "r.csv")]);
  expect(nowhere).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining("r.csv cannot be written.") });
  const unknown = await command(["import", "f.csv", "--app", appId, "--now"]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^usage: /)]);
}, 60_000);

test("D-moving_in killed while it writes, twice, it comes to its end beside the server, with the file's sum", async () => {
  const rows = Array.from({ length: 500 }, (_, n) => {
    const email = `creator-${n}@example.com`;
    return `affiliate,${email},c-${n},,,\nreferral,${email},,user-${n},,\nbalance,${email},,,usd,${n}.05\n`;
  });
  writeFileSync(join(folder, "many.csv"), `type,email,ref,user_id,currency,amount\n${rows.join("")}`);
  const args = ["import", "many.csv", "--app", appId, "--apply"];
  // The first is killed among the affiliates, the second among what comes after. Asking the server would take too long.
  const native = new Database(join(folder, "data", "agentlinks.db"));
  const told = native.prepare("SELECT count(*) AS count FROM event WHERE kind = ?");
  const countOf = (type: string) => (told.get(type) as { readonly count: number }).count;
  for (const type of ["affiliate.joined", "signup.created"]) {
    const before = countOf(type);
    expect((await command(args, () => countOf(type) > before)).code).toBeNull();
  }
  native.close();
  const last = await command(args);
  expect([last.code, last.stderr]).toEqual([0, ""]);
  expect(last.stdout).toContain("124,775.00 USD in the file");
  const again = await command(args);
  expect(again.stdout.split("\n").slice(0, 4)).toEqual([
    "affiliates: 500 (500 known)",
    "referrals: 500 (500 known)",
    "balances: 500 (500 known)",
    "124,775.00 USD in the file, 124,775.00 USD open before",
  ]);
  expect((await command(["audit"])).stdout).toBe("The books balance.\n");
}, 60_000);

/** The first block of a language in the guide. */
function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``).exec(DOC)?.[1] ?? expect.fail(`no ${language}`);
}

/** Runs a command to its end, or kills it as soon as something is so. */
async function command(args: readonly string[], isKilled?: () => boolean) {
  const child = spawn(process.execPath, [resolve("dist/cli.js"), ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (isKilled !== undefined) {
    while (child.exitCode === null && !isKilled()) await new Promise((later) => setTimeout(later, 2));
    child.kill("SIGKILL");
  }
  const [stdout, stderr] = await ended;
  return { code: child.exitCode, stdout, stderr };
}

/** Calls the server with the demo's key: POST with a body, GET without. */
async function ask(path: string, body?: object) {
  const response = await fetch(door.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${door.dev().demo.secretKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return JSON.parse(await response.text());
}
