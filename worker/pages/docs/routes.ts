import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { sha256 } from "../../services/hashing.ts";
import { readGuide } from "../../services/docs/read-guide.ts";
import { GUIDES, REFERENCE } from "../../texts/docs.ts";
import { isUnchanged } from "../../wire/etag.ts";
import type { PageEnv } from "../context.ts";
import { guidePage, indexPage, referencePage } from "./views.tsx";

/** A new version is read everywhere within minutes. */
const PAGE_CACHE = "public, max-age=300";
/** A year, which is as good as for ever: another content has another name. */
const HASHED_CACHE = "public, max-age=31536000, immutable";
const HASHED = /\.[0-9a-f]{12}\.\w+$/;
const FILE_CACHE = "public, max-age=86400";

/** What the guides call an installation. */
const EXAMPLE_URL = "https://links.example.com";

const SLUGS: ReadonlySet<string> = new Set(GUIDES.flatMap(({ guides }) => guides.map(({ slug }) => slug)));

/** `/docs…`: the documentation, the same for everybody: nobody is asked who they are. */
export function docsPages(deps: Pick<Deps, "files" | "config">): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/docs", kept, async (c) => {
    const index = await readGuide(deps, "index");
    return index === null ? c.notFound() : indexPage(c, index);
  });

  routes.get("/docs/", (c) => c.redirect("/docs", 303));

  routes.get(`/docs/${REFERENCE}`, kept, async (c) => {
    const reference = await readGuide(deps, REFERENCE);
    return reference === null ? c.notFound() : referencePage(c, reference);
  });

  routes.get("/docs/files/:file", (c) => sendFile(c, `docs/files/${c.req.param("file")}`));
  routes.get("/docs/images/:file", (c) => sendFile(c, `docs/images/${c.req.param("file")}`));

  routes.get("/docs/:guide", kept, async (c) => {
    const slug = c.req.param("guide");
    const guide = SLUGS.has(slug) ? await readGuide(deps, slug) : null;
    if (guide === null) return c.notFound();
    const html = guide.html.replaceAll(EXAMPLE_URL, () => deps.config.publicUrl);
    return guidePage(c, { slug, guide: { ...guide, html } });
  });

  async function sendFile(c: Context<PageEnv>, path: string): Promise<Response> {
    const file = await deps.files.read(path);
    if (file === null) return c.notFound();
    const cache = HASHED.test(path) ? HASHED_CACHE : FILE_CACHE;
    const headers = { "Content-Type": file.type, "Cache-Control": cache, ETag: file.etag };
    if (!isUnchanged(c.req.header("If-None-Match"), file.etag)) return c.body(file.body, 200, headers);
    return c.body(null, 304, headers);
  }

  return routes;
}

/**
 * Lets a browser keep a page, and tells it when that is unchanged. With its type the answer without a body is known for a page,
 * too: a browser gives what it keeps the policy of the newest answer. hono/etag leaves the type out.
 */
const kept = createMiddleware<PageEnv>(async (c, next) => {
  await next();
  if (c.res.status !== 200) return;
  const html = await c.res.text();
  const etag = `W/"${(await sha256(html)).slice(0, 24)}"`;
  const headers = { "Content-Type": "text/html; charset=UTF-8", "Cache-Control": PAGE_CACHE, ETag: etag };
  const unchanged = isUnchanged(c.req.header("If-None-Match"), etag);
  // Put aside first: hono takes over the headers of an answer that is replaced, but for its type.
  c.res = undefined;
  c.res = unchanged ? new Response(null, { status: 304, headers }) : new Response(html, { headers });
});
