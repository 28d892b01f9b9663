import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { inject, onTestFinished, TestRunner } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { connectionOf, type EmbeddedConnection } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";
import { copyDatabaseFile, type FileCopy } from "./file-copy.ts";

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
  const free = (freeCopies[file] ??= []);
  const copy = free.pop() ?? openCopy(file);
  const close = () => {
    if (copy.refill([copy.native])) free.push(copy);
    else copy.connection.close();
  };
  const db = embeddedDbOn({ ...copy.connection, close });
  copies.set(db, copy);
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => db.close());
  return db;
}

const freeCopies: Record<string, Copy[]> = {};

interface Copy extends FileCopy {
  readonly native: Database.Database;
  readonly connection: EmbeddedConnection;
}

/** A native connection to a copy, kept as little as one in memory is. */
function openCopy(template: string): Copy {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-copy-"));
  const file = join(folder, "copy.db");
  const copy = copyDatabaseFile(template, file);
  const native = new Database(file);
  native.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  native.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST");
  // An open file needs no name: nothing is left to be removed, whoever forgets to close it.
  rmSync(folder, { recursive: true });
  return { ...copy, native, connection: connectionOf(native) };
}
