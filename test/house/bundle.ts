import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WorkerModules } from "../support/workerd-process.ts";

/**
 * Bytes of the Worker as it is uploaded. Cloudflare takes 3 MB gzipped on its free plan: a package that comes in unnoticed is to
 * be noticed. Whoever needs more raises the limit, and says what for.
 *
 * 500,000 of them, 75,000 gzipped, are Stripe's SDK, which cannot be shaken down to what is used of it. What is said of payouts,
 * books and explanations is 270,000, csv-parse and csv-stringify among it. 950,000, 230,000 gzipped, are better-auth with zod
 * and drizzle, which cannot be shaken down either. 200,000 are the files of the pages and scripts, compressed three ways; 800,000 are
 * the pages with their words. Webhooks out are 50,000, standardwebhooks among them, and their pages as much.
 */
export const LIMITS = { raw: 3_250_000, gzip: 890_000 };

/**
 * The part that an isolate parses before it answers its first click: the entry, and what that imports at once. Everything else
 * is loaded by `import()`.
 */
export const MAX_INGEST_BYTES = 315_000;

/** The Worker as wrangler uploads it for a deployment. Throws what wrangler says when it does not. */
export function bundleWorker(): WorkerModules {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bundle-"));
  try {
    const built = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", folder], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`wrangler failed: ${built.error ?? ""}${built.stdout}${built.stderr}`);
    const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The entry, and the modules that are evaluated before it. */
export function ingestModules(modules: WorkerModules): WorkerModules {
  const found = new Map<string, string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    const code = modules[name] ?? "";
    found.set(name, code);
    for (const [, imported = ""] of code.matchAll(STATIC_IMPORT)) add(imported);
  };
  add("index.js");
  return Object.fromEntries(found);
}

/** As esbuild writes them; `import("./x.js")` is none. */
const STATIC_IMPORT = /(?:\bfrom|\bimport)"\.\/(\w+\.js)"/g;

export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
}

export function sizesOf(modules: WorkerModules): Sizes {
  const bytes = Buffer.from(Object.values(modules).join("\n"));
  return { raw: bytes.length, gzip: gzipSync(bytes).length };
}

/** One sentence for each size above its limit. */
export function sizeProblems(sizes: Sizes, ingest: Sizes): readonly string[] {
  const measured = [
    ["The Worker has", sizes.raw, LIMITS.raw, "bytes raw"],
    ["The Worker has", sizes.gzip, LIMITS.gzip, "bytes gzip"],
    ["An isolate parses", ingest.raw, MAX_INGEST_BYTES, "bytes before its first click"],
  ] as const;
  return measured
    .filter(([, size, limit]) => size > limit)
    .map(([what, size, limit, unit]) => `${what} ${size} ${unit}, more than ${limit}`);
}

/** `npm run check:bundle`: prints the sizes, exits 1 above a limit. */
if (import.meta.main) {
  const modules = bundleWorker();
  const [sizes, ingest] = [sizesOf(modules), sizesOf(ingestModules(modules))];
  console.log(`Worker  ${sizes.raw} bytes, gzip ${sizes.gzip}; at its start ${ingest.raw}, gzip ${ingest.gzip}`);
  for (const problem of sizeProblems(sizes, ingest)) {
    console.error(problem);
    process.exitCode = 1;
  }
}
