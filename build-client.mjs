import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CLIENT = fileURLToPath(new URL("client/", import.meta.url));
const DIST = `${CLIENT}dist/`;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildClient();

/**
 * Builds the package `agentlinks` into client/dist: one ES module, one CommonJS module, and the types of both. Answers the size of
 * the ES module in bytes.
 *
 * @returns {Promise<number>}
 */
export async function buildClient() {
  rmSync(DIST, { recursive: true, force: true });
  writeTypes();
  // In this folder `.js` and `.d.ts` are CommonJS, so that both sets of types name one another the same way.
  writeFileSync(`${DIST}cjs/package.json`, '{ "type": "commonjs" }\n');
  const { outputFiles } = await bundle("esm", `${DIST}index.js`);
  await bundle("cjs", `${DIST}cjs/index.js`);
  return outputFiles[0].contents.length;
}

async function bundle(format, outfile) {
  const built = await build({
    entryPoints: [`${CLIENT}src/index.ts`],
    outfile,
    bundle: true,
    format,
    platform: "neutral",
    target: "es2022",
    external: ["standardwebhooks"],
    write: false,
    logLevel: "warning",
  });
  writeFileSync(outfile, built.outputFiles[0].contents);
  return built;
}

/** The compiler keeps `.ts` in the imports of a declaration: of what is published it must be `.js`. */
function writeTypes() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", CLIENT], { stdio: "inherit" });
  const names = readdirSync(DIST);
  mkdirSync(`${DIST}cjs`);
  for (const name of names) {
    const types = readFileSync(DIST + name, "utf8").replaceAll(/(?<=from "\.\/[\w-]+)\.ts(?=")/g, ".js");
    for (const folder of ["", "cjs/"]) writeFileSync(DIST + folder + name, types);
  }
}
