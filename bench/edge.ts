import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeDoor } from "../test/support/node-door.ts";
import { bundleForWorkerd, serveInWorkerd } from "../test/support/workerd-process.ts";
import { openHttpDb } from "../worker/store/http-db.ts";
import { bindingsOf, type RemoteDatabase, startNodeOver, startWorkerOver } from "./edge-stage.ts";
import { FLOOR_TABLE, readOwner } from "./floor-app.ts";
import { callsOf, measure, rowsOf } from "./ingest.ts";
import { startLibsqlProcess } from "./libsql-process.ts";
import { type Part, printPart } from "./table.ts";

const CONNECTIONS = 16;

/**
 * How many calls a second the Worker takes in workerd over a libSQL server, as a part of what a Worker without the product does
 * there: HTTP alone, one row, the same rows with nothing decided, each batch one request by the same client.
 */
export async function measureEdge(): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const server = await startLibsqlProcess();
  try {
    const node = await startNodeOver(folder, server);
    const dev = node.dev();
    await node.stop("SIGTERM");
    const measured = await measuredOf(server, dev);
    const title = `workerd over a libSQL server, ${CONNECTIONS} connections: requests a second`;
    return { name: "edge", tables: [{ title, rows: rowsOf(measured) }], claims: [] };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measuredOf(server: RemoteDatabase, dev: ReturnType<NodeDoor["dev"]>) {
  const [worker, floors] = [await startWorkerOver(server, dev), await startFloors(server)];
  try {
    return await measure(
      await callsOf({ door: bare(worker.url), floors: bare(floors.url), key: dev.demo.secretKey }),
      CONNECTIONS,
    );
  } finally {
    await worker.stop();
    await floors.stop();
  }
}

async function startFloors(server: RemoteDatabase) {
  const db = openHttpDb({ url: server.url, authToken: server.token });
  await db.batch([FLOOR_TABLE]);
  const texts = { ...bindingsOf(server), OWNER: JSON.stringify(await readOwner(db)) };
  await db.close();
  return serveInWorkerd(await bundleForWorkerd({ entryPoints: ["bench/floor-worker.ts"] }), { texts });
}

/** Without the slash at its end. */
function bare(url: string): string {
  return url.slice(0, -1);
}

if (import.meta.main) printPart(await measureEdge());
