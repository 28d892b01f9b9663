import { ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import type Database from "libsql";

/** A database file that is a copy of another, and can be made so again while connections to it are open. */
export interface FileCopy {
  /**
   * Makes it like the other file, as another process would change it: the connections see by the counter in the first page
   * that what they have of it is old. All connections to it are to be given. False where one did not see it, because a
   * statement or a transaction of it is still under way: it may serve nobody any more.
   */
  readonly refill: (connections: readonly Database.Database[]) => boolean;
}

export function copyDatabaseFile(from: string, file: string): FileCopy {
  const bytes = (contents[from] ??= readFileSync(from));
  writeFileSync(file, bytes);
  const handle = openSync(file, "r+");
  let turn = 0;
  return {
    refill(connections) {
      if (connections.some(({ inTransaction }) => inTransaction)) return false;
      const before = connections.map(dataVersion);
      turn += 1;
      writeSync(handle, bytes, 0, bytes.length, 0);
      writeSync(handle, headerOf(bytes, turn * MANY_COMMITS), 0, HEADER_BYTES, 0);
      ftruncateSync(handle, bytes.length);
      return connections.every((connection, at) => dataVersion(connection) !== before[at]);
    },
  };
}

const contents: Record<string, Buffer> = {};

/** https://sqlite.org/fileformat.html#the_database_header */
const HEADER_BYTES = 100;
const CHANGE_COUNTER = 24;
const VERSION_VALID_FOR = 92;
/** More than a test makes: no counter comes twice. */
const MANY_COMMITS = 1_000_000;

function headerOf(bytes: Buffer, changes: number): Buffer {
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  header.writeUInt32BE(changes, CHANGE_COUNTER);
  header.writeUInt32BE(changes, VERSION_VALID_FOR);
  return header;
}

/** Another one once somebody else has changed the file. */
function dataVersion(connection: Database.Database): unknown {
  return connection.prepare("PRAGMA data_version").raw(true).all([]).join();
}
