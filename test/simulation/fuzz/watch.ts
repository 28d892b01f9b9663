import Database from "libsql";

/** What two moments differ in: rows, as JSON, by table. */
export interface Difference {
  readonly table: string;
  readonly gone: readonly string[];
  readonly come: readonly string[];
}

/**
 * Whether a call changed the database: by SQLite's own count of commits of others (`PRAGMA data_version`), which costs
 * microseconds. Where there was one, every row of every table as it was before, which an open read transaction still sees,
 * is compared with every row as it is.
 */
export class Watch {
  readonly #before: Database.Database;
  readonly #now: Database.Database;
  readonly #tables: readonly string[];
  #version = 0n;

  constructor(file: string) {
    this.#before = open(file);
    this.#now = open(file);
    const names = this.#now.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name",
    );
    this.#tables = names.raw(true).all([]).map(String);
    this.mark();
  }

  /** From now on it is compared with this moment. */
  mark(): void {
    if (this.#before.inTransaction) this.#before.exec("COMMIT");
    this.#before.exec("BEGIN");
    this.#before.prepare("SELECT count(*) FROM setting").all([]);
    this.#version = this.#readVersion();
  }

  /** Whether anybody has committed anything since. */
  hasChanged(): boolean {
    return this.#readVersion() !== this.#version;
  }

  /** Until nobody has changed anything for a while: what was begun is done. */
  async rest(): Promise<void> {
    for (const until = Date.now() + MAX_REST_MS; Date.now() < until;) {
      this.mark();
      await new Promise((done) => setTimeout(done, REST_MS));
      if (!this.hasChanged()) return;
    }
  }

  differences(): readonly Difference[] {
    return this.#tables.flatMap((table) => {
      const [before, now] = [rowsOf(this.#before, table), rowsOf(this.#now, table)];
      const gone = before.filter(without(now));
      const come = now.filter(without(before));
      return gone.length + come.length === 0 ? [] : [{ table, gone, come }];
    });
  }

  close(): void {
    this.#before.close();
    this.#now.close();
  }

  #readVersion(): bigint {
    const [row] = this.#now.prepare("PRAGMA data_version").safeIntegers(true).raw(true).all([]);
    return Array.isArray(row) ? BigInt(row[0]) : 0n;
  }
}

/** A job pauses no longer than that. */
const REST_MS = 300;
const MAX_REST_MS = 20_000;

function open(file: string): Database.Database {
  return new Database(file, { timeout: 5_000 });
}

/** A column that says when a key was used last, which it also was by a call that was refused for another reason. */
const NO_STATE: Readonly<Record<string, string>> = { api_key: "last_used_on" };

function rowsOf(db: Database.Database, table: string): readonly string[] {
  const rows = db.prepare(`SELECT * FROM "${table}"`).safeIntegers(true).all([]);
  const unread = NO_STATE[table];
  return rows.map((row) =>
    JSON.stringify(row, (name, value: unknown) => {
      if (name === unread) return undefined;
      return typeof value === "bigint" ? String(value) : value;
    }),
  );
}

function without(others: readonly string[]): (row: string) => boolean {
  const known = new Set(others);
  return (row) => !known.has(row);
}

/** Until what an answer left for afterwards is done, and what nobody waits for any more. */
const SETTLE_MS = 60;

export function settle(): Promise<void> {
  return new Promise((done) => setTimeout(done, SETTLE_MS));
}

/** What changed, as far as a line has room for it. */
export function inWords(differences: readonly Difference[]): string {
  return differences
    .map(
      ({ table, gone, come }) =>
        `${table} (-${gone.length} +${come.length}): ${[...gone, ...come].join(" ").slice(0, 900)}`,
    )
    .join("; ");
}
