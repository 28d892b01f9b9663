import { spawnSync } from "node:child_process";

/** What a deployment cannot do without; wrangler.toml holds nothing of one installation. */
const REQUIRED = ["DATABASE_URL", "DATABASE_AUTH_TOKEN", "PUBLIC_URL", "OPERATOR_KEY", "AUTH_SECRET"];

main(process.argv.slice(2));

/** `npm run deploy`: deploys the worker, unless a secret is missing: then it prints the commands that set them. */
function main(args: readonly string[]): void {
  const missing = args.includes("--dry-run") ? [] : missingSecrets();
  if (missing.length > 0) {
    console.error(
      `Not deployed. Set what is missing:\n${missing.map((name) => `  npx wrangler secret put ${name}`).join("\n")}`,
    );
    process.exitCode = 1;
    return;
  }
  process.exitCode = spawnSync("wrangler", ["deploy", ...args], { stdio: "inherit" }).status ?? 1;
}

/** A worker that does not exist yet has no secrets: all of them are missing. */
function missingSecrets(): readonly string[] {
  const listed = spawnSync("wrangler", ["secret", "list", "--format", "json"], { encoding: "utf8" });
  if (listed.status !== 0) {
    console.error(listed.stderr);
    return REQUIRED;
  }
  return REQUIRED.filter((name) => !listed.stdout.includes(`"${name}"`));
}
