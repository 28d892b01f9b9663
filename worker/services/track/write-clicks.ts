import type { Deps } from "../../deps.ts";
import { type QueuedClick, readQueuedClick } from "../../gateways/click-queue.ts";
import { writeCountedClicks } from "../../store/click-store.ts";
import { DbError } from "../../store/db.ts";

/**
 * Writes clicks that come from a queue, in any order and any number of times, and answers, in the order of the messages,
 * which of them are written. Those that are not may come again: the store was away, or they cannot be written at all. Such
 * a one keeps no other from being written.
 */
export async function writeClicks(deps: Deps, messages: readonly unknown[]): Promise<readonly boolean[]> {
  const clicks = messages.map(readQueuedClick);
  const readable = clicks.filter((click) => click !== null);
  const written = new Set<QueuedClick | null>();
  // No batch touches two apps.
  for (const appId of new Set(readable.map((click) => click.appId))) {
    const ofApp = readable.filter((click) => click.appId === appId);
    for (const click of await writeOfApp(deps, appId, ofApp)) written.add(click);
  }
  return clicks.map((click) => written.has(click));
}

/** Those that are written: all in one batch, or, when that is refused, one by one, so that the one at fault is alone. */
async function writeOfApp(deps: Deps, appId: string, clicks: readonly QueuedClick[]): Promise<readonly QueuedClick[]> {
  const error = await tryWrite(deps, appId, clicks);
  if (error === null) return clicks;
  deps.log({ level: "error", queue: "clicks", app: appId, error: String(error) });
  if (error.kind === "unavailable" || clicks.length === 1) return [];
  const written: QueuedClick[] = [];
  for (const click of clicks) if ((await tryWrite(deps, appId, [click])) === null) written.push(click);
  return written;
}

async function tryWrite(deps: Deps, appId: string, clicks: readonly QueuedClick[]): Promise<DbError | null> {
  try {
    await deps.db.batch(writeCountedClicks(appId, clicks));
    return null;
  } catch (error) {
    if (error instanceof DbError) return error;
    throw error;
  }
}
