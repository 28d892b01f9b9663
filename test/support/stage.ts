import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { openEdgeDb, workerUrl } from "./edge-door.ts";
import { openMigratedDb, openSnapshot, snapshotOf } from "./template-db.ts";

/**
 * What many tests begin with, made by calls once in a file: each test gets a database like it, of its own. Answers that database
 * and what `build` answered; the world around it is the test's. `build` works in this process; the database is where the
 * project's worlds are.
 */
export function stageOnce<Stage>(build: (db: Db) => Promise<Stage>): () => Promise<{ db: Db; stage: Stage }> {
  let built: { readonly file: string; readonly stage: Stage } | null = null;
  afterAll(() => {
    if (built !== null) rmSync(dirname(built.file), { recursive: true, force: true });
  });
  return async () => {
    if (built === null) {
      const db = openMigratedDb();
      const stage = await build(db);
      built = { file: snapshotOf(db), stage };
      await db.close();
    }
    return { db: workerUrl() === null ? openSnapshot(built.file) : openEdgeDb(built.file), stage: built.stage };
  };
}
