import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildSnippet } from "../../build-snippet.mjs";
import { STATUS_OF } from "../../worker/wire/errors.ts";
import { startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const README = readFileSync("README.md", "utf8");

test("the README's size of the script is the build's", async () => {
  const { min, gzip, brotli } = await buildSnippet();
  const [bytes, gzipped, brotlied] = [min, gzip, brotli].map((size) => size.toLocaleString("en-US"));
  expect(README).toContain(`<!-- size -->${bytes} bytes, ${gzipped} gzipped, ${brotlied} with brotli<!-- /size -->`);
});

test("the README's calls do what it says", async () => {
  const door = await startNodeDoor(tempFolder());
  try {
    const script = [...README.matchAll(/```sh\n([^`]+)```/g)].map(([, block]) => block).join("\n");
    const env = { ...process.env, URL: door.url, KEY: door.dev().demo.secretKey };
    const answers = execFileSync("bash", ["-ec", script], { env, encoding: "utf8" });
    expect(answers).toContain(
      '"commission":{"amount_cents":10000,"commission_cents":3000,"platform_fee_cents":150,"net_commission_cents":2850}',
    );
    expect(answers).toContain(
      '"reversed":{"commission_cents":1000,"platform_fee_cents":50,"net_commission_cents":950}',
    );
  } finally {
    await door.stop("SIGTERM");
  }
});

test("docs/api.md names every error code, under its status, and no other", () => {
  const table = readFileSync("docs/api.md", "utf8").split("## Errors")[1] ?? "";
  const documented = [...table.matchAll(/^\| (\d{3}) \|(.*)\|$/gm)].flatMap(([, status, codes = ""]) =>
    [...codes.matchAll(/`([a-z_]+)`/g)].map(([, code]) => [code, Number(status)]),
  );
  expect(Object.fromEntries(documented)).toEqual(STATUS_OF);
});
