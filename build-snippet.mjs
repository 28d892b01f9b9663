import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { minify } from "terser";

/** The most the script may weigh, in bytes of gzip -9: what every visitor of every merchant downloads. */
const MAX_GZIP_BYTES = 1300;

/** All of 2020's syntax: every browser since Safari 13.1. Below ES2018 alone, async functions would cost 370 bytes. */
const ECMA_VERSION = 2020;

/** Names for the minifier in the order that compresses best: found by trying, 4 bytes. Any order is right. */
const NAMES = "elpsctfarngixdbkovqjwmyhzu";

const ENTRY = fileURLToPath(new URL("snippet/agentlinks.ts", import.meta.url));

/**
 * Builds agentlinks.js in memory: the code to serve and its size in bytes, compressed and minified. Throws above the
 * size limit. Writes no file.
 *
 * @returns {Promise<{ code: string, gzip: number, brotli: number, min: number }>}
 */
export async function buildSnippet() {
  const code = await bundle();
  const bytes = Buffer.from(code);
  const sizes = {
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
    min: bytes.length,
  };
  if (sizes.gzip > MAX_GZIP_BYTES) {
    throw new Error(`agentlinks.js is ${sizes.gzip} bytes gzipped; the limit is ${MAX_GZIP_BYTES}`);
  }
  return { code, ...sizes };
}

/** The one file: its only import is of types. In a block, whose `let` is no global, for a function would be longer. */
async function bundle() {
  const { code: plain } = await transform(readFileSync(ENTRY, "utf8"), {
    loader: "ts",
    format: "esm",
    minifySyntax: true,
    target: `es${ECMA_VERSION}`,
    charset: "utf8",
    // Our tsconfig is strict, and "use strict" would be 13 bytes of nothing in this file.
    tsconfigRaw: {},
  });
  // Terser is 20 bytes better than esbuild, but leaves `const`, and `let` is shorter.
  const { code } = await minify(plain.replaceAll("const ", "let "), {
    ecma: ECMA_VERSION,
    toplevel: true,
    compress: { passes: 4, keep_fargs: true, unsafe_arrows: true },
    mangle: { nth_identifier: { get: (n) => NAMES[n] ?? `_${n}` } },
  });
  return `{${code.replace(/;$/, "")}}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { gzip, brotli, min } = await buildSnippet();
  console.log(`agentlinks.js: ${gzip} bytes gzip, ${brotli} brotli, ${min} minified`);
}
