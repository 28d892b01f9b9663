import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { QUEUES, withQueue } from "./queue-config.ts";

/** What a deployment cannot do without; wrangler.toml holds nothing of one installation. */
const REQUIRED = ["DATABASE_URL", "DATABASE_AUTH_TOKEN", "PUBLIC_URL", "OPERATOR_KEY", "AUTH_SECRET"];
/** wrangler.toml with the queue turned on. */
const QUEUE_CONFIG = "dist/wrangler-queue.toml";

main(process.argv.slice(2));

/**
 * `npm run deploy`: deploys the worker, unless a secret is missing: then it prints the commands that set them. With
 * `--queue` clicks go through a queue, and the commands that make a missing one are printed too.
 */
function main(args: readonly string[]): void {
  const hasQueue = args.includes("--queue");
  const isDry = args.includes("--dry-run");
  const isSet = isDry ? () => true : readSecrets();
  const missingSecrets = REQUIRED.filter((name) => !isSet(name)).map((name) => `secret put ${name}`);
  const missing = [...missingSecrets, ...(hasQueue && !isDry ? missingQueues() : [])];
  if (missing.length > 0) {
    console.error(
      `Not deployed. Set what is missing:\n${missing.map((command) => `  npx wrangler ${command}`).join("\n")}`,
    );
    process.exitCode = 1;
    return;
  }
  if (!isSet("MAIL_URL"))
    console.error(
      `Mails wait, codes to sign in too, until there is a way out (docs/mail.md):\n  npx wrangler secret put MAIL_URL\n  npx wrangler secret put MAIL_FROM`,
    );
  const options = args.filter((arg) => arg !== "--queue");
  if (hasQueue) options.push("--config", writeQueueConfig());
  process.exitCode = spawnSync("wrangler", ["deploy", ...options], { stdio: "inherit" }).status ?? 1;
}

function writeQueueConfig(): string {
  mkdirSync("dist", { recursive: true });
  writeFileSync(QUEUE_CONFIG, withQueue(readFileSync("wrangler.toml", "utf8"), ".."));
  return QUEUE_CONFIG;
}

/** Which secrets are set. A worker that does not exist yet has none. */
function readSecrets(): (name: string) => boolean {
  const listed = spawnSync("wrangler", ["secret", "list", "--format", "json"], { encoding: "utf8" });
  if (listed.status !== 0) console.error(listed.stderr);
  return (name) => listed.status === 0 && listed.stdout.includes(`"${name}"`);
}

/** The commands that make them. */
function missingQueues(): readonly string[] {
  return QUEUES.filter((name) => !isThere(name)).map((name) => `queues create ${name}`);
}

function isThere(queue: string): boolean {
  return spawnSync("wrangler", ["queues", "info", queue]).status === 0;
}
