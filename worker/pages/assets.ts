import { Hono } from "hono";
import { type AssetName, assets } from "../assets.generated.ts";

/** A year, which is as good as for ever: another content has another name. */
const CACHE = "public, max-age=31536000, immutable";

/** Where a page finds it: its name holds the hash of its content. */
export function assetUrl(name: AssetName): string {
  return `/assets/${assets[name].file}`;
}

/** `/assets/*`: stylesheets, scripts and the icon of the pages, compressed beforehand. */
export function assetRoutes() {
  const routes = new Hono();
  const byFile = new Map<string, (typeof assets)[AssetName]>(Object.values(assets).map((asset) => [asset.file, asset]));

  routes.get("/assets/:file", (c) => {
    const asset = byFile.get(c.req.param("file"));
    if (asset === undefined) return c.notFound();
    const accepted = c.req.header("Accept-Encoding") ?? "";
    const encoding = (["br", "gzip"] as const).find((name) => new RegExp(`\\b${name}\\b(?!;q=0)`).test(accepted));
    const headers = {
      "Content-Type": asset.type,
      "Cache-Control": CACHE,
      Vary: "Accept-Encoding",
      "X-Content-Type-Options": "nosniff",
      ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
    };
    // As it was made: workerd would compress a compressed body again.
    return new Response(asset[encoding ?? "identity"], { headers, ...MANUAL });
  });

  return routes;
}

/** workerd's own option. */
const MANUAL: object = { encodeBody: "manual" };
