import * as v from "valibot";
import { centsOf } from "../domain/amount-text.ts";
import { currencyDecimals } from "../domain/currency.ts";
import { foldEmail } from "../domain/email.ts";
import type { ImportLine, ImportRow, ImportType } from "../domain/import-plan.ts";
import { startOfDay } from "../domain/maturation.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { refuseHostile } from "./body.ts";
import { type CsvLine, readCsv } from "./csv.ts";
import { anyCode, check, currency, email, instant, nameInPath, optional, percent, text } from "./fields.ts";
import { parseDate } from "./time.ts";

/** Rows of a file; a larger one comes in parts. */
export const MAX_IMPORT_ROWS = 50_000;
/** 400 bytes a row, which is more than a row has. */
export const MAX_IMPORT_BYTES = 20_000_000;

/** The columns that each type of row has, beside those that any may have. */
const COLUMNS: Readonly<Record<ImportType, readonly string[]>> = {
  affiliate: ["email", "name", "ref", "commission_percent", "status", "created_at"],
  code: ["email", "ref", "created_at"],
  referral: ["email", "ref", "user_id", "customer_email", "created_at"],
  balance: ["email", "currency", "amount"],
};
/** For the person who makes the file. */
const ANYWHERE = ["type", "name", "note"];
const ALL_COLUMNS = new Set([...ANYWHERE, ...Object.values(COLUMNS).flat()]);

/** What is wrong with a line: which column, and what. */
export interface LineProblem {
  readonly line: number;
  readonly field: string | null;
  readonly message: string;
}

export interface ImportFile {
  readonly lines: readonly ImportLine[];
  readonly problems: readonly LineProblem[];
  /** Columns of the heading that mean nothing here. */
  readonly unknownColumns: readonly string[];
}

/**
 * The rows of a file that moves in (docs/moving-in.md), and what is wrong with those that are none. Fails with `invalid_request`
 * for what is no such file at all.
 */
export async function parseImportFile(bytes: Uint8Array, now: number): Promise<Result<ImportFile>> {
  const decoded = decode(bytes);
  if (decoded === null) return fail("invalid_request", "The file is not UTF-8: save it as CSV UTF-8.");
  const file = await readCsv(decoded, MAX_IMPORT_ROWS);
  if (file.names === null) return fail("invalid_request", brokenCsv(file.brokenAt));
  const { names, lines } = file;
  if (lines.length > MAX_IMPORT_ROWS) {
    return fail("invalid_request", `The file has more than ${MAX_IMPORT_ROWS} rows: take it in parts.`);
  }
  if (!names.includes("type")) return fail("invalid_request", "The heading has no column type.");
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined) return fail("invalid_request", `The heading has the column ${twice} twice.`);
  const parsed = lines.map((line) => parseLine(line, now));
  return ok({
    lines: parsed.flatMap((one) => ("row" in one ? [one] : [])),
    problems: parsed.flatMap((one) => ("row" in one ? [] : one.problems)),
    unknownColumns: names.filter((name) => name !== "" && !ALL_COLUMNS.has(name)),
  });
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function brokenCsv(line: number | null): string {
  return line === null ? "The file is empty." : `Line ${line} is no CSV: look for a quotation mark that is not closed.`;
}

/** A day, which begins at 00:00 UTC, or an instant. */
const when = v.union(
  [
    v.pipe(
      v.string(),
      v.transform(parseDate),
      v.number(),
      v.transform((day) => startOfDay(day)),
    ),
    instant,
  ],
  "must be a day like 2026-01-31, or an instant like 2026-01-31T12:00:00Z",
);
const address = v.pipe(email, v.transform(foldEmail));
const joined = v.picklist(["active", "suspended"], "must be active or suspended; leave out who is neither");
const whose = { email: optional(address), ref: optional(anyCode) };

