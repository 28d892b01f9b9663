import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFilePath, type StaticFiles, typeOf } from "./static-files.ts";

const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/** The files of a folder of this machine. */
export function openNodeFiles(folder: string): StaticFiles {
  return {
    async read(path) {
      if (!isFilePath(path)) return null;
      const body = await readFile(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
        if (ABSENT.has(error.code)) return null;
        throw error;
      });
      if (body === null) return null;
      const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
      return { body: new Uint8Array(body), type: typeOf(path), etag: `"${hash}"` };
    },
  };
}
