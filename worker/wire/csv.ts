/** A cell: text as somebody wrote it, a number of ours, or nothing. */
export type CsvCell = string | number | null;

/** A separator where some spreadsheets split a cell though it was quoted for commas, before what begins a formula. */
const FORMULA_AFTER_SEPARATOR = /([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])/g;

/**
 * Rows, under their column names where there are any, as CSV (RFC 4180, UTF-8). No text begins a formula, however a spreadsheet splits the file: an
 * apostrophe goes before it (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers, negative ones too,
 * so what a caller wrote must come as text.
 */
export async function toCsv(columns: readonly string[] | null, rows: readonly (readonly CsvCell[])[]): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "string" ? cell.replaceAll(FORMULA_AFTER_SEPARATOR, "$1'") : cell)),
  );
  return stringify([...(columns === null ? [] : [[...columns]]), ...cells], {
    escape_formulas: true,
    record_delimiter: "windows",
    quote_record_delimiter: true,
  });
}

/** A cell that was kept from beginning a formula is what it was before. */
const GUARD = /^'(?=[=+\-@＝＋－＠\t\r])/;

/** A line of a file: what stands in it by the names of the heading, in lower case, and the line it ends on. */
export interface CsvLine {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** There is more in it than the heading has columns. */
  readonly isTooLong: boolean;
}

/** What a file holds, at most `maxRows` lines of it and one more; or the line that is no CSV, where that is known. */
export type CsvFile =
  | { readonly names: readonly string[]; readonly lines: readonly CsvLine[] }
  | { readonly names: null; readonly brokenAt: number | null };

/**
 * Reads a CSV file with a heading. It may come back from a spreadsheet: with a byte order mark, with semicolons, with empty
 * lines.
 */
export async function readCsv(text: string, maxRows: number): Promise<CsvFile> {
  const { CsvError, parse } = await import("csv-parse/sync");
  try {
    // The parser counts a CRLF within quotes as two lines.
    const records = parse(text.replaceAll("\r\n", "\n"), {
      bom: true,
      delimiter: (text.split("\n", 1)[0] ?? "").includes(";") ? ";" : ",",
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // An empty row comes out of a spreadsheet as separators.
      skip_records_with_empty_values: true,
      to: maxRows + 2,
    });
    const [heading, ...rest] = withInfo(records);
    if (heading === undefined) return { names: null, brokenAt: null };
    const names = heading.record.map((name) => name.trim().toLowerCase());
    return { names, lines: rest.map(({ record, info }) => lineOf(names, { record, line: info.lines })) };
  } catch (error) {
    return {
      names: null,
      brokenAt: error instanceof CsvError && typeof error["lines"] === "number" ? error["lines"] : null,
    };
  }
}

/** What `info` makes of each record: the package's types know the bare one alone. */
function withInfo(records: unknown) {
  return records as readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
}

function lineOf(
  names: readonly string[],
  { record, line }: { readonly record: readonly string[]; readonly line: number },
): CsvLine {
  return {
    line,
    cells: Object.fromEntries(names.map((name, at) => [name, (record[at] ?? "").replace(GUARD, "")])),
    isTooLong: record.slice(names.length).some((cell) => cell.trim() !== ""),
  };
}

/** The lines of a CSV file by the names in its heading; null where it is none, or has more than `maxRows` lines. */
export async function fromCsv(
  text: string,
  maxRows: number,
): Promise<readonly Readonly<Record<string, string>>[] | null> {
  const file = await readCsv(text, maxRows);
  return file.names === null || file.lines.length > maxRows ? null : file.lines.map(({ cells }) => cells);
}
