import { copyFileSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { inject } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { connectionOf } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A file with a database that has every migration, and nothing else: applying them takes ten times as long as a copy. */
    templateDb: string;
  }
}

/** A database with every migration, of nobody else: as one in memory, it is gone with its connection. */
export function openMigratedDb(): Db {
  const native = openCopy(inject("templateDb"));
  const db = embeddedDbOn(connectionOf(native));
  connections.set(db, native);
  return db;
}

const connections = new WeakMap<Db, Database.Database>();

/** What `openMigratedDb` opened, as it stands now, in a file of its own. */
export function snapshotOf(db: Db): string {
  const native = connections.get(db);
  if (native === undefined) throw new Error("only what openMigratedDb opened can be kept");
  const file = join(mkdtempSync(join(tmpdir(), "agentlinks-stage-")), "stage.db");
  native.prepare("VACUUM INTO ?").run(file);
  return file;
}

/** A database like a snapshot, of nobody else. */
export function openSnapshot(file: string): Db {
  return embeddedDbOn(connectionOf(openCopy(file)));
}

/** Puts a database with every migration there. */
export function copyMigratedDb(file: string): void {
  copyFileSync(inject("templateDb"), file);
}

/** A native connection to a copy that nobody else has, kept as little as one in memory is. */
function openCopy(template: string): Database.Database {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-copy-"));
  const file = join(folder, "copy.db");
  copyFileSync(template, file);
  const native = new Database(file);
  native.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  native.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST");
  // An open file needs no name: nothing is left to be removed, whoever forgets to close it.
  unlinkSync(file);
  rmSync(folder, { recursive: true });
  return native;
}
