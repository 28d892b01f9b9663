import { formatMoney } from "../../domain/currency.ts";
import type { ImportLine, ImportRow, ImportType, ImportVerdict } from "../../domain/import-plan.ts";
import { IMPORT } from "../../texts/import.ts";

/** What became of a file, or would: of the lines that were read, in their order, and of those that are none. */
export interface ImportReport {
  readonly lines: readonly ImportLine[];
  readonly verdicts: readonly (ImportVerdict & { readonly isMade?: boolean })[];
  readonly invalid: readonly { readonly line: number; readonly field: string | null; readonly message: string }[];
  /** It was written, as far as it could be. */
  readonly isApplied: boolean;
}

/** Problems that are printed; the file of the report has them all. */
const MAX_PRINTED = 50;
const TYPES: readonly ImportType[] = ["affiliate", "code", "referral", "balance"];

/** `make`: this run would write it; a line that was to be written, and is not, is a problem. */
type Outcome = "make" | "made" | "known" | "skipped";

/** A line of a file of the report: where, what, whose, what became of it and why. */
export type ReportRow = readonly [
  line: number,
  type: string | null,
  key: string | null,
  outcome: Outcome,
  field: string | null,
  reason: string | null,
];

/** Every line of the file, in its order. */
export function reportRows(report: ImportReport): readonly ReportRow[] {
  const read = report.lines.map(({ line, row }, at): ReportRow => {
    const outcome = outcomeOf(report, at);
    const { field, reason } = wrongOf(report, at);
    return [line, row.type, keyOf(row), outcome, field, reason];
  });
  const invalid = report.invalid.map(({ line, field, message }): ReportRow => [
    line,
    null,
    null,
    "skipped",
    field,
    message,
  ]);
  return [...read, ...invalid].toSorted(([a], [b]) => a - b);
}

/** How many lines say what cannot be. */
export function countProblems(report: ImportReport): number {
  return new Set(problemsOf(report).map(([line]) => line)).size;
}

/** The report as it is printed: counts by type, sums by currency, and what is wrong. */
export function tellImport(report: ImportReport): readonly string[] {
  const problems = problemsOf(report);
  return [
    ...TYPES.flatMap((type) => tellType(report, type)),
    ...tellSums(report),
    ...problems.slice(0, MAX_PRINTED).map(([line, , , , field, reason]) => IMPORT.line(line, field, reason ?? "")),
    ...(problems.length > MAX_PRINTED ? [IMPORT.more(problems.length - MAX_PRINTED)] : []),
  ];
}

function problemsOf(report: ImportReport): readonly ReportRow[] {
  return reportRows(report).filter(([, , , outcome]) => outcome === "skipped");
}

function outcomeOf({ verdicts, isApplied }: ImportReport, at: number): Outcome {
  const verdict = verdicts[at];
  if (verdict?.outcome === "known") return verdict.isMade === true ? "made" : "known";
  return verdict?.outcome === "make" && !isApplied ? "make" : "skipped";
}

function wrongOf(
  { verdicts, isApplied }: ImportReport,
  at: number,
): { readonly field: string | null; readonly reason: string | null } {
  const verdict = verdicts[at];
  if (verdict === undefined || verdict.isMade === true) return { field: null, reason: null };
  if (verdict.outcome === "make") return { field: null, reason: isApplied ? IMPORT.notWritten : null };
  return { field: verdict.field, reason: verdict.reason === null ? null : IMPORT.why(verdict) };
}

function keyOf(row: ImportRow): string {
  switch (row.type) {
    case "affiliate":
      return row.email;
    case "code":
      return row.ref;
    case "referral":
      return row.userId;
    case "balance":
      return `${row.email} ${row.currency.toUpperCase()}`;
  }
}

function tellType(report: ImportReport, type: ImportType): readonly string[] {
  const outcomes = report.lines.flatMap(({ row }, at) => (row.type === type ? [outcomeOf(report, at)] : []));
  if (outcomes.length === 0) return [];
  const { counts, types } = IMPORT;
  const told = (["make", "made", "known", "skipped"] as const).flatMap((outcome) => {
    const count = outcomes.filter((one) => one === outcome).length;
    return count === 0 ? [] : [`${count} ${counts[outcome]}`];
  });
  return [`${types[type]}: ${outcomes.length} (${told.join(", ")})`];
}

/** By currency what the file says is owed, and what of it is opened. */
function tellSums(report: ImportReport): readonly string[] {
  const owed = report.lines.flatMap(({ row }, at) =>
    row.type === "balance" ? [{ ...row, outcome: outcomeOf(report, at) }] : [],
  );
  const { sums } = IMPORT;
  return [...new Set(owed.map(({ currency }) => currency))].toSorted().map((currency) => {
    const ofCurrency = owed.filter((one) => one.currency === currency);
    const sum = (rows: readonly { readonly amountCents: number }[]) =>
      formatMoney(
        rows.reduce((total, { amountCents }) => total + amountCents, 0),
        currency,
      );
    const told = (["make", "made", "known"] as const).flatMap((outcome) => {
      const rows = ofCurrency.filter((one) => one.outcome === outcome);
      return rows.length === 0 ? [] : [`${sum(rows)} ${sums[outcome]}`];
    });
    return [`${sum(ofCurrency)} ${sums.file}`, ...told].join(", ");
  });
}
