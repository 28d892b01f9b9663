import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { ConversionAnswer, SignupAnswer } from "../../snippet/api.d.ts";
import { createApp } from "../../worker/app.ts";
import { presentConversion, presentSignup } from "../../worker/wire/track.ts";
import { codeBlock } from "../support/code-block.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { createWorld } from "../support/world.ts";

test("AL9 a site's TypeScript takes the types as they are served, and finds a wrong call by them", async () => {
  const { deps } = await createWorld();
  const app = createApp(deps, { visitor: { ipOf: () => "192.0.2.1", countryOf: () => null } });
  const served = await app.request("/agentlinks.d.ts");
  expect([served.status, served.headers.get("Content-Type")]).toEqual([200, "text/plain; charset=UTF-8"]);
  const types = await served.text();

  const right = [
    codeBlock({ file: "docs/script.md", heading: "## TypeScript", language: "ts" }),
    '(window.AgentLinks = window.AgentLinks || []).push(["consent"]);',
    'void window.AgentLinks?.trackSignup?.({ user_id: 7, email: "kim@example.com", plan: "pro" }).then((answer) => {',
    '  const status: "active" | "already_referred" | undefined = answer?.referral.status;',
    "  return status;",
    "});",
  ];
  const wrong = [
    '(window.AgentLinks ??= []).push(["trackSignups", { user_id: "u_1" }]);',
    '(window.AgentLinks ??= []).push(["trackSignup", { email: "kim@example.com" }]);',
    'void window.AgentLinks?.trackConversion?.({ user_id: "u_1", amount_cents: "10.00" });',
    'window.AgentLinks?.getRef?.("paypal");',
  ];
  expect(typeErrors(types, right)).toEqual([]);
  for (const line of wrong) expect(typeErrors(types, [line])).toHaveLength(1);
});

test("AL9b the types of the answers are those that the server gives", () => {
  // The type check holds it: what is presented is what a site's types promise.
  const signup: (receipt: Parameters<typeof presentSignup>[0]) => SignupAnswer = presentSignup;
  const conversion: (...call: Parameters<typeof presentConversion>) => ConversionAnswer = presentConversion;
  expect([signup, conversion]).toEqual([presentSignup, presentConversion]);
});

/** What the compiler says of a site's file beside the types. */
function typeErrors(types: string, site: readonly string[]): readonly string[] {
  const folder = tempFolder();
  writeFileSync(join(folder, "agentlinks.d.ts"), types);
  writeFileSync(join(folder, "site.ts"), site.join("\n"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] } }',
  );
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(": error "));
}
