import type { Spread } from "./spread.ts";

/** A number stands in the unit that its column names; null is what was not measured. */
export type Cell = string | number | Spread | null;

/** By column. All rows of a table have the same ones, in the same order. */
export type Row = Readonly<Record<string, Cell>>;

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
  /** What a reader has to know beside it: a line each. */
  readonly notes?: readonly string[];
}

/** What was promised of a figure, and whether it is so. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
}

/** What one program of the bench found. */
export interface Part {
  readonly name: string;
  readonly tables: readonly Table[];
  readonly claims: readonly Claim[];
}

/** Prints the tables, the claims, and all of it as a line of JSON. The process ends with 1 where a claim does not hold. */
export function printPart(part: Part): void {
  for (const table of part.tables) console.log(`${tableText(table)}\n`);
  for (const { claim, holds } of part.claims) console.log(`${holds ? "holds" : "DOES NOT HOLD"}: ${claim}`);
  console.log(JSON.stringify(part));
  if (part.claims.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** Aligned text: words to the left, figures to the right. */
export function tableText({ title, rows, notes = [] }: Table): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column] ?? null)))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const isText = columns.map((column) => rows.every((row) => typeof row[column] === "string"));
  const aligned = lines.map((line) =>
    line
      .map((text, at) => (isText[at] === true ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [title, ...aligned.map((line) => `  ${line}`), ...notes.map((note) => `  ${note}`)].join("\n");
}

function cellText(cell: Cell): string {
  if (cell === null) return "–";
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return numberText(cell);
  return `${numberText(cell.median)} (${numberText(cell.p10)}–${numberText(cell.p90)})`;
}

/** Three figures tell apart what a bench can, but a whole number is shown whole. */
function numberText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
