import { fileURLToPath } from "node:url";
import type { Db } from "./db.ts";
import { openEmbeddedDb } from "./embedded-db.ts";
import { type HttpDbOptions, openHttpDb } from "./http-db.ts";

/**
 * Opens the database that a `DATABASE_URL` names; its scheme picks the driver. For Node only: a Worker has no file
 * system and must not bundle the native driver, so its entry calls `openHttpDb` itself.
 *
 * Throws a TypeError for an unknown scheme, and a DbError when a file cannot be opened. The URL is not repeated in the
 * message: it may hold a secret.
 */
export function openDb(options: Pick<HttpDbOptions, "url" | "authToken" | "limits">): Db {
  const { url } = options;
  if (url === "memory:" || url === ":memory:") return openEmbeddedDb({ memory: true });
  if (url.startsWith("file:")) return openEmbeddedDb({ file: filePath(url) });
  if (/^(?:libsql|https?):/.test(url)) return openHttpDb(options);
  throw new TypeError("a database URL starts with file:, memory:, libsql:, https: or http:");
}

/** The file that a `DATABASE_URL` names; null for a database that is somewhere else. */
export function fileOf(url: string): string | null {
  return url.startsWith("file:") ? filePath(url) : null;
}

/** `file:data/x.db` is relative to the working folder; `file:///srv/x.db` is a URL, with its escapes. */
function filePath(url: string): string {
  const path = url.startsWith("file://") ? fileURLToPath(url) : url.slice("file:".length);
  if (path === "" || path === ":memory:")
    throw new TypeError("a file: URL names a file; for a database in memory write memory:");
  return path;
}
