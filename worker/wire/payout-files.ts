import * as v from "valibot";
import { currencyDecimals } from "../domain/currency.ts";
import type { PayoutMethod } from "../domain/payout-method.ts";
import { fail, type Result } from "../domain/result.ts";
import type { PayableRow } from "../services/payouts/export-batch.ts";
import type { BatchLine } from "../store/payout-batch-store.ts";
import { refuseHostile } from "./body.ts";
import { type CsvCell, fromCsv, toCsv } from "./csv.ts";
import { check, currency, optional } from "./fields.ts";
import { type NamedResult, parseResultList } from "./payouts.ts";
import { iso } from "./time.ts";

export const PayoutFileSchema = v.pipe(
  v.object({
    format: v.optional(v.picklist(["generic", "paypal"], "must be generic or paypal"), "generic"),
    currency: optional(currency),
  }),
  v.forward(
    v.check(
      ({ format, currency: code }) => format !== "paypal" || code !== null,
      "is required: PayPal takes one a file",
    ),
    ["currency"],
  ),
);

/** Of a file, a result a line: as many as a batch has lines. */
const MAX_FILE_RESULTS = 5_000;

export const parseFileFormat = (query: unknown) => check(PayoutFileSchema, query);

const COLUMNS = [
  "payout_id",
  "affiliate_id",
  "name",
  "email",
  "amount",
  "currency",
  "method",
  "pay_to",
  "account",
  "bank_code",
  "country",
  "created_at",
  "status",
  "reference",
  "reason",
];

/** A file to pay by and to fill in: where each payout goes, and empty columns for what became of it. */
export function presentGeneric(rows: readonly PayableRow[]): Promise<string> {
  return toCsv(
    COLUMNS,
    rows.map((row) => [
      row.id,
      row.affiliateId,
      row.name,
      row.email,
      decimalOf(row.amountCents, row.currency),
      row.currency.toUpperCase(),
      row.method.kind,
      ...destinationOf(row.method),
      iso(row.createdAt),
      "",
      "",
      "",
    ]),
  );
}

/**
 * The file of PayPal's Payouts page: recipient, amount, currency, our id, note, wallet, without a heading
 * (docs.paypal.ai/growth/payouts/send-money/use-web-ui).
 */
export function presentPaypal(rows: readonly PayableRow[], appName: string): Promise<string> {
  const lines = rows.flatMap(({ id, method, amountCents, currency: code }): (readonly CsvCell[])[] =>
    method.kind === "paypal"
      ? [[method.email, decimalOf(amountCents, code), code.toUpperCase(), id, `Commissions from ${appName}`, "PAYPAL"]]
      : [],
  );
  return toCsv(null, lines);
}

const LINE_COLUMNS = [
  "affiliate_id",
  "name",
  "email",
  "currency",
  "approved",
  "on_its_way",
  "arrived",
  "failed",
  "state",
  "reason",
];

/** What became of each line of a batch. `state`: `waits`, `made_out`, or `left_out` with the reason. */
export function presentLineFile(lines: readonly BatchLine[]): Promise<string> {
  return toCsv(
    LINE_COLUMNS,
    lines.map((line) => [
      line.affiliateId,
      line.name,
      line.email,
      line.currency.toUpperCase(),
      ...[line.approvedCents, line.processingCents, line.paidCents, line.failedCents].map((cents) =>
        decimalOf(cents, line.currency),
      ),
      line.reason === null ? (line.isDone ? "made_out" : "waits") : "left_out",
      line.reason,
    ]),
  );
}

/** The results in a generic file that was filled in. Lines whose status is empty are left alone. Fails with `invalid_request`. */
export async function parseResultFile(text: string): Promise<Result<readonly NamedResult[]>> {
  const rows = await fromCsv(text, MAX_FILE_RESULTS);
  if (rows === null) {
    const message = `The file must be CSV with a heading, and at most ${MAX_FILE_RESULTS} lines.`;
    return fail("invalid_request", message);
  }
  const results = rows
    .filter(({ status = "" }) => status !== "")
    .map(({ payout_id, status = "", reference = "", reason = "" }) => ({
      payout_id,
      status: status.trim().toLowerCase(),
      reference: reference === "" ? null : reference,
      reason: reason === "" ? "No reason given" : reason,
    }));
  if (results.length === 0) {
    return fail("invalid_request", "No line of the file has a status.", [{ path: "status", message: "is required" }]);
  }
  const harmless = refuseHostile(results);
  return harmless.ok ? parseResultList(results) : harmless;
}

/** An amount as banks take it: (10050, "usd") → "100.50", (500, "jpy") → "500". Exact: no float is made. */
function decimalOf(cents: number, code: string): string {
  const decimals = currencyDecimals(code);
  const digits = String(cents).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Whom or what to pay to, the account, its bank, its country. */
function destinationOf(method: PayoutMethod): readonly [CsvCell, CsvCell, CsvCell, CsvCell] {
  switch (method.kind) {
    case "paypal":
      return [method.email, null, null, null];
    case "bank":
      return [method.holder, method.account, method.bankCode, method.country];
    case "other":
      return [method.details, null, null, null];
    case "stripe":
      return [null, method.account, null, null];
    case "none":
      return [null, null, null, null];
  }
}
