import { openEdgeDb, workerUrl } from "./edge-door.ts";
import { type FaultyDb, withFaults } from "./faults.ts";
import { openMigratedDb } from "./template-db.ts";

export { type DbFault, DRIVER_SECRET, type FaultyDb } from "./faults.ts";

/** A database with every migration whose line can be cut: in this process, or, where worlds are in workerd, on a server of its own. */
export function openFaultyDb(): FaultyDb {
  return workerUrl() === null ? withFaults(openMigratedDb()) : openEdgeDb();
}
