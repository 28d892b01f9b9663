import { assert } from "../domain/assert.ts";
import type { Row, SqlValue, Statement } from "./db.ts";

/** What a caller may hand a statement by name. Whole numbers become BigInt, so that the database stores INTEGER, never REAL. */
export type Params = Readonly<Record<string, string | number | bigint | null>>;

/**
 * A statement written once with `:names`, bound by name. The names are numbered when the module loads, so that one text
 * serves every call and every driver's statement cache. A name may occur often; one that is not given throws.
 */
export function statement(text: string): (params: Params) => Statement {
  const names: string[] = [];
  const sql = text.replace(/:([a-z][a-z0-9_]*)/g, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `?${names.indexOf(name) + 1}`;
  });
  return (params) => ({ sql, args: names.map((name) => bindable(name, params[name])) });
}

/** `column = …` for an UPDATE by the JSON object `:patch`: its key where it has one, null included, else unchanged. */
export function patched(column: string): string {
  return `${column} = iif(json_type(:patch, '$.${column}') IS NULL, ${column}, json_extract(:patch, '$.${column}'))`;
}

/** The text of a column that is never null. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === "string", `${column} is text`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

/** The whole number of a column that is never null. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === "number" && Number.isSafeInteger(value), `${column} is a whole number`);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integerOf(row, column);
}

/** A column whose CHECK closes it to `values`. */
export function oneOf<const T extends string>(row: Row, column: string, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === row[column]);
  assert(value !== undefined, `${column} is one of ${values.join(", ")}`);
  return value;
}

function bindable(name: string, value: Params[string] | undefined): SqlValue {
  if (value === undefined) throw new TypeError(`:${name} is not given`);
  if (typeof value !== "number") return value;
  if (!Number.isSafeInteger(value)) throw new TypeError(`:${name} is no whole number`);
  return BigInt(value);
}
