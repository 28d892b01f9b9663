import { drizzle } from "drizzle-orm/sqlite-proxy";
import { accounts, rateLimits, sessions, users, verifications } from "../../schema/tables/accounts.ts";
import type { Db, SqlValue } from "./db.ts";
import { inspectSql } from "./sql-text.ts";

/** The tables of sign-in under the names that better-auth has for them. */
export const AUTH_TABLES = { users, sessions, accounts, verifications, rateLimits };

/**
 * Our database as drizzle's, for better-auth, which builds its own queries: each statement by itself, a write as a batch of
 * one. Throws what `Db` throws, in drizzle's wrapping.
 */
export function openAuthDb(db: Db) {
  return drizzle(async (sql, params, method) => {
    const statement = { sql: repeatable(sql), args: params.map(bindable) };
    const rows = inspectSql(sql).readOnly ? await db.query(statement) : ((await db.batch([statement]))[0] ?? []);
    // drizzle reads columns by their place. A row has them in the order of the statement, each with a name of its own.
    const values = rows.map((row) => Object.values(row));
    return { rows: method === "get" ? (values[0] ?? []) : values };
  });
}

/** An insert that runs again answers the row of its first run: the id, which is random, tells that it is its own. */
function repeatable(sql: string): string {
  return sql.replace(
    /^(insert into .*) (returning .*)$/s,
    '$1 on conflict ("id") do update set "id" = excluded."id" $2',
  );
}

/** A limit, or a column that our tables do not bind themselves. */
function bindable(value: unknown): SqlValue {
  if (typeof value === "number") return BigInt(value);
  if (typeof value === "string" || typeof value === "bigint" || value === null) return value;
  throw new TypeError(`better-auth binds a ${typeof value}`);
}
