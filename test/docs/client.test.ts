import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { AgentLinks } from "../../client/src/index.ts";
import { DEFAULT_RETRIES, MAX_RETRIES, MAX_RETRY_AFTER_MS, waitBefore } from "../../client/src/retry.ts";
import { tempFolder } from "../support/temp-folder.ts";

const TEXT = readFileSync("docs/client.md", "utf8");
const BLOCKS = [...TEXT.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code = ""]) => code);

test("the code of the guide is right by the types that are packed, and a wrong call is not", () => {
  const wrong = [
    'void links.track.conversion({ user_id: "u_1" });',
    'void links.track.signup({ ref: "mara", user_id: "u_1", mail: "kim@example.com" });',
    'void links.events.list({ type: "commission.paid" });',
  ];
  expect(BLOCKS).toHaveLength(3);
  const errors = typeErrors({ "right.ts": BLOCKS, "wrong.ts": [...BLOCKS, ...wrong] });
  expect(errors.map((line) => line.split("(", 1)[0])).toEqual(wrong.map(() => "wrong.ts"));
}, 60_000);

test("the guide names every call, and its numbers are the client's", () => {
  const links = new AgentLinks({ url: "https://links.test", secretKey: "al_sk_test" });
  const names = Object.values(links).flatMap((group) => Object.keys(group));
  expect(names.filter((name) => !TEXT.includes(`\`${name}\``))).toEqual([]);
  expect(Object.keys(links).filter((name) => !TEXT.includes(`\`${name}\``))).toEqual([]);
  expect(TEXT).toContain(`| \`retries\` | \`${DEFAULT_RETRIES}\` | 0–${MAX_RETRIES}:`);
  expect(TEXT).toContain(`More than ${MAX_RETRY_AFTER_MS / 1000} seconds are not waited`);
  expect([1, 9].map((retry) => waitBefore(retry, { retryAfterMs: null, random: 1 }))).toEqual([500, 8_000]);
});

/** What the compiler says of a project that has the package, and nothing but Node's own types. */
function typeErrors(files: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const folder = tempFolder();
  for (const [name, blocks] of Object.entries(files)) writeFileSync(join(folder, name), blocks.join("\n"));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: "es2022",
    module: "nodenext",
    paths: { agentlinks: [resolve("client/dist/index.d.ts")] },
    types: ["node"],
    typeRoots: [resolve("node_modules/@types")],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { cwd: folder, encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes("error TS"));
}
