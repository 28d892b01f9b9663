import * as v from "valibot";
import { causeKindOf } from "../domain/posting.ts";
import { ok, type Result } from "../domain/result.ts";
import type { AccountStatement, StatementLine } from "../store/affiliate-statement-store.ts";
import type { Cursor } from "../store/cursor.ts";
import { type CsvCell, toCsv } from "./csv.ts";
import { check, currency, month, optional } from "./fields.ts";
import { parseNumberedPage } from "./page.ts";
import { iso, type Month, monthOf } from "./time.ts";

/** Lines of one file: about two megabytes. It ends by saying where the next one begins. */
const MAX_FILE_LINES = 10_000;

export const StatementQuerySchema = v.object({
  month: optional(month),
  currency: optional(currency),
  format: v.optional(v.picklist(["json", "csv"], "must be json or csv"), "json"),
});

export interface StatementQuery {
  readonly month: Month;
  /** Null: the app's. */
  readonly currency: string | null;
  readonly format: "json" | "csv";
  readonly after: Cursor | null;
  /** Lines of the answer: of a page, or of a file. */
  readonly limit: number;
}

/** Which statement is asked for: of this month, as JSON, unless said. Fails with `invalid_request`. */
export function parseStatementQuery(query: unknown, now: number): Result<StatementQuery> {
  const parsed = check(StatementQuerySchema, query);
  if (!parsed.ok) return parsed;
  const page = parseNumberedPage(query);
  if (!page.ok) return page;
  const { format, currency: unit } = parsed.value;
  const limit = format === "csv" ? MAX_FILE_LINES : page.value.limit;
  return ok({ month: parsed.value.month ?? monthOf(now), currency: unit, format, after: page.value.after, limit });
}

/** What a statement is about, and where its lines are explained. */
export interface StatementOf {
  readonly affiliateId: string;
  readonly currency: string;
  readonly month: Month;
  readonly publicUrl: string;
  /** Where pages explain a line; without it, the API does. Null: nowhere. */
  readonly explainAt?: (line: StatementLine) => string | null;
}

/** A page of a statement: the sums are the month's, each line has what is owed after it. */
export function presentStatement(account: AccountStatement, of: StatementOf) {
  return {
    affiliate_id: of.affiliateId,
    currency: of.currency,
    month: of.month.name,
    opening_cents: account.openingCents,
    earned_cents: account.earnedCents,
    adjusted_cents: account.adjustedCents,
    paid_cents: account.paidCents,
    closing_cents: account.closingCents,
    lines: presentLines(account, of),
  };
}

/** Whether a file begins after another, and whether another goes on after it. */
export interface FileEdges {
  readonly isContinuation: boolean;
  readonly continues: boolean;
}

/**
 * A statement as a file: the opening balance, a row a line, the closing balance. Where there are more lines than a file holds,
 * the last row is `continued`, with what is owed by then; a file that begins in the middle begins with it too. So a file that
 * ends in neither is not whole.
 */
export function statementCsv(account: AccountStatement, of: StatementOf, edges: FileEdges): Promise<string> {
  const lines = presentLines(account, of);
  const { start, end } = of.month;
  const { isContinuation, continues } = edges;
  const [first, last] = [account.lines[0], account.lines.at(-1)];
  const rows: readonly FileRow[] = [
    isContinuation
      ? edgeRow("continued", first?.createdAt ?? start, account.beforeCents)
      : edgeRow("opening_balance", start, account.openingCents),
    ...lines,
    continues
      ? edgeRow("continued", last?.createdAt ?? end, lines.at(-1)?.balance_cents ?? account.beforeCents)
      : edgeRow("closing_balance", end, account.closingCents),
  ];
  return toCsv(
    [...FILE_COLUMNS, "currency"],
    rows.map((row) => [...FILE_COLUMNS.map((column) => row[column] ?? null), of.currency]),
  );
}

const FILE_COLUMNS = [
  "at",
  "kind",
  "description",
  "ref",
  "conversion_id",
  "payout_id",
  "correction_id",
  "amount_cents",
  "balance_cents",
  "explain",
] as const;

type FileRow = Partial<Readonly<Record<(typeof FILE_COLUMNS)[number], CsvCell>>>;

function edgeRow(kind: string, at: number, balance: number): FileRow {
  return { at: iso(at), kind, balance_cents: balance };
}

function presentLines(account: AccountStatement, of: StatementOf) {
  let balance = account.beforeCents;
  return account.lines.map((line) => {
    balance += line.amountCents;
    return {
      id: line.id,
      at: iso(line.createdAt),
      kind: line.kind,
      description: describe(line),
      conversion_id: line.conversionId,
      payout_id: line.payoutId,
      correction_id: line.correctionId,
      ref: line.ref,
      amount_cents: line.amountCents,
      balance_cents: balance,
      explain:
        of.explainAt === undefined
          ? `${of.publicUrl}/api/v1/affiliates/${of.affiliateId}/${explanationOf(line)}`
          : of.explainAt(line),
    };
  });
}

/** Where a line is explained, to whom it is about too: the conversion, what the payout covers, the correction. */
function explanationOf({ conversionId, payoutId, correctionId }: StatementLine): string {
  if (conversionId !== null) return `conversions/${conversionId}/explain`;
  return payoutId === null ? `corrections/${correctionId ?? ""}` : `payouts/${payoutId}`;
}

/** A line in words. */
function describe(line: StatementLine): string {
  switch (line.kind) {
    case "earned":
      return "Commission";
    case "restored":
      return "Commission given back: what had taken it did not last";
    case "reversed":
      return `Commission reversed: ${whyReversed(line)}`;
    case "moved":
      return { clear: "Commission cleared", review: "Commission in review", held: "Commission on hold" }[
        line.lane ?? "clear"
      ];
    case "correction":
      return `Correction: ${line.reason ?? ""}`;
    case "opening":
      return `Carried over: ${line.reason ?? ""}`;
    case "transfer_return":
      return `Transfer returned: ${line.reason ?? ""}`;
    case "payout":
      return "Payout";
    case "payout_returned":
      return "Payout failed and was given back";
  }
}

function whyReversed({ fact }: StatementLine): string {
  switch (causeKindOf(fact, "reversed")) {
    case "refund":
      return "the customer was refunded";
    case "dispute":
      return "the payment was disputed";
    case "decision":
      return "decided by the program";
    case "revocation":
      return "the account was closed";
    case "claim":
      return "the payment was announced anew";
    case "payment":
    case "correction":
    case "payout":
    case "other":
      return "the payment changed";
  }
}
