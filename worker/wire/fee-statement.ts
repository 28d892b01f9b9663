import type { FeeLine } from "../domain/fee-lines.ts";
import type { FeeStatement } from "../services/books/read-fee-statement.ts";
import { type CsvCell, toCsv } from "./csv.ts";
import { iso, isoDate, type Month } from "./time.ts";

const COLUMNS = [
  "date",
  "kind",
  "currency",
  "gross_cents",
  "fee_cents",
  "collected_cents",
  "owed_cents",
  "id",
  "reason",
];

/** An app's fee statements of a month as one file: each currency begins with what was owed and ends with what is. */
export async function feeStatementCsv(statements: readonly FeeStatement[], month: Month): Promise<string> {
  const rows = statements.flatMap(({ currency, openingCents, owedCents, lines }) => [
    edge("opening", { at: month.start, currency, cents: openingCents }),
    ...lines.map((line) => rowOf(line, currency)),
    edge("closing", { at: month.end - 1, currency, cents: owedCents }),
  ]);
  return toCsv(COLUMNS, rows);
}

function edge(
  kind: "opening" | "closing",
  { at, currency, cents }: { at: number; currency: string; cents: number },
): readonly CsvCell[] {
  return [iso(at).slice(0, 10), kind, currency, null, null, null, cents, null, null];
}

function rowOf(line: FeeLine, currency: string): readonly CsvCell[] {
  if (line.kind === "day") {
    const { day, netCents, feeCents, owedCents } = line;
    return [isoDate(day), "fees", currency, netCents + feeCents, feeCents, null, owedCents, null, null];
  }
  const { at, amountCents, owedCents, id, reason } = line;
  return [iso(at).slice(0, 10), "collected", currency, null, null, amountCents, owedCents, id, reason];
}
