import Database from "libsql";
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Db } from "./db.ts";
import { connectionOf, toDbError } from "./embedded-connection.ts";
import { embeddedDbOn } from "./embedded-db.ts";

/**
 * Writes a consistent copy of the database at `from` to `to`, for its owner's eyes alone, while others may write to it:
 * what they committed before this call is in it, and of each of their batches all or nothing. A log beside `from` is read
 * too. What stood at `to` is replaced.
 *
 * Throws a DbError of kind `unavailable`: no room, no database, or one that cannot be read.
 */
export function copyLive({ from, to }: { readonly from: string; readonly to: string }): void {
  removeDatabase(to);
  // Made here for its mode: SQLite fills an empty file, and refuses any other.
  closeSync(openSync(to, "wx", OWNER_ONLY));
  const native = openNative(from);
  try {
    // `exec` keeps no statement, so that closing ends the connection and leaves the log to the server.
    native.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  } catch (error) {
    removeDatabase(to);
    throw toDbError(error, { kind: "unavailable" });
  } finally {
    native.close();
  }
}

/**
 * Copies the file `from`, with a log beside it, to `to`, and folds the log in. `from` stays as it is, also where its folder
 * cannot be written. Throws a DbError of kind `unavailable` when it is no database.
 */
export function copyAtRest({ from, to }: { readonly from: string; readonly to: string }): void {
  mkdirSync(dirname(to), { recursive: true });
  removeDatabase(to);
  for (const name of filesOf(from)) {
    if (name.endsWith("-shm")) continue;
    const copy = to + name.slice(from.length);
    copyFileSync(name, copy);
    // A copied file has the mode of the one it was copied from.
    chmodSync(copy, OWNER_ONLY);
  }
  const native = openNative(to);
  try {
    native.exec("PRAGMA journal_mode = DELETE");
  } catch (error) {
    removeDatabase(to);
    throw toDbError(error, { kind: "unavailable" });
  } finally {
    native.close();
  }
}

/** Opens a copy as it is: one file, without a log beside it, that nobody else has open. */
export function openCopy(file: string): Db {
  const native = openNative(file);
  native.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST");
  return embeddedDbOn(connectionOf(native));
}

/**
 * Gives the whole copy its name, and is back when both have reached the disk: SQLite does not wait for that. What root
 * copied belongs to whom the folder belongs to, as the server could not open it otherwise.
 */
export function publishCopy({ copy, name }: { readonly copy: string; readonly name: string }): void {
  const { uid, gid } = statSync(dirname(name));
  if (process.getuid?.() === 0) chownSync(copy, uid, gid);
  flush(copy);
  renameSync(copy, name);
  flush(dirname(name));
}

/** The files of the database at `file` that are there: itself, its logs, and what only a running process needs. */
export function filesOf(file: string): readonly string[] {
  return SUFFIXES.map((suffix) => file + suffix).filter((name) => existsSync(name));
}

export function removeDatabase(file: string): void {
  for (const name of filesOf(file)) rmSync(name);
}

/** Moves the database away with its logs: a log that stayed would be read as the next database's. */
export function moveAside({ file, to }: { readonly file: string; readonly to: string }): void {
  for (const name of filesOf(file)) renameSync(name, to + name.slice(file.length));
}

/**
 * Folds the log into the file and keeps every other process out until `letGo`; null while one has it open. A file that is
 * no database, or a damaged one, is nobody's: it is let go as it is.
 */
export function holdAlone(file: string): { readonly letGo: () => void } | null {
  if (!existsSync(file)) return { letGo: () => {} };
  const native = openNative(file);
  try {
    // A process that has a file with a log open shares a lock on it for as long, even while it does nothing.
    native.exec("PRAGMA journal_mode = DELETE");
    native.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (isBusy(error)) {
      native.close();
      return null;
    }
  }
  return { letGo: () => native.close() };
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The files of a folder whose names match, sorted. */
export function namesIn(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .toSorted();
}

export function bytesOf(file: string): number {
  return statSync(file).size;
}

const OWNER_ONLY = 0o600;
/** Long enough for a writer to end, short for somebody who waits at a terminal. */
const BUSY_TIMEOUT_MS = 1_000;
/** What SQLite puts beside a file (https://sqlite.org/tempfiles.html). */
const SUFFIXES = ["", "-wal", "-shm", "-journal"];

function openNative(file: string): Database.Database {
  try {
    return new Database(file, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw toDbError(error, { kind: "unavailable" });
  }
}

/** SQLITE_BUSY and its extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "rawCode" in error && (Number(error.rawCode) & 0xff) === 5;
}

function flush(path: string): void {
  const handle = openSync(path, "r");
  fsyncSync(handle);
  closeSync(handle);
}
