import * as v from "valibot";

/** An instant in UTC, to the millisecond. */
export const time = v.pipe(v.string(), v.isoTimestamp());
/** A UTC day. */
export const date = v.pipe(v.string(), v.isoDate());
export const integer = v.pipe(v.number(), v.safeInteger());
/** Of things that are counted. */
export const count = v.pipe(integer, v.minValue(0));
/** Whole minor units of a currency, below zero where something is owed. */
export const cents = v.pipe(integer, v.description("Whole minor units of the currency."));
export const currencyCode = v.pipe(v.string(), v.regex(/^[a-z]{3}$/), v.description("ISO 4217, in small letters."));
export const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100), v.description("A percentage."));
export const nextCursor = v.pipe(
  v.nullable(v.string()),
  v.description("The `cursor` of the next page; null on the last one."),
);

/** A page of a list under its name. */
export function listOf<const Name extends string, const Item extends v.GenericSchema>(name: Name, item: Item) {
  const list = { [name]: v.array(item) } as Readonly<Record<Name, v.ArraySchema<Item, undefined>>>;
  return v.strictObject({ ...list, next_cursor: nextCursor });
}
