import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Database from "libsql";
import { hranaConnectionOf } from "../dev/hrana-connection.ts";
import { createHranaStreams } from "../dev/hrana-streams.ts";
import { answerHrana } from "../dev/libsql-server.ts";
import { bytesStored, rowsWritten } from "../test/support/written.ts";
import { connectionOf } from "../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../worker/store/embedded-db.ts";
import type { Db } from "../worker/store/db.ts";
import type { RemoteDatabase } from "./edge-stage.ts";

/** What a libSQL server has been asked for so far. */
export interface Counted {
  readonly requests: number;
  /** Bodies that clients have sent. */
  readonly sentBytes: number;
  readonly rows: number;
  readonly storedBytes: number;
}

/** A libSQL server on a new file that counts what it is asked, and what that writes. */
export async function startCountingServer(file: string) {
  const connections: Db[] = [];
  const open = () => {
    const native = new Database(file, { timeout: 0 });
    native.exec("PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON");
    connections.push(embeddedDbOn(connectionOf(native)));
    return hranaConnectionOf(native);
  };
  const streams = createHranaStreams(open);
  const token = randomUUID();
  let [requests, sentBytes] = [0, 0];
  const server = createServer((request, response) => {
    if (request.method === "POST") requests += 1;
    sentBytes += Number(request.headers["content-length"] ?? 0);
    void answerHrana({ request, response, token, streams });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const database: RemoteDatabase = {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    token,
  };
  return {
    database,
    async counted(): Promise<Counted> {
      const rows = await Promise.all(connections.map(rowsWritten));
      const [first] = connections;
      const storedBytes = first === undefined ? 0 : await bytesStored(first);
      return { requests, sentBytes, rows: rows.reduce((sum, each) => sum + each, 0), storedBytes };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      streams.close();
    },
  };
}
