import { isFilePath, NO_FILES, type StaticFiles, typeOf } from "./static-files.ts";

/** Cloudflare's binding of a deployment's assets, as far as we need it. */
interface AssetBinding {
  fetch(request: Request): Promise<Response>;
}

/** The files that were deployed with the Worker (`[assets]` in wrangler.toml); none where they are not bound. */
export function openAssetFiles(binding: unknown): StaticFiles {
  if (!isAssets(binding)) return NO_FILES;
  return {
    async read(path) {
      if (!isFilePath(path)) return null;
      // The binding looks at the path alone.
      const response = await binding.fetch(new Request(`https://assets.invalid/${path}`));
      if (response.status !== 200 || response.body === null) {
        await response.body?.cancel();
        return null;
      }
      return { body: response.body, type: typeOf(path), etag: response.headers.get("ETag") ?? `W/"${path}"` };
    },
  };
}

function isAssets(binding: unknown): binding is AssetBinding {
  return typeof binding === "object" && binding !== null && "fetch" in binding && typeof binding.fetch === "function";
}
