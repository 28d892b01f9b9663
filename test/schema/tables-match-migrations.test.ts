import { getTableColumns, is, SQL } from "drizzle-orm";
import { getTableConfig, type SQLiteColumn, SQLiteSyncDialect, SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import * as schema from "../../schema/tables/index.ts";
import { all, migratedDatabase, type Row, tableNames } from "../support/rows.ts";

const db = migratedDatabase();
const tables = Object.entries<unknown>(schema).filter((entry): entry is [string, SQLiteTable] =>
  is(entry[1], SQLiteTable),
);
const drizzleByName = new Map(tables.map(([, table]) => [getTableConfig(table).name, table]));
const names = tableNames(db);

test("drizzle and the migrations have the same tables", () => {
  expect([...drizzleByName.keys()].toSorted()).toEqual(names);
});

describe.each(names)("%s", (name) => {
  const table = () => drizzleByName.get(name) ?? expect.fail(`no drizzle table is called ${name}`);

  test("has the same columns, keys and indexes in drizzle as in the migrations", () => {
    expect(shapeInDrizzle(table())).toEqual(shapeInDatabase(name));
  });

  test("has the values its CHECKs allow as its columns' enums", () => {
    expect(enumsInDrizzle(table())).toEqual(enumsInDatabase(name));
  });

  test("is STRICT", () => {
    expect(all(db, "SELECT strict FROM pragma_table_list(?)", name)).toEqual([{ strict: 1 }]);
  });

  test("has the app as the first column of every unique key, or a reason not to", () => {
    const reasoned = KEYS_WITHOUT_APP.get(name);
    const open = uniqueKeys(name).filter((key) => key[0] !== "app");
    expect(open.map((key) => key.join(", "))).toEqual(reasoned?.split("; ") ?? []);
  });
});

test.each(tables)("the constant %s and its properties are its columns' names in camelCase", (constant, table) => {
  expect(snakeCase(constant)).toBe(getTableConfig(table).name);
  for (const [property, column] of Object.entries(getTableColumns(table)))
    expect(snakeCase(property)).toBe(column.name);
});

test("an integer column binds a BigInt, reads a number and throws at a fraction", () => {
  expect(schema.conversion.base.mapToDriverValue(10_000)).toBe(10_000n);
  expect(schema.conversion.base.mapFromDriverValue(10_000n)).toBe(10_000);
  expect(() => schema.conversion.base.mapToDriverValue(1.5)).toThrow(RangeError);
});

/** Two apps may use one id, so every key starts with the app. The exceptions, by table, with the key that does not. */
const KEYS_WITHOUT_APP: ReadonlyMap<string, string> = new Map([
  // It is the app.
  ["app", "id"],
  // Settings of the installation.
  ["setting", "key"],
  // A check of one app's books, or of all, that an operator ran.
  ["book_check", "id"],
  // A ref alone must route to its app.
  ["code", "code"],
  // A browser asks about an origin before it says which app it means.
  ["app_origin", "origin, app"],
  // Addresses of the installation that nothing is sent to.
  ["mail_suppression", "address"],
  // One salt a day for the installation.
  ["visitor_salt", "day"],
  // An account belongs to one app of the installation, per mode: what its events are about is found by it alone.
  ["stripe_connection", "account, livemode"],
  // Who signs in does so at the installation, whatever apps they have to do with: one key more each, and no app in any.
  ["users", "id; email"],
  ["sessions", "id; token"],
  ["accounts", "id"],
  ["verifications", "id"],
  ["rate_limits", "id; key"],
  // What an operator changes in many apps at once is of the installation.
  ["bulk_change", "id"],
  ["bulk_line", "change, seq; change, app, affiliate"],
  // Row numbers that give an order and that no caller chooses; the natural key beside them carries the app.
  ...["rate", "hold", "approval", "payout_method", "ledger", "drop", "audit"].map((table): [string, string] => [
    table,
    "seq",
  ]),
]);

interface Shape {
  readonly columns: Readonly<Record<string, ColumnShape>>;
  readonly primaryKey: readonly string[];
  /** UNIQUE constraints; their names are SQLite's own. */
  readonly uniques: readonly string[];
  readonly indexes: Readonly<Record<string, IndexShape>>;
}

interface ColumnShape {
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly generated: string | null;
}

interface IndexShape {
  readonly unique: boolean;
  readonly on: readonly string[];
  readonly where: string | null;
}

function shapeInDrizzle(table: SQLiteTable): Shape {
  const config = getTableConfig(table);
  const composite = config.primaryKeys.flatMap((key) => key.columns);
  return {
    columns: Object.fromEntries(config.columns.map((column) => [column.name, drizzleColumn(column)])),
    primaryKey: namesOf([...config.columns.filter((column) => column.primary), ...composite]),
    uniques: config.uniqueConstraints.map((unique) => namesOf(unique.columns).join(", ")).toSorted(),
    indexes: Object.fromEntries(
      config.indexes.map(({ config: index }) => [
        index.name,
        {
          unique: index.unique,
          on: index.columns.map((part) => (is(part, SQL) ? render(part) : part.name)),
          where: index.where === undefined ? null : render(index.where),
        },
      ]),
    ),
  };
}

function drizzleColumn(column: SQLiteColumn): ColumnShape {
  const generated = column.generated?.as;
  const literal: unknown = column.default;
  return {
    type: column.getSQLType().toUpperCase(),
    notNull: column.notNull,
    default: typeof literal === "string" || typeof literal === "number" ? String(literal) : null,
    generated: is(generated, SQL) ? `${column.generated?.mode} ${render(generated)}` : null,
  };
}

function shapeInDatabase(name: string): Shape {
  const columns = all(db, "SELECT * FROM pragma_table_xinfo(?)", name);
  const indexes = all(db, "SELECT * FROM pragma_index_list(?) ORDER BY name", name);
  return {
    columns: Object.fromEntries(columns.map((column) => [String(column["name"]), databaseColumn(name, column)])),
    primaryKey: primaryKey(name),
    uniques: indexes
      .filter((index) => index["origin"] === "u")
      .map((index) => indexColumns(index).join(", "))
      .toSorted(),
    indexes: Object.fromEntries(
      indexes
        .filter((index) => index["origin"] === "c")
        .map((index) => [
          String(index["name"]),
          { unique: index["unique"] === 1, on: indexColumns(index), where: indexCondition(index) },
        ]),
    ),
  };
}

/** `hidden` is 2 for a virtual and 3 for a stored generated column, whose expression only the table's own text has. */
function databaseColumn(table: string, column: Row): ColumnShape {
  const text = column["dflt_value"];
  const generated = column["hidden"] === 2 ? "virtual" : column["hidden"] === 3 ? "stored" : null;
  return {
    type: String(column["type"]),
    // INTEGER PRIMARY KEY is never null, whatever SQLite writes here.
    notNull: column["notnull"] === 1 || (column["pk"] === 1 && column["type"] === "INTEGER"),
    default: typeof text === "string" ? text.replace(/^'(.*)'$/s, "$1") : null,
    generated: generated && `${generated} ${generatedExpression(table, String(column["name"]))}`,
  };
}

function generatedExpression(table: string, column: string): string {
  const line = new RegExp(`^\\s+${column} .*? GENERATED ALWAYS AS \\((.*?)\\) (?:STORED|VIRTUAL),$`, "ms");
  return normal(line.exec(definition(table))?.[1] ?? expect.fail(`${table}.${column} has no expression`));
}

function primaryKey(table: string): readonly string[] {
  const rows = all(db, "SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk", table);
  return rows.map((row) => String(row["name"]));
}

/** The primary key, which has no index of its own where it is the row number, and every unique index. */
function uniqueKeys(table: string): readonly (readonly string[])[] {
  const indexes = all(db, `SELECT * FROM pragma_index_list(?) WHERE "unique" AND origin <> 'pk'`, table);
  return [primaryKey(table), ...indexes.map(indexColumns)];
}

function indexColumns(index: Row): readonly string[] {
  const name = String(index["name"]);
  const rows = all(db, `SELECT name, "desc" FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno`, name);
  return rows.map((row, at) => `${row["name"] ?? indexExpression(name, at)}${row["desc"] === 1 ? " desc" : ""}`);
}

/** An expression has no name; only the index's own text has it. None here contains a comma or ends in DESC. */
function indexExpression(index: string, at: number): string {
  const parts = / ON \w+ \((.*?)\)(?:\s+WHERE .*)?$/s.exec(definition(index))?.[1]?.split(",");
  return normal(parts?.[at] ?? expect.fail(`${index} has no expression at ${at}`));
}

function indexCondition(index: Row): string | null {
  const condition = / WHERE (.*)$/s.exec(definition(String(index["name"])))?.[1];
  return condition === undefined ? null : normal(condition);
}

function enumsInDrizzle(table: SQLiteTable): Readonly<Record<string, string>> {
  const columns = getTableConfig(table).columns.filter((column) => column.enumValues !== undefined);
  return Object.fromEntries(
    columns
      .filter((column) => column.enumValues?.length)
      .map((column) => [column.name, `'${column.enumValues?.join("', '")}'`]),
  );
}

function enumsInDatabase(name: string): Readonly<Record<string, string>> {
  const checks = definition(name).matchAll(/(?:^\s+|, )(\w+)\s+TEXT\b[^,]*?CHECK \(\1 IN \((.*?)\)\)/gm);
  return Object.fromEntries([...checks].map((match) => [match[1], match[2]]));
}

function definition(name: string): string {
  return String(all(db, "SELECT sql FROM sqlite_schema WHERE name = ?", name)[0]?.["sql"]);
}

function render(expression: SQL): string {
  return normal(new SQLiteSyncDialect().sqlToQuery(expression).sql);
}

/** One blank between words, lower case, bare column names: what drizzle and a person write alike. */
function normal(text: string): string {
  return text
    .replaceAll(/"\w+"\.|"/g, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

function namesOf(columns: readonly SQLiteColumn[]): readonly string[] {
  return columns.map((column) => column.name);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
