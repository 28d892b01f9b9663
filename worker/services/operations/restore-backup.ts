import { countRows, findDamage } from "../../store/check-file.ts";
import { type Db, DbError } from "../../store/db.ts";
import {
  copyAtRest,
  filesOf,
  holdAlone,
  moveAside,
  openCopy,
  publishCopy,
  removeDatabase,
} from "../../store/embedded-copy.ts";
import { migrate, readMigrationNames } from "../../store/migrate.ts";
import { MIGRATIONS } from "../../store/migrations.ts";
import { listRunning, stopBatch } from "../../store/payout-batch-store.ts";
import { readSetting } from "../../store/setting-store.ts";
import { suspectSent } from "../../store/transfer-store.ts";
import { auditBooks } from "./audit-books.ts";
import { BACKED_UP_AT, type Refusal, refusalOf, stampOf } from "./back-up.ts";

/** What stands in the database's place now. */
export interface Restored {
  /** Epoch milliseconds: everything answered before is in it. Null for a copy that was made by other means. */
  readonly backedUpAt: number | null;
  readonly tables: number;
  readonly rows: number;
  /** The migrations that the backup lacked. */
  readonly applied: readonly string[];
  readonly offBooks: readonly string[];
  /** Batches of payouts that were under way: they wait until somebody lets them run again. */
  readonly stopped: number;
  /** Where the database that was there is now. */
  readonly movedTo: string | null;
}

/**
 * Puts the backup `from` in the place of the database at `to`, brought up to date. `from` stays as it is. Everything is
 * checked on a copy beside `to` first: a damaged backup, and one of a newer program, are refused. What is there is moved
 * aside with `force` and refused without; a database that a process has open is refused always. What would pay at the start what
 * may have been paid since is stopped. `now` is epoch milliseconds.
 */
export async function restoreBackup(order: RestoreOrder): Promise<Restored | Refusal> {
  const { from, to, force } = order;
  if (filesOf(from)[0] !== from) return { refused: `There is no backup at ${from}.` };
  if (from === to) return { refused: `${from} is the database itself.` };
  const isThere = filesOf(to).length > 0;
  if (isThere && !force)
    return { refused: `${to} is there already. Stop the server; --force moves what is there aside.` };
  const held = holdAlone(to);
  if (held === null) return { refused: `A process has ${to} open. Stop the server first.` };
  try {
    return await restoreAlone(order, isThere);
  } finally {
    held.letGo();
  }
}

interface RestoreOrder {
  readonly from: string;
  readonly to: string;
  readonly force: boolean;
  readonly now: number;
  readonly newId: (prefix: string) => string;
}

/** Batches that are stopped in one transaction. */
const BATCHES_AT_ONCE = 100;

async function restoreAlone(order: RestoreOrder, isThere: boolean): Promise<Restored | Refusal> {
  const { from, to, now } = order;
  const copy = `${to}.restoring`;
  try {
    copyAtRest({ from, to: copy });
    const checked = await bringUpToDate(copy, order);
    if ("refused" in checked) return checked;
    const movedTo = isThere ? `${to}.before-${stampOf(now)}` : null;
    if (movedTo !== null) moveAside({ file: to, to: movedTo });
    publishCopy({ copy, name: to });
    return { ...checked, movedTo };
  } catch (error) {
    // One whose first pages are damaged cannot be opened; a copy may have no room.
    if (error instanceof DbError) return { refused: `${from} cannot be restored: ${error.message}.` };
    throw error;
  } finally {
    removeDatabase(copy);
  }
}

async function bringUpToDate(
  copy: string,
  { from, now, newId }: RestoreOrder,
): Promise<Omit<Restored, "movedTo"> | Refusal> {
  const db = openCopy(copy);
  try {
    const refused = refusalOf(await readMigrationNames(db), from);
    if (refused !== null) return { refused };
    const damage = await findDamage(db);
    if (damage.length > 0) return { refused: `${from} is damaged: ${damage.join("; ")}.` };
    const applied = await migrate(db, MIGRATIONS, now);
    const backedUpAt = await readBackedUpAt(db);
    const stopped = await stopPayouts(db, { backedUpAt, now, newId });
    return { ...(await countRows(db)), backedUpAt, applied, stopped, offBooks: await auditBooks(db) };
  } finally {
    await db.close();
  }
}

/**
 * A batch that was under way may have paid the rest of its lines since, under ids that are not known any more: it would pay
 * them again. Payouts that are known keep their ids, and Stripe is asked by those.
 */
async function stopPayouts(
  db: Db,
  { backedUpAt, now, newId }: { backedUpAt: number | null; now: number; newId: (prefix: string) => string },
): Promise<number> {
  await db.batch([suspectSent(backedUpAt ?? 0)]);
  let stopped = 0;
  for (;;) {
    const running = await listRunning(db, BATCHES_AT_ONCE);
    if (running.length === 0) return stopped;
    const audit = { actor: "operator", action: "payouts.stopped", reason: REASON, now };
    await db.batch(
      running.flatMap(({ appId, batchId }) =>
        stopBatch(appId, { batchId, audit: { ...audit, id: newId("aud"), object: batchId } }),
      ),
    );
    stopped += running.length;
  }
}

const REASON = "Restored from a backup: what was paid since is not known";

async function readBackedUpAt(db: Db): Promise<number | null> {
  const text = await readSetting(db, BACKED_UP_AT);
  return text === null ? null : Number(text);
}
