import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { expect, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";

const run = promisify(execFile);
const PACKAGE = JSON.parse(readFileSync("client/package.json", "utf8"));

test("CL7 the package holds what it promises, and publint and attw find nothing to say", async () => {
  const folder = tempFolder();
  // Built by `npm test`; its own script would build it anew under the feet of other tests.
  const pack = ["pack", "--ignore-scripts", "--offline", "--json", "--pack-destination", folder];
  const [packed] = JSON.parse((await run("npm", pack, { cwd: "client" })).stdout);
  const names = packed.files.map(({ path }: { path: string }) => path);
  expect(names).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.js", "dist/cjs/index.d.ts"]));
  expect(names.filter((name: string) => !/^(?:dist\/|LICENSE$|README\.md$|package\.json$)/.test(name))).toEqual([]);

  const file = join(folder, packed.filename);
  const bytes = readFileSync(file);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  expect(await publint({ pack: { tarball }, level: "suggestion", strict: true })).toMatchObject({ messages: [] });
  const attw = resolve("node_modules/@arethetypeswrong/cli/dist/index.js");
  const types = await run(process.execPath, [attw, file, "--no-definitely-typed", "--no-color", "--no-emoji"]);
  expect(types.stdout).toContain("No problems found");
}, 60_000);

test("CL7 it is taken by import and by require, and asks for a signature library that the product signs with", async () => {
  const names = "AgentLinks,AgentLinksError,WebhookVerificationError,getRef,verifyWebhook";
  const show = "console.log(Object.keys(agentlinks).sort().join())";
  const byImport = `import * as agentlinks from "agentlinks"; ${show}`;
  const byRequire = `const agentlinks = require(${JSON.stringify(resolve("client"))}); ${show}`;
  const imported = await run(process.execPath, ["--input-type=module", "--eval", byImport]);
  const required = await run(process.execPath, ["--input-type=commonjs", "--eval", byRequire]);
  expect([imported.stdout.trim(), required.stdout.trim()]).toEqual([names, names]);

  const product = JSON.parse(readFileSync("package.json", "utf8"));
  expect(PACKAGE.dependencies).toEqual({ standardwebhooks: `^${product.dependencies.standardwebhooks}` });
  expect([PACKAGE.license, PACKAGE.sideEffects, PACKAGE.type]).toEqual(["MIT", false, "module"]);
  expect(readFileSync("client/LICENSE", "utf8")).toBe(readFileSync("LICENSE", "utf8"));
});
