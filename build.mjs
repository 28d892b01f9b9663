import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildAssets } from "./build-assets.mjs";
import { buildClient } from "./build-client.mjs";
import { buildReferrals } from "./build-referrals.mjs";
import { buildSite } from "./build-site.mjs";
import { buildSnippet } from "./build-snippet.mjs";
import { buildWorker } from "./build-worker.mjs";
import { openApiDocument } from "./openapi/document.ts";
import { EXAMPLES } from "./openapi/examples.ts";
import { OPERATIONS } from "./openapi/operations.ts";

// Wrangler and vitest need it; npm scripts run the `node` package of devDependencies, whatever the machine has.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  throw new Error(
    `Node ${process.versions.node} is below 22.12: use an npm script; if this is one, run \`npm rebuild node\``,
  );
}

mkdirSync("dist", { recursive: true });

const scripts = { "agentlinks.js": await buildSnippet(), "referrals.js": await buildReferrals() };
writeFileSync("worker/script.generated.ts", scriptModule(scripts, readFileSync("snippet/api.d.ts", "utf8")));
for (const [name, { code, min, gzip, brotli }] of Object.entries(scripts)) {
  writeFileSync(`dist/${name}`, code);
  console.log(`dist/${name}  ${min} bytes, gzip ${gzip}, brotli ${brotli}`);
}

const { module, sizes } = await buildAssets();
writeFileSync("worker/assets.generated.ts", module);
for (const [name, bytes] of Object.entries(sizes)) console.log(`${name}  gzip ${bytes}`);

mkdirSync("dist/site", { recursive: true });
const document = JSON.stringify(openApiDocument(documentParts()));
writeFileSync("dist/site/openapi.json", document);
console.log(`dist/site/openapi.json  ${document.length} bytes, gzip ${gzipSync(document, { level: 9 }).length}`);

console.log(`client/dist/index.js  ${await buildClient()} bytes`);

await build({
  entryPoints: ["worker/node.ts", "worker/cli.ts"],
  outdir: "dist",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  loader: { ".sql": "text" },
  // Found from node_modules, as `dependencies`: the first two are native, the others require Node's own modules, which a
  // bundle of ES modules cannot.
  external: ["libsql", "@libsql/*", "rate-limiter-flexible", "nodemailer"],
  logLevel: "warning",
});
for (const file of ["dist/node.js", "dist/cli.js"]) console.log(`${file}  ${statSync(file).size} bytes`);

const modules = Object.values((await buildWorker()).outputs);
console.log(`dist/worker  ${modules.length} modules, ${modules.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`);

const site = await buildSite();
console.log(`dist/site/docs  ${site.guides} guides, ${site.bytes} bytes`);

/** What the API's document is made of: the operations with their schemas, and the answers that a test recorded. */
function documentParts() {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  return { version, operations: OPERATIONS, examples: EXAMPLES };
}

/**
 * The scripts, and the types of the first, as a module, so that Node, Workers and vitest serve the same bytes without
 * reading files. Compressed here: a Worker cannot do brotli 11.
 */
function scriptModule(built, types) {
  return [
    "// Written by build.mjs.",
    "/** Decoded with the first call. */",
    "function bytes(base64: string): () => Uint8Array<ArrayBuffer> {",
    "  let decoded: Uint8Array<ArrayBuffer> | undefined;",
    "  return () => (decoded ??= Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));",
    "}",
    "",
    "/** Each script by content-encoding. The etag is weak: one for all encodings (RFC 9110 §8.8.3.3 wants a strong one for each). */",
    "export const scripts = {",
    ...Object.entries(built).map(([name, { code }]) => `  "${name}": { ${scriptFields(code)} },`),
    "} as const;",
    "",
    "/** agentlinks.d.ts: what window.AgentLinks is. */",
    `export const scriptTypes = ${JSON.stringify(types)};`,
    "",
  ].join("\n");
}

function scriptFields(code) {
  const bytes = Buffer.from(code);
  const versions = { identity: bytes, gzip: gzipSync(bytes, { level: 9 }), br: brotliCompressSync(bytes) };
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
  const decoded = Object.entries(versions).map(
    ([encoding, body]) => `${encoding}: bytes("${body.toString("base64")}")`,
  );
  return [...decoded, `etag: 'W/"${hash}"'`].join(", ");
}
