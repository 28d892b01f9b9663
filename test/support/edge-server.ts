import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import Database from "libsql";
import { inject, onTestFinished } from "vitest";
import { hranaConnectionOf } from "../../dev/hrana-connection.ts";
import { createHranaStreams, type HranaStreams } from "../../dev/hrana-streams.ts";
import { answerHrana } from "../../dev/libsql-server.ts";
import type { Db } from "../../worker/store/db.ts";
import { connectionOf } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";
import { copyDatabaseFile, type FileCopy } from "./file-copy.ts";

/** A database on the server of this process. */
export interface ServedDb {
  /** The same database for the test itself, without the server between: until the test ends. */
  readonly db: Db;
  /** Where a worker reaches it, until the test ends. */
  readonly address: () => Promise<{ readonly url: string; readonly authToken: string }>;
}

/**
 * A database with every migration, or one like another file, of the running test alone. As with `openMigratedDb` its file is then made like the
 * template again, and serves the next test with the connections that it has; the token, which alone leads to it, is a new one.
 */
export function openServedDb(template = inject("templateDb")): ServedDb {
  const free = (freeOnes[template] ??= []);
  const served = free.pop() ?? openServed(template);
  const token = randomUUID();
  const db = embeddedDbOn({ ...served.connection, close: () => {} });
  byToken.set(token, served);
  onTestFinished(async () => {
    byToken.delete(token);
    await db.close();
    const open = served.natives.filter((native) => native.open);
    // Whoever still works on it keeps it.
    if (served.underWay === 0 && served.refill(open)) free.push(served);
  });
  return { db, address: async () => ({ url: await serverUrl(), authToken: token }) };
}

const byToken = new Map<string, Served>();
const freeOnes: Record<string, Served[]> = {};

interface Served extends FileCopy {
  readonly connection: ReturnType<typeof connectionOf>;
  readonly streams: HranaStreams;
  /** The connections of the streams. */
  readonly natives: Database.Database[];
  /** Requests that are being answered. */
  underWay: number;
}

function openServed(template: string): Served {
  // That folder goes away after the last test.
  const file = join(dirname(inject("templateDb")), `${randomUUID()}.db`);
  const copy = copyDatabaseFile(template, file);
  const natives: Database.Database[] = [];
  const open = () => {
    const native = new Database(file, { timeout: 0 });
    native.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON");
    natives.push(native);
    return native;
  };
  const connection = connectionOf(open());
  const streams = createHranaStreams(() => hranaConnectionOf(open()));
  return { ...copy, connection, streams, natives, underWay: 0 };
}

const serverUrl = onceOnly(async () => {
  const server = createServer((request, response) => void answer(request, response))
    .listen(0, "127.0.0.1")
    .unref();
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = request.headers.authorization?.slice("Bearer ".length) ?? "";
  const served = byToken.get(token);
  if (served === undefined) return void response.writeHead(401).end();
  served.underWay += 1;
  await answerHrana({ request, response, token, streams: served.streams });
  served.underWay -= 1;
}

function onceOnly<T>(make: () => T): () => T {
  let made: { readonly it: T } | null = null;
  return () => (made ??= { it: make() }).it;
}
