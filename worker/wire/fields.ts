import * as v from "valibot";
import { isCode, isVanityCode } from "../domain/code.ts";
import { parseCountry } from "../domain/country.ts";
import { parseCurrency } from "../domain/currency.ts";
import { isMailAddress } from "../domain/mail-address.ts";
import { parsePercent } from "../domain/percent.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { MAX_STRING_LENGTH } from "./body.ts";
import { type Month, parseDate, parseMonth } from "./time.ts";

/** RFC 5321 §4.5.3.1.3: a path has 256 octets with its angle brackets. */
const MAX_EMAIL_LENGTH = 254;
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
/** Enough for every site of a shop with its stages. */
const MAX_ORIGINS = 50;
/** Enough for a payment's context; a row stays small. */
const MAX_METADATA_LENGTH = 4_096;

/** A field that may be left out or null; both read as null. */
export function optional<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.nullable(schema), null);
}

export const text = v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"));

/** An id of theirs: text, or a whole number as many databases have it. */
export const externalId = v.union(
  [text, v.pipe(v.number(), v.safeInteger(), v.transform(String))],
  "must be a non-empty string or a whole number",
);

/** A name of theirs that stands in a path: what a body refuses, this refuses. */
export const nameInPath = v.pipe(
  text,
  v.maxLength(MAX_STRING_LENGTH, `must not be longer than ${MAX_STRING_LENGTH} characters`),
  v.check((value) => !/\p{Cc}/u.test(value) && value.isWellFormed(), "must hold no control characters"),
);

export const status = v.picklist(
  ["applied", "active", "suspended", "revoked"],
  "must be applied, active, suspended or revoked",
);

export const email = v.pipe(
  v.string("must be a string"),
  v.trim(),
  v.maxLength(MAX_EMAIL_LENGTH, `must not be longer than ${MAX_EMAIL_LENGTH} characters`),
  v.check((address) => address.length > MAX_EMAIL_LENGTH || isMailAddress(address), "must be an e-mail address"),
);

export const vanityRef = v.pipe(
  v.string("must be a string"),
  v.check(isVanityCode, "must be 3–32 of A–Z a–z 0–9 _ - with at least one letter"),
);

export const anyCode = v.pipe(v.string("must be a string"), v.check(isCode, "must be 1–64 of A–Z a–z 0–9 _ -"));

export const currency = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const folded = parseCurrency(dataset.value);
    if (folded !== null) return folded;
    addIssue({ message: "must be an ISO 4217 currency code" });
    return NEVER;
  }),
);

/** A country that there is. → its code in capitals. */
export const countryCode = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const code = parseCountry(dataset.value);
    if (code !== null) return code;
    addIssue({ message: "must be an ISO 3166-1 alpha-2 country code" });
    return NEVER;
  }),
);

/** A percentage as decimal text or a JSON number, read from its digits: at most two decimals, 0–100. → basis points. */
export const percent = v.pipe(
  v.union([v.string(), v.number()], "must be a percentage"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const bps = parsePercent(String(dataset.value));
    if (bps !== null) return bps;
    addIssue({ message: "must be 0–100 with at most two decimals" });
    return NEVER;
  }),
);

/** An instant as ISO 8601 with its zone. → epoch milliseconds. */
export const instant = v.pipe(
  v.string("must be a string"),
  v.regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/,
    "must be ISO 8601, like 2026-01-31T12:00:00Z",
  ),
  // Date.parse alone reads 31 February as 3 March.
  v.transform((value) => (parseDate(value.slice(0, 10)) === null ? Number.NaN : Date.parse(value))),
  v.check((value) => Number.isFinite(value), "must be an instant"),
);

/** A UTC month as YYYY-MM. */
export const month = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }): Month => {
    const known = parseMonth(dataset.value);
    if (known !== null) return known;
    addIssue({ message: "must be a month like 2026-01" });
    return NEVER;
  }),
);

/**
 * A site as browsers name it in `Origin`: https, or http on the developer's own machine, without path or user. A pattern is
 * none: `*` may stand in a URL's host, but no browser sends it.
 */
const origin = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const url = URL.canParse(dataset.value) ? new URL(dataset.value) : null;
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOCAL_HOST.test(url.hostname));
    if (url !== null && isSafe && !url.hostname.includes("*") && url.href === `${url.origin}/`) return url.origin;
    addIssue({ message: "must be an origin like https://shop.example, or http://localhost:3000" });
    return NEVER;
  }),
);

/** Origins, each once. */
export const originList = v.pipe(
  v.array(origin, "must be a list of origins"),
  v.maxLength(MAX_ORIGINS, `must not be more than ${MAX_ORIGINS}`),
  v.transform((origins) => [...new Set(origins)]),
);

/** Any number: whether it is an amount is a rule of money, with its own error. */
export const amount = v.number("must be a number");

export const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.number("must be a number"),
    v.safeInteger("must be a whole number"),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  );

/** A JSON object kept as text. */
export const metadata = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), "must be an object"),
  v.record(v.string(), v.unknown(), "must be an object"),
  v.transform((value) => JSON.stringify(value)),
  v.maxLength(MAX_METADATA_LENGTH, `must not be longer than ${MAX_METADATA_LENGTH} characters as JSON`),
);

/** Checks input against a schema. Fails with `invalid_request`, naming every field at fault but never its value. */
export function check<Schema extends v.GenericSchema>(schema: Schema, input: unknown): Result<v.InferOutput<Schema>> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return ok(parsed.output);
  const fields = parsed.issues.map((issue) => ({ path: v.getDotPath(issue) ?? "", message: messageOf(issue) }));
  return fail("invalid_request", "The request is not valid.", fields);
}

/** valibot's own messages repeat the input: only ours go out. */
function messageOf(issue: v.BaseIssue<unknown>): string {
  if (issue.received === "undefined") return "is required";
  return /^(must|is|has) /.test(issue.message) ? issue.message : "is not valid";
}