const Affiliate = v.pipe(
  v.object({
    email: address,
    name: optional(text),
    ref: optional(anyCode),
    commission_percent: optional(percent),
    status: optional(joined),
    created_at: optional(when),
  }),
  v.transform(({ commission_percent, status, created_at, ...rest }): ImportRow => ({
    type: "affiliate",
    ...rest,
    rateBps: commission_percent,
    status: status ?? "active",
    createdAt: created_at,
  })),
);
const Code = v.pipe(
  v.object({ email: address, ref: anyCode, created_at: optional(when) }),
  v.transform(({ created_at, ...rest }): ImportRow => ({ type: "code", ...rest, createdAt: created_at })),
);
const Referral = v.pipe(
  v.object({ ...whose, user_id: nameInPath, customer_email: optional(address), created_at: optional(when) }),
  v.forward(
    v.check((row) => row.email !== null || row.ref !== null, "is required where ref is empty"),
    ["email"],
  ),
  v.transform(({ user_id, customer_email, created_at, ...rest }): ImportRow => ({
    type: "referral",
    ...rest,
    userId: user_id,
    customerEmail: customer_email,
    createdAt: created_at,
  })),
);
const Balance = v.object({ email: address, currency, amount: text, note: optional(text) });

function parseLine(line: CsvLine, now: number): ImportLine | { readonly problems: readonly LineProblem[] } {
  const at = line.line;
  const told = (field: string | null, message: string) => ({ problems: [{ line: at, field, message }] });
  if (line.isTooLong) return told(null, "has more cells than the heading has columns");
  const cells = Object.fromEntries(
    Object.entries(line.cells).flatMap(([name, cell]) => (cell.trim() === "" ? [] : [[name, cell.trim()]])),
  );
  const type = typeOf(cells["type"]);
  if (type === null) return told("type", "must be affiliate, code, referral or balance");
  const stray = Object.keys(cells).find((name) => ALL_COLUMNS.has(name) && !belongs(name, type));
  if (stray !== undefined) return told(stray, `means nothing in a row of type ${type}: leave it empty`);
  const row = parseRow(type, cells);
  if (!row.ok) {
    const fields = row.failure.fields ?? [];
    return { problems: fields.map(({ path, message }) => ({ line: at, field: path, message })) };
  }
  const createdAt = "createdAt" in row.value ? row.value.createdAt : null;
  if (createdAt !== null && createdAt > now) return told("created_at", "must not be in the future");
  // A year of two digits: a customer of the year 24 would have had all their months.
  if (createdAt !== null && createdAt < 0) return told("created_at", "must not be before 1970");
  return { line: at, row: row.value };
}

function typeOf(cell: string | undefined): ImportType | null {
  const type = cell?.toLowerCase();
  return type === "affiliate" || type === "code" || type === "referral" || type === "balance" ? type : null;
}

function belongs(name: string, type: ImportType): boolean {
  return ANYWHERE.includes(name) || COLUMNS[type].includes(name);
}

function parseRow(type: ImportType, cells: Readonly<Record<string, string>>): Result<ImportRow> {
  const own = Object.fromEntries(Object.entries(cells).filter(([name]) => belongs(name, type)));
  const harmless = refuseHostile(own);
  if (!harmless.ok) return harmless;
  switch (type) {
    case "affiliate":
      return check(Affiliate, own);
    case "code":
      return check(Code, own);
    case "referral":
      return check(Referral, own);
    case "balance":
      return parseBalance(own);
  }
}

/** The digits are read as they stand, so that no amount is rounded. */
function parseBalance(cells: Readonly<Record<string, string>>): Result<ImportRow> {
  const parsed = check(Balance, cells);
  if (!parsed.ok) return parsed;
  const { amount, ...rest } = parsed.value;
  const amountCents = centsOf(amount, rest.currency);
  if (amountCents !== null) return ok({ type: "balance", ...rest, amountCents });
  const decimals = currencyDecimals(rest.currency);
  const like = decimals === 0 ? "1234" : `1234.${"50".padEnd(decimals, "0")}`;
  const message = `must be an amount like ${like}, without a mark for thousands`;
  return fail("invalid_request", "The request is not valid.", [{ path: "amount", message }]);
}
