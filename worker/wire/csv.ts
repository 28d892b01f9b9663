/** A cell: text as somebody wrote it, a number of ours, or nothing. */
export type CsvCell = string | number | null;

/** A separator where some spreadsheets split a cell though it was quoted for commas, before what begins a formula. */
const FORMULA_AFTER_SEPARATOR = /([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])/g;

/**
 * Rows under their column names as CSV (RFC 4180, UTF-8). No text begins a formula, however a spreadsheet splits the file: an
 * apostrophe goes before it (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers, negative ones too,
 * so what a caller wrote must come as text.
 */
export async function toCsv(columns: readonly string[], rows: readonly (readonly CsvCell[])[]): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === "string" ? cell.replaceAll(FORMULA_AFTER_SEPARATOR, "$1'") : cell)),
  );
  return stringify([[...columns], ...cells], {
    escape_formulas: true,
    record_delimiter: "windows",
    quote_record_delimiter: true,
  });
}
