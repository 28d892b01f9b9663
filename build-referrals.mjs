import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { minify } from "terser";

/** The most that the element may weigh, in bytes of gzip -9: it comes into other people's pages. */
const MAX_GZIP_BYTES = 5_000;

/** `light-dark()` is the youngest thing that it needs: browsers of 2024. */
const TARGET = ["chrome123", "safari17.5", "firefox120"];

/**
 * Builds referrals.js in memory: the code to serve and its size in bytes, compressed and minified. Throws above the size
 * limit. Writes no file.
 *
 * @returns {Promise<{ code: string, gzip: number, brotli: number, min: number }>}
 */
export async function buildReferrals() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("referrals/referrals.ts", import.meta.url))],
    bundle: true,
    minify: true,
    // A classic script, which adds no global.
    format: "iife",
    target: TARGET,
    write: false,
    plugins: [{ name: "css-as-text", setup: cssAsText }],
    logLevel: "warning",
  });
  const { code = "" } = await minify(outputFiles[0].text, {
    ecma: 2020,
    compress: { passes: 4, unsafe_arrows: true, unsafe: true, pure_getters: true },
    // A copy may be served without its charset.
    format: { ascii_only: true },
  });
  const bytes = Buffer.from(code);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  if (gzip > MAX_GZIP_BYTES) throw new Error(`referrals.js is ${gzip} bytes gzipped; the limit is ${MAX_GZIP_BYTES}`);
  return { code, gzip, brotli: brotliCompressSync(bytes).length, min: bytes.length };
}

/** The stylesheet goes into the element as a minified string: a policy that forbids inline styles lets that pass. */
function cssAsText({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path }) => {
    // Of custom properties esbuild keeps the blanks.
    const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: TARGET });
    return { contents: code.trim().replaceAll(/(?<=[,:]) /g, ""), loader: "text" };
  });
}
