import { copyFileSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { inject, onTestFinished, TestRunner } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { connectionOf, type EmbeddedConnection } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A file with a database that has every migration, and nothing else: applying them takes ten times as long as a copy. */
    templateDb: string;
  }
}

/** A database with every migration, of nobody else: as one in memory, it is gone with its connection, or its test. */
export function openMigratedDb(): Db {
  return openLike(inject("templateDb"));
}

const copies = new WeakMap<Db, Copy>();

/** What `openMigratedDb` opened, as it stands now, in a file of its own. */
export function snapshotOf(db: Db): string {
  const copy = copies.get(db);
  if (copy === undefined) throw new Error("only what openMigratedDb opened can be kept");
  const file = join(mkdtempSync(join(tmpdir(), "agentlinks-stage-")), "stage.db");
  copy.native.prepare("VACUUM INTO ?").run(file);
  return file;
}

/** A database like a snapshot, of nobody else. */
export function openSnapshot(file: string): Db {
  return openLike(file);
}

/** Puts a database with every migration there. */
export function copyMigratedDb(file: string): void {
  copyFileSync(inject("templateDb"), file);
}

/**
 * A copy of a file that nobody else has. Closed, at the latest with its test, it is made like the file again and serves the
 * next one: its connection has read the schema and compiled the statements, which takes longer than most tests do. Who still
 * holds the closed one gets nothing more of it.
 */
function openLike(file: string): Db {
  const template = (templates[file] ??= { bytes: readFileSync(file), free: [] });
  const copy = template.free.pop() ?? openCopy(file);
  const close = () => {
    if (copy.connection.inTransaction()) return copy.connection.close();
    restore(copy, template.bytes);
    template.free.push(copy);
  };
  const db = embeddedDbOn({ ...copy.connection, close });
  copies.set(db, copy);
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => db.close());
  return db;
}

const templates: Record<string, { readonly bytes: Buffer; readonly free: Copy[] }> = {};

interface Copy {
  readonly native: Database.Database;
  readonly connection: EmbeddedConnection;
  /** Of its file, which has no name any more. */
  readonly handle: number;
}

/**
 * As another process would change the file: SQLite sees by the counter in its first page that what it has of it is old, and
 * by the number of the schema that a table has changed.
 */
function restore({ handle }: Copy, bytes: Buffer): void {
  writeSync(handle, bytes, 0, bytes.length, 0);
  ftruncateSync(handle, bytes.length);
}

/** A native connection to a copy, kept as little as one in memory is. */
function openCopy(template: string): Copy {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-copy-"));
  const file = join(folder, "copy.db");
  copyFileSync(template, file);
  const native = new Database(file);
  native.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  native.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST");
  const handle = openSync(file, "r+");
  // An open file needs no name: nothing is left to be removed, whoever forgets to close it.
  rmSync(folder, { recursive: true });
  return { native, connection: connectionOf(native), handle };
}
