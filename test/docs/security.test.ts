import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { parseEnv } from "../../worker/env.ts";

const SECURITY = readFileSync("SECURITY.md", "utf8");
const HOSTING = readFileSync("docs/self-hosting.md", "utf8");

test("every threat of SECURITY.md names tests that are there", () => {
  const table = SECURITY.split("| threat |")[1]?.split("\n\n")[0] ?? "";
  const threats = table.split("\n").slice(2);
  expect(threats.length).toBeGreaterThan(10);
  const names = new Set(globSync("test/**/*.test.ts").map((file) => basename(file, ".test.ts")));
  const named = threats.map((threat) =>
    [...(threat.split("|")[3] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  expect(named.filter((tests) => tests.length === 0)).toEqual([]);
  expect(named.flat().filter((name) => !(name.includes("/") ? existsSync(name) : names.has(name)))).toEqual([]);
});

test("docs/self-hosting.md sets what a worker cannot do without, and counts it right", () => {
  const secrets = [...HOSTING.matchAll(/wrangler secret put (\w+)/g)].map(([, name]) => name);
  const parsed = parseEnv({ ENV: "production" });
  const missing = "problems" in parsed ? parsed.problems.map((problem) => problem.split(":")[0]) : [];
  expect(new Set(secrets)).toEqual(new Set([...missing, "DATABASE_AUTH_TOKEN"]));
  const [box = "", edge = ""] = HOSTING.split("## On Cloudflare");
  for (const part of [box, edge]) {
    const steps = [...part.matchAll(/^\d+\. /gm)].length;
    expect(part).toContain(`${steps} steps`);
  }
  expect(edge).toContain(`${secrets.length} secrets`);
  const variables = [...(box.match(/printf '([^']+)'/)?.[1] ?? "").matchAll(/([A-Z_]+)=/g)].map(([, name]) => name);
  expect(new Set(variables)).toEqual(new Set(["ENV", ...missing]));
  expect(box).toContain(`${variables.length} variables`);
});
