import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The most that a page's own stylesheet and script may weigh together, in bytes of gzip: the HTML is beside them. */
const MAX_PAGE_GZIP_BYTES = 10_000;
/** The same for what a page with a chart has besides. */
const MAX_CHART_GZIP_BYTES = 30_000;

const TYPES = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26"><style>g{stroke:#4a3bc7}@media(prefers-color-scheme:dark){g{stroke:#aea4ff}}</style><g fill="none" stroke-width="3"><rect x="2" y="8" width="13" height="10" rx="5"/><rect x="11" y="8" width="13" height="10" rx="5"/></g></svg>`;

/**
 * Stylesheets, scripts and the icon of the pages as a module: each with a name that holds its hash, plain and compressed,
 * because a Worker cannot do brotli 11. Throws above a size limit.
 *
 * @returns {Promise<{ module: string, sizes: Record<string, number> }>} `sizes` are bytes of gzip
 */
export async function buildAssets() {
  const { outputFiles } = await build({
    entryPoints: ["islands/page.css", "islands/chart.css", "islands/page.ts", "islands/chart.ts"],
    outdir: "islands",
    bundle: true,
    minify: true,
    format: "esm",
    // `light-dark()` is the youngest thing that we need: browsers of 2024.
    target: ["chrome123", "safari17.5", "firefox120"],
    write: false,
    logLevel: "warning",
  });
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ name: path.replace(/^.*[/\\]/, ""), bytes: Buffer.from(contents) })),
    { name: "icon.svg", bytes: Buffer.from(ICON) },
  ].map(({ name, bytes }) => ({ name, bytes, gzip: gzipSync(bytes, { level: 9 }), br: brotliCompressSync(bytes) }));
  const sizes = Object.fromEntries(files.map(({ name, gzip }) => [name, gzip.length]));
  const problems = [
    [sizes["page.css"] + sizes["page.js"], MAX_PAGE_GZIP_BYTES, "a page's stylesheet and script"],
    [sizes["chart.css"] + sizes["chart.js"], MAX_CHART_GZIP_BYTES, "a chart's"],
  ].filter(([size, limit]) => size > limit);
  for (const [size, limit, what] of problems)
    throw new Error(`${what} are ${size} bytes gzipped; the limit is ${limit}`);
  return { module: moduleOf(files), sizes };
}

function moduleOf(files) {
  return [
    "// Written by build.mjs.",
    "const decode = (base64: string) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));",
    "",
    "export const assets = {",
    ...files.map(({ name, bytes, gzip, br }) => {
      const [stem, extension] = name.split(".");
      const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 12);
      const versions = { identity: bytes, gzip, br };
      const decoded = Object.entries(versions).map(([form, body]) => `${form}: decode("${body.toString("base64")}")`);
      return `  "${name}": { file: "${stem}.${hash}.${extension}", type: "${TYPES[extension]}", ${decoded.join(", ")} },`;
    }),
    "} as const;",
    "",
    "export type AssetName = keyof typeof assets;",
    "",
  ].join("\n");
}
