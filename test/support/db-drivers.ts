import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startLibsqlServer } from "../../dev/libsql-server.ts";
import type { Db } from "../../worker/store/db.ts";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { tempFolder } from "./temp-folder.ts";
import { copyMigratedDb } from "./template-db.ts";

/** Every way to reach a database. `open` makes a fresh, empty one for the running test and closes it afterwards. */
export const dbDrivers: readonly { readonly name: string; readonly open: () => Promise<Db> }[] = [
  { name: "memory", open: async () => closedAfterwards(openEmbeddedDb({ memory: true })) },
  { name: "file", open: async () => closedAfterwards(openEmbeddedDb({ file: join(tempFolder(), "test.db") })) },
  { name: "http", open: async () => closedAfterwards(openHttpDb(await startTestServer())) },
];

/** A libSQL server of the running test's own, with an empty database or one that has every migration. */
export async function startTestServer({ migrated = false } = {}) {
  // Of this server alone: a port is used again, and what a worker keeps of the server before it must not serve this one.
  const token = randomUUID();
  const file = join(tempFolder(), "test.db");
  if (migrated) copyMigratedDb(file);
  const server = await startLibsqlServer({ file, durable: false, token });
  onTestFinished(() => server.close());
  return { url: server.url, authToken: token, requests: () => server.requests() };
}

export function closedAfterwards(db: Db): Db {
  onTestFinished(() => db.close());
  return db;
}
