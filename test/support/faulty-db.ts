import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { openEdgeDb, workerUrl } from "./edge-door.ts";
import { type FaultyDb, withFaults } from "./faults.ts";

export { type DbFault, DRIVER_SECRET, type FaultyDb } from "./faults.ts";

/** A database whose line can be cut: in memory, or, where worlds are in workerd, on a server of its own. */
export function openFaultyDb(): FaultyDb {
  return workerUrl() === null ? withFaults(openEmbeddedDb({ memory: true })) : openEdgeDb();
}
