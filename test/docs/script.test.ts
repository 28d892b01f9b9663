import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import { codeBlock } from "../support/code-block.ts";
import { LINKS, startDoor } from "../support/first-party.ts";
import { jsonOf } from "../support/node-door.ts";

const FILE = "docs/script.md";

test("docs/script.md names every attribute that the script reads, and no other", () => {
  const documented = [...readFileSync(FILE, "utf8").matchAll(/^\| `data-([\w-]+)` \|/gm)].map(([, name]) => name);
  const source = readFileSync("snippet/agentlinks.ts", "utf8");
  const read = [...source.matchAll(/\bdata\.(\w+)|"(\w+)" in data\b/g)].map(([, field, key]) =>
    (field ?? key ?? "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
  expect(new Set(documented)).toEqual(new Set(read));
});

test("a backend's conversion counts as the documentation shows it", async () => {
  const door = await startDoor();
  const key = door.dev().demo.secretKey;
  const headers = { Authorization: `Bearer ${key}` };
  const signup = JSON.stringify({ ref: "demo42", user_id: "u_1" });
  await fetch(`${door.url}/api/track/signup`, { method: "POST", headers, body: signup });

  const sample = codeBlock({ file: FILE, heading: "## Conversions", language: "js" }).replace(LINKS, door.url);
  execFileSync(process.execPath, ["--input-type=module", "--eval", sample], { env: { AGENTLINKS_KEY: key } });

  const { affiliates } = await jsonOf(await fetch(`${door.url}/api/v1/affiliates`, { headers }));
  const path = `/api/v1/affiliates/${affiliates[0].id}/balance`;
  const { balances } = await jsonOf(await fetch(door.url + path, { headers }));
  expect(balances).toMatchObject([{ currency: "usd", pending_cents: 2_850 }]);
});

test.each([
  ["with a code", { agentlinks_ref: "demo42" }, { mode: "payment", client_reference_id: "al-demo42" }],
  ["without a code", {}, { mode: "payment" }],
])("a Checkout Session %s is made as it should be", async (_, cookies, expected) => {
  const sample = codeBlock({ file: FILE, heading: "## Stripe", language: "js" });
  const make = compileFunction(`return (async () => {${sample}return session;})()`, ["req", "stripe", "order"]);
  const stripe = { checkout: { sessions: { create: (session: unknown) => session } } };
  expect(await make({ cookies }, stripe, { mode: "payment" })).toEqual(expected);
});
