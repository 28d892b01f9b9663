/**
 * Reads JSON of a shape nobody promised: two decades of Stripe's versions, and whatever else is posted. Nothing here
 * throws; what is not what was asked for is null, or left out.
 */

export type Json = Readonly<Record<string, unknown>>;

/** Longer strings than Stripe's ids, e-mail addresses and our own fields are: nothing that is looked up by them. */
const MAX_TEXT_LENGTH = 256;

/** A list inside an object holds at most 250 (invoice lines). The rest of a longer one is not read. */
const MAX_LIST_ITEMS = 500;

/** `in_1Nx…`, `cs_live_a1b…`, `acct_…` */
const ID_PATTERN = /^[a-z]+_[A-Za-z0-9_]{1,250}$/;

/** ECMA-262 §21.4.1.1: no Date lies beyond it. */
const MAX_SECONDS = 8_640_000_000_000;

export function objectOf(value: unknown): Json | null {
  return isObject(value) ? value : null;
}

/** The object, or one without fields: to read on through fields that may be missing. */
export function fieldsOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** False for null and for a field that is not there: Stripe uses both, by version. */
export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** The objects of an array, or of Stripe's `{object: "list", data: […]}`. */
export function itemsOf(value: unknown): readonly Json[] {
  const list = Array.isArray(value) ? value : fieldsOf(value)["data"];
  return Array.isArray(list) ? list.slice(0, MAX_LIST_ITEMS).filter(isObject) : [];
}

/** Text as our own API takes it: 1 to 256 characters, well-formed, without control characters. */
export function textOf(value: unknown): string | null {
  if (typeof value !== "string" || value.length === 0 || value.length > MAX_TEXT_LENGTH) return null;
  return /\p{Cc}/u.test(value) || !value.isWellFormed() ? null : value;
}

/** The id in a reference: Stripe gives the string, or the whole object where the reader had it expanded. */
export function idOf(value: unknown): string | null {
  const id = textOf(isObject(value) ? value["id"] : value);
  return id !== null && ID_PATTERN.test(id) ? id : null;
}

/** A whole number of either sign that is exact. */
export function wholeOf(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** Epoch milliseconds of Stripe's epoch seconds. */
export function millisOf(seconds: unknown): number | null {
  const whole = wholeOf(seconds);
  return whole !== null && whole >= 0 && whole <= MAX_SECONDS ? whole * 1000 : null;
}

/** The first of several places where something was found. */
export function firstOf<T>(found: readonly (T | null)[]): T | null {
  return found.find((value) => value !== null) ?? null;
}

/** The names that are told, each once, in their order. */
export function namesOf(candidates: readonly (string | null)[], without?: string): readonly string[] {
  const told = candidates.filter((name): name is string => name !== null && name !== without);
  return [...new Set(told)];
}

/** One group of names of one payment, or none: a single name links nothing. */
export function linkOf(candidates: readonly (string | null)[]): readonly (readonly string[])[] {
  const names = namesOf(candidates);
  return names.length < 2 ? [] : [names];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
