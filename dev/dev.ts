import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { watchWorker } from "../build-worker.mjs";
import { startLibsqlServer } from "./libsql-server.ts";

/** What it keeps between starts, for the owner of this machine alone. */
const SECRETS_FILE = "data/edge.json";
const DATABASE_FILE = "data/edge.db";

await main();

/** `npm run dev`: the Workers build in workerd, built anew when a file changes, over a libSQL server of its own. A signal ends all. */
async function main(): Promise<void> {
  const port = process.env["PORT"] ?? "8787";
  const secrets = keptSecrets();
  const server = await startLibsqlServer({ file: DATABASE_FILE, token: secrets.DATABASE_AUTH_TOKEN });
  const settings = { ...secrets, ENV: "dev", DATABASE_URL: server.url, PUBLIC_URL: `http://127.0.0.1:${port}` };
  if (await migrates(settings)) {
    console.log(`\nOperator key  ${secrets.OPERATOR_KEY}\n`);
    const stopWatching = await watchWorker();
    const worker = startWorker(port, settings);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => worker.kill(signal));
    await once(worker, "exit");
    await stopWatching();
  }
  await server.close();
}

/** In a process of its own that is waited for without blocking: the database answers from this one. */
async function migrates(settings: Readonly<Record<string, string>>): Promise<boolean> {
  const env = { ...process.env, ...settings };
  const migration = spawn(process.execPath, ["dist/cli.js", "migrate"], { env, stdio: "inherit" });
  const [code] = await once(migration, "exit");
  return code === 0;
}

function startWorker(port: string, settings: Readonly<Record<string, string>>): ChildProcess {
  const vars = Object.entries(settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const options = ["--ip", "127.0.0.1", "--port", port, "--show-interactive-dev-session=false"];
  return spawn("wrangler", ["dev", ...options, ...vars], { stdio: "inherit" });
}

function keptSecrets() {
  const fresh = { OPERATOR_KEY: secret("al_op_"), AUTH_SECRET: secret(""), DATABASE_AUTH_TOKEN: secret("") };
  const kept = existsSync(SECRETS_FILE) ? JSON.parse(readFileSync(SECRETS_FILE, "utf8")) : {};
  const secrets: typeof fresh = { ...fresh, ...kept };
  mkdirSync("data", { recursive: true });
  writeFileSync(SECRETS_FILE, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function secret(prefix: string): string {
  return prefix + randomBytes(32).toString("base64url");
}
