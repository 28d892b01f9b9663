import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { ProductRoute } from "./product-routes.ts";

/** What `product-routes.ts` tells, of pages in JSX too, which Node does not read by itself. */
export function readRoutes(): Promise<readonly ProductRoute[]> {
  return (read ??= bundleAndRead());
}

let read: Promise<readonly ProductRoute[]> | undefined;

async function bundleAndRead(): Promise<readonly ProductRoute[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-routes-"));
  const outfile = join(folder, "routes.mjs");
  const require = `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(import.meta.url)});`;
  try {
    await build({
      entryPoints: [join(import.meta.dirname, "product-routes.ts")],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      loader: { ".sql": "text" },
      banner: { js: require },
      logLevel: "error",
    });
    const { productRoutes }: { productRoutes: () => readonly ProductRoute[] } = await import(
      pathToFileURL(outfile).href
    );
    return productRoutes();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
