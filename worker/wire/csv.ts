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

/**
 * The lines of a CSV file by the names in its heading, in lower case; null where it is none, or has more than `maxRows` lines. It
 * may come back from a spreadsheet: with a byte order mark, with semicolons, with empty lines.
 */
export async function fromCsv(
  text: string,
  maxRows: number,
): Promise<readonly Readonly<Record<string, string>>[] | null> {
  const { parse } = await import("csv-parse/sync");
  try {
    const rows: readonly (readonly string[])[] = parse(text, {
      bom: true,
      delimiter: (text.split("\n", 1)[0] ?? "").includes(";") ? ";" : ",",
      relax_column_count: true,
      skip_empty_lines: true,
      to: maxRows + 2,
    });
    const [heading, ...lines] = rows;
    if (heading === undefined || lines.length > maxRows) return null;
    const names = heading.map((name) => name.trim().toLowerCase());
    return lines.map((line) =>
      Object.fromEntries(names.map((name, at) => [name, (line[at] ?? "").replace(GUARD, "")])),
    );
  } catch {
    return null;
  }
}
