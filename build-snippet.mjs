import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The most the script may weigh, in bytes of gzip -9: what every visitor of every merchant downloads. */
const MAX_GZIP_BYTES = 1300;

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

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    // Below es2018 every async function becomes a state machine: 370 bytes more.
    target: "es2018",
    charset: "utf8",
    // Our tsconfig is strict, and "use strict" would be 13 bytes of nothing in this file.
    tsconfigRaw: {},
  });
  return outputFiles[0].text.trimEnd();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { gzip, brotli, min } = await buildSnippet();
  console.log(`agentlinks.js: ${gzip} bytes gzip, ${brotli} brotli, ${min} minified`);
}
