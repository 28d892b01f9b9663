import { sql } from "drizzle-orm";
import { customType } from "drizzle-orm/sqlite-core";

/**
 * An integer column: money, time, counts and flags. Both drivers bind a JavaScript number as REAL, so values travel as
 * BigInt. A fraction throws a RangeError before it reaches a statement.
 */
export const integer = customType<{ data: number; driverData: bigint | number }>({
  dataType: () => "integer",
  toDriver: BigInt,
  fromDriver: Number,
});

/** A surrogate row number. NULL on insert makes SQLite take the next one. */
export const sequence = () =>
  integer("seq")
    .primaryKey()
    .default(sql`null`);

/** A time in epoch millis that whoever reads the table through drizzle takes as a Date. */
export const instant = customType<{ data: Date; driverData: bigint | number }>({
  dataType: () => "integer",
  toDriver: (value) => BigInt(value.getTime()),
  fromDriver: (value) => new Date(Number(value)),
});

/** 0 or 1, a boolean through drizzle. */
export const flag = customType<{ data: boolean; driverData: bigint | number }>({
  dataType: () => "integer",
  toDriver: (value) => (value ? 1n : 0n),
  fromDriver: (value) => Number(value) === 1,
});
