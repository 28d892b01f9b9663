import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { expect, test } from "vitest";
import { parseEnv } from "../../worker/env.ts";

const DOCKERFILE = readFileSync("Dockerfile", "utf8");
const { dependencies, scripts } = JSON.parse(readFileSync("package.json", "utf8"));
const START = ["node", "--enable-source-maps", "dist/node.js"];
const SECRETS = { OPERATOR_KEY: "o".repeat(32), AUTH_SECRET: "a".repeat(32), PUBLIC_URL: "https://links.example.test" };

/** better-auth asks for it within a `try`, and does without. */
const OPTIONAL = new Set(["@opentelemetry/api"]);

test("what was built needs nothing but dependencies", () => {
  for (const file of ["dist/node.js", "dist/cli.js"]) {
    const packages = importsOf(readFileSync(file, "utf8"));
    expect(packages).toContain("libsql");
    expect(packages.filter((name) => !(name in dependencies) && !OPTIONAL.has(name))).toEqual([]);
  }
});

test("what the Dockerfile copies is there, and no secret or data is sent to its build", () => {
  const copied = [...DOCKERFILE.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" ").filter((name) => !name.startsWith("--from")),
  );
  expect(copied).toContain("/app/dist");
  expect(copied.map((name) => name.replace("/app/", "")).filter((name) => !existsSync(name))).toEqual([]);
  const ignored = readFileSync(".dockerignore", "utf8").split("\n");
  expect(ignored).toEqual(
    expect.arrayContaining([".git", "**/node_modules", "**/dist", "data", "**/*.env", "**/*.db"]),
  );
});

test("the container starts what `npm start` does, as nobody special, on what it sets and three settings more", () => {
  expect(scripts.start).toContain(START.join(" "));
  expect(DOCKERFILE).toContain(`\nCMD ${JSON.stringify(START).replaceAll(",", ", ")}\n`);
  expect(DOCKERFILE.indexOf("\nUSER node\n")).toBeGreaterThan(DOCKERFILE.lastIndexOf("\nFROM "));
  const [, sets = ""] = /^ENV (.+)$/m.exec(DOCKERFILE) ?? [];
  const env = Object.fromEntries(sets.split(" ").map((pair) => pair.split("=", 2)));
  expect(parseEnv({ ...env, ...SECRETS })).toMatchObject({
    config: { env: "production", host: "0.0.0.0", databaseUrl: "file:/data/agentlinks.db" },
  });
});

test("its bases are one Node, pinned, that the product runs on", () => {
  const bases = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  expect(new Set(bases)).toEqual(new Set(["node:24-slim"]));
});

test("the services run what was built, from the folder where it stands", () => {
  const commands = ["agentlinks", "agentlinks-backup"].map((name) => {
    const unit = readFileSync(`packaging/systemd/${name}.service`, "utf8");
    expect(unit).toContain("\nWorkingDirectory=/opt/agentlinks\n");
    return /^ExecStart=\/usr\/bin\/(.+)$/m.exec(unit)?.[1];
  });
  expect(commands).toEqual([START.join(" "), "node dist/cli.js backup /var/lib/agentlinks-backups --keep 14"]);
});

test("the example of settings is taken as it is, once its secrets are drawn", () => {
  const text = readFileSync("packaging/agentlinks.env.example", "utf8");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  expect(Object.entries(env).filter(([, value]) => value === "")).toHaveLength(3);
  expect(parseEnv({ ...env, ...SECRETS })).toHaveProperty("config");
  expect(parseEnv(env)).toEqual({
    problems: [expect.stringMatching("OPERATOR_KEY"), expect.stringMatching("AUTH_SECRET")],
  });
});

/** The packages that a built file imports or requires, its own modules aside. */
function importsOf(code: string): readonly string[] {
  const found = code.matchAll(/^(?:import|export)\b[^"\n]*?"([^"\n]+)";$|\bimport\("([^"\n]+)"\)/gm);
  const names = [...found].map(([, fixed, later]) => fixed ?? later ?? "");
  return [...new Set(names.filter((name) => !name.startsWith(".") && !isBuiltin(name)).map(packageOf))];
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
