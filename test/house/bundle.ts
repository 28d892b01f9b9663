import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Bytes of the Worker as it is uploaded. Cloudflare takes 3 MB gzipped on its free plan, but each isolate parses all of it at
 * its start: a package that comes in unnoticed is to be noticed. Whoever needs more raises the limit, and says what for.
 *
 * 870,000 of them, 96,000 gzipped, are Stripe's SDK, which cannot be shaken down to what is used of it. It is evaluated with
 * the first call that needs Stripe. What is said of payouts, books and explanations is 400,000, csv-parse and csv-stringify among
 * it, which are loaded with the first file. 1,400,000, 300,000 gzipped, are better-auth with zod and drizzle, which cannot be shaken
 * down either; they are evaluated when somebody signs in. 200,000 are the files of the pages and scripts, compressed three ways; 1,000,000, 210,000 gzipped, are the
 * pages with their words. Webhooks out are 60,000, standardwebhooks among them, and
 * their pages as much.
 */
export const LIMITS = { raw: 5_250_000, gzip: 1_130_000 };

/** The Worker as wrangler bundles it for a deployment. Throws what wrangler says when it does not. */
export function bundleWorker(): string {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bundle-"));
  try {
    const built = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", folder], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`wrangler failed: ${built.error ?? ""}${built.stdout}${built.stderr}`);
    return readFileSync(join(folder, "index.js"), "utf8").replace(/^\/\/# sourceMappingURL=.*\n/m, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Sizes {
  readonly raw: number;
  readonly gzip: number;
}

export function sizesOf(bundle: string): Sizes {
  const bytes = Buffer.from(bundle);
  return { raw: bytes.length, gzip: gzipSync(bytes).length };
}

/** One sentence for each size above its limit. */
export function sizeProblems(sizes: Sizes): readonly string[] {
  return (["raw", "gzip"] as const)
    .filter((form) => sizes[form] > LIMITS[form])
    .map((form) => `The Worker has ${sizes[form]} bytes ${form}, more than ${LIMITS[form]}`);
}

/** `npm run check:bundle`: prints the sizes, exits 1 above a limit. */
if (import.meta.main) {
  const sizes = sizesOf(bundleWorker());
  console.log(`Worker  ${sizes.raw} bytes, gzip ${sizes.gzip}`);
  for (const problem of sizeProblems(sizes)) {
    console.error(problem);
    process.exitCode = 1;
  }
}
