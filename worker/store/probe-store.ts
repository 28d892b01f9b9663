import type { Row, Statement } from "./db.ts";
import { writeSetting } from "./setting-store.ts";
import { statement, textOf } from "./statement.ts";

/** Writes, so that a database that has become full or read-only is noticed, and reads which migrations it has. */
export function probe(now: number): readonly Statement[] {
  return [writeSetting("ready_probe", String(now)), READ_MIGRATIONS({})];
}

/** The names of the migrations applied, from a `probe`'s results. */
export function readMigrations(results: readonly (readonly Row[])[]): readonly string[] {
  return (results.at(-1) ?? []).map((row) => textOf(row, "name"));
}

const READ_MIGRATIONS = statement("SELECT name FROM migration ORDER BY name");
