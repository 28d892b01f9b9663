import { rmSync } from "node:fs";
import { build, context } from "esbuild";

/**
 * Builds the Worker into `folder`: `index.js` and, for what is loaded with `import()`, modules of their own. Wrangler would
 * make one file of all, and an isolate would parse all of it before its first answer.
 *
 * @returns esbuild's account of which file went where.
 */
export async function buildWorker(folder = "dist/worker") {
  // Whatever lies there is uploaded.
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build(optionsOf(folder));
  return metafile;
}

/** Builds `dist/worker` anew whenever one of its files changes; answers how to stop that. */
export async function watchWorker() {
  const watching = await context(optionsOf("dist/worker"));
  await watching.watch();
  return () => watching.dispose();
}

function optionsOf(folder) {
  return {
    entryPoints: ["worker/index.ts"],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    // As wrangler bundles.
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".sql": "text" },
    external: ["node:*"],
    chunkNames: "[hash]",
    // Names stay, for the stacks in the log.
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: "warning",
  };
}
