import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { renderGuide } from "./build-guides.mjs";

/** What lies beside the product and is sent as it is: no byte of it is in the Worker. */
const SITE = "dist/site";
const DOCS = `${SITE}/docs`;

/** The largest file that Cloudflare takes has 25 MiB; this is for what comes in unnoticed. */
const MAX_SITE_BYTES = 4_000_000;

/**
 * Writes `dist/site/docs`: each guide of `docs/` and the page of the reference as JSON, around which the product puts its pages,
 * their stylesheets and scripts under names that hold their hashes, and the images of `docs/images`.
 *
 * @returns {Promise<{ guides: number, bytes: number }>}
 */
export async function buildSite() {
  rmSync(DOCS, { recursive: true, force: true });
  mkdirSync(`${DOCS}/files`, { recursive: true });
  const bundled = await bundleIslands();
  const viewer = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const file = {
    guide: keep("docs.css", bundled["docs.css"]),
    viewerLook: keep("viewer.css", readFileSync(join(viewer, "swagger-ui.css"))),
    look: keep("reference.css", bundled["reference.css"]),
    viewer: keep("viewer.js", readFileSync(join(viewer, "swagger-ui-bundle.js"))),
    reference: keep("reference.js", bundled["reference.js"]),
  };
  writeFileSync(`${DOCS}/files/viewer.LICENSE.txt`, licenseOf(viewer));
  const repository = repositoryOf(JSON.parse(readFileSync("package.json", "utf8")));
  const sources = readdirSync("docs").filter((name) => name.endsWith(".md"));
  for (const name of sources) {
    const page = renderGuide(readFileSync(`docs/${name}`, "utf8"), { repository });
    writePage(name.replace(/\.md$/, ""), { ...page, styles: [file.guide], scripts: [] });
  }
  const empty = { title: "", html: "", headings: [] };
  writePage("index", { ...empty, styles: [file.guide], scripts: [] });
  const viewed = { styles: [file.guide, file.viewerLook, file.look], scripts: [file.viewer, file.reference] };
  writePage("reference", { ...empty, ...viewed });
  copyImages();
  return { guides: sources.length, bytes: weigh() };
}

function writePage(name, page) {
  writeFileSync(`${DOCS}/${name}.json`, JSON.stringify(page));
}

/** Another content has another name, so that a browser may keep it for ever. */
function keep(name, bytes) {
  const [stem, extension] = name.split(".");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const kept = `${stem}.${hash}.${extension}`;
  writeFileSync(`${DOCS}/files/${kept}`, bytes);
  return `/docs/files/${kept}`;
}

async function bundleIslands() {
  const { outputFiles } = await build({
    entryPoints: ["islands/docs.css", "islands/reference.css", "islands/reference.ts"],
    outdir: "islands",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome123", "safari17.5", "firefox120"],
    write: false,
    logLevel: "warning",
  });
  return Object.fromEntries(outputFiles.map(({ path, contents }) => [path.replace(/^.*[/\\]/, ""), contents]));
}

/** Whoever passes the viewer on passes on its terms, and those of what is in it. */
function licenseOf(viewer) {
  const files = ["NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt"];
  return files.map((name) => readFileSync(join(viewer, name), "utf8").trim()).join("\n\n");
}

function copyImages() {
  mkdirSync(`${DOCS}/images`);
  for (const name of readdirSync("docs/images")) copyFileSync(`docs/images/${name}`, `${DOCS}/images/${name}`);
}

/** `https://…/owner/name` of package.json, null where it names none. */
function repositoryOf({ repository }) {
  const url = typeof repository === "string" ? repository : repository?.url;
  return url === undefined ? null : url.replace(/^git\+/, "").replace(/\.git$/, "");
}

function weigh() {
  const files = readdirSync(DOCS, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
  if (bytes > MAX_SITE_BYTES) throw new Error(`${DOCS} has ${bytes} bytes; the limit is ${MAX_SITE_BYTES}`);
  return bytes;
}
