import * as v from "valibot";
import { parseCurrency } from "../domain/currency.ts";
import { isAmount, MAX_AMOUNT_CENTS } from "../domain/money.ts";
import { ok, type Result } from "../domain/result.ts";
import type { PolicyChange } from "../services/payouts/change-policy.ts";
import type { Preview } from "../services/payouts/preview-payouts.ts";
import type { PayoutPolicy } from "../services/payouts/read-policy.ts";
import type { PayoutResult, ResultSkip } from "../services/payouts/record-results.ts";
import type { Resolution } from "../services/payouts/resolve-payout.ts";
import type { BatchLine, BatchScope, PayoutBatch, PreviewRow } from "../store/payout-batch-store.ts";
import type { Payout, PayoutItem } from "../store/payout-store.ts";
import type { JsonObject } from "./body.ts";
import { check, currency, optional, text, wholeNumber } from "./fields.ts";
import { iso, isoDate } from "./time.ts";

/** Currencies that an app sets a minimum for in one call. */
const MAX_MINIMUMS = 50;
/** Results of one call: with their ids and references the body is within its 16 KiB. */
const MAX_RESULTS = 100;

const stripeKey = v.pipe(
  v.string("must be a string"),
  v.regex(/^[rs]k_(?:live|test)_[\x21-\x7e]{8,240}$/, "must be a key, sk_live_…, rk_live_…, or of test"),
);

const MINIMUMS_MESSAGE = `must be amounts, or null, by ISO 4217 currency code, at most ${MAX_MINIMUMS}`;

/** As one field: its keys are the caller's words, and no error repeats them. */
export const minimums = v.pipe(
  v.record(v.string(), v.unknown(), "must be an object"),
  v.rawTransform(({ dataset, addIssue, NEVER }): Record<string, number | null> => {
    const entries = Object.entries(dataset.value).map(([code, cents]) => [parseCurrency(code), cents] as const);
    const isGood = entries.every(([code, cents]) => code !== null && (cents === null || isAmountOf(cents)));
    if (isGood && entries.length <= MAX_MINIMUMS) {
      return Object.fromEntries(entries.map(([code, cents]) => [code ?? "", cents === null ? null : Number(cents)]));
    }
    addIssue({ message: MINIMUMS_MESSAGE });
    return NEVER;
  }),
);

export const PayoutPolicySchema = v.object({
  rail: v.optional(v.picklist(["manual", "stripe"], "must be manual or stripe")),
  schedule: v.optional(v.picklist(["none", "weekly", "monthly"], "must be none, weekly or monthly")),
  schedule_day: v.optional(wholeNumber(1, 28)),
  minimums: v.optional(minimums),
  stripe_key: v.optional(v.nullable(stripeKey)),
});

const scope = { affiliate_id: optional(text), currency: optional(currency) };
export const PayoutScopeSchema = v.object(scope);
export const BatchCancelSchema = v.object({ reason: text });
export const CashOutSchema = v.object({ currency: optional(currency) });
const batchStatus = v.picklist(
  ["draft", "approved", "running", "settled", "cancelled"],
  "must be draft, approved, running, settled or cancelled",
);
const payoutStatus = v.picklist(["processing", "settled", "failed"], "must be processing, settled or failed");
export const BatchFilterSchema = v.object({ status: optional(batchStatus) });
export const PayoutFilterSchema = v.object({
  batch_id: optional(text),
  affiliate_id: optional(text),
  status: optional(payoutStatus),
});
export const PayoutSettleSchema = v.object({ reference: optional(text) });
export const PayoutFailSchema = v.object({ reason: text });
export const PayoutResolveSchema = v.variant(
  "status",
  [
    v.object({ status: v.literal("settled"), reason: text, reference: optional(text) }),
    v.object({ status: v.literal("failed"), reason: text }),
  ],
  "must be settled or failed",
);
export const PayoutReturnSchema = v.object({ amount_cents: optional(wholeNumber(1, MAX_AMOUNT_CENTS)), reason: text });

export const PayoutResultSchema = v.variant(
  "status",
  [
    v.object({ payout_id: text, status: v.literal("settled"), reference: optional(text) }),
    v.object({ payout_id: text, status: v.literal("failed"), reason: text }),
  ],
  "must be settled or failed",
);
const RESULTS_MESSAGE = `must be 1–${MAX_RESULTS} results`;
export const PayoutResultsSchema = v.object({
  results: v.pipe(
    v.array(PayoutResultSchema, RESULTS_MESSAGE),
    v.minLength(1, RESULTS_MESSAGE),
    v.maxLength(MAX_RESULTS, RESULTS_MESSAGE),
  ),
});

function isAmountOf(value: unknown): boolean {
  return typeof value === "number" && isAmount(value);
}

export type NamedResult = PayoutResult & { readonly payoutId: string };

/** What to change of a policy: a key that is absent stays. */
export function parsePolicyChange(body: JsonObject): Result<PolicyChange> {
  const parsed = check(PayoutPolicySchema, body);
  if (!parsed.ok) return parsed;
  const { schedule_day: scheduleDay, stripe_key: key, ...rest } = parsed.value;
  return ok({ ...rest, scheduleDay, stripeKey: key });
}

/** Whom a batch or its preview is about: everybody unless it says so. */
export function parseScope(input: unknown): Result<BatchScope> {
  const parsed = check(PayoutScopeSchema, input);
  return parsed.ok ? ok({ affiliateId: parsed.value.affiliate_id, currency: parsed.value.currency }) : parsed;
}

export const parseCancel = (body: JsonObject) => check(BatchCancelSchema, body);
export const parseCashOut = (body: JsonObject) => check(CashOutSchema, body);
export const parseBatchFilter = (query: unknown) => check(BatchFilterSchema, query);

export function parsePayoutFilter(query: unknown) {
  const parsed = check(PayoutFilterSchema, query);
  if (!parsed.ok) return parsed;
  const { batch_id: batchId, affiliate_id: affiliateId, status } = parsed.value;
  return ok({ batchId, affiliateId, status });
}

export function parseSettled(body: JsonObject): Result<PayoutResult> {
  const parsed = check(PayoutSettleSchema, body);
  return parsed.ok ? ok({ status: "settled", reference: parsed.value.reference }) : parsed;
}

export function parseFailed(body: JsonObject): Result<PayoutResult> {
  const parsed = check(PayoutFailSchema, body);
  return parsed.ok ? ok({ status: "failed", error: parsed.value.reason }) : parsed;
}

/** The operator's word on a payout that nobody can ask Stripe about. */
export function parseResolution(body: JsonObject): Result<Resolution> {
  return check(PayoutResolveSchema, body);
}

export function parseResults(body: JsonObject): Result<readonly NamedResult[]> {
  const parsed = check(PayoutResultsSchema, body);
  return parsed.ok ? ok(parsed.value.results.map(toResult)) : parsed;
}

/** The same of a file, however many. */
export function parseResultList(list: readonly unknown[]): Result<readonly NamedResult[]> {
  const parsed = check(v.array(PayoutResultSchema), list);
  return parsed.ok ? ok(parsed.value.map(toResult)) : parsed;
}

function toResult(one: v.InferOutput<typeof PayoutResultSchema>): NamedResult {
  return one.status === "settled"
    ? { payoutId: one.payout_id, status: one.status, reference: one.reference }
    : { payoutId: one.payout_id, status: one.status, error: one.reason };
}

/** What came back of a settled payout in all; null: all of it. */
export function parseReturn(body: JsonObject) {
  const parsed = check(PayoutReturnSchema, body);
  return parsed.ok ? ok({ returnedCents: parsed.value.amount_cents, reason: parsed.value.reason }) : parsed;
}

export function presentPolicy(policy: PayoutPolicy) {
  return {
    rail: policy.rail,
    schedule: policy.schedule,
    schedule_day: policy.schedule === "none" ? null : policy.scheduleDay,
    minimums: policy.minimums,
    stripe_key: policy.stripeKey,
    funded_by: policy.payer,
    changed_at: policy.changedAt === null ? null : iso(policy.changedAt),
  };
}

/** Whom a batch made now would pay, and who is left out. */
export function presentPreview({ terms, throughDay, sums }: Preview, rows: readonly PreviewRow[]) {
  return {
    rail: terms.rail,
    funded_by: terms.payer,
    through: isoDate(throughDay),
    totals: sums.map(({ currency: code, lines, amountCents }) => ({
      currency: code,
      lines,
      amount_cents: amountCents,
    })),
    lines: rows.filter(({ reason }) => reason === null).map(presentRow),
    left_out: rows.flatMap((row) => (row.reason === null ? [] : [{ ...presentRow(row), reason: row.reason }])),
  };
}

function presentRow(row: PreviewRow) {
  return {
    affiliate_id: row.affiliateId,
    email: row.email,
    name: row.name,
    currency: row.currency,
    amount_cents: row.payableCents,
    in_review_cents: row.inReviewCents,
    held_cents: row.heldCents,
    minimum_cents: row.minimumCents,
    method: row.method,
  };
}

export function presentBatch(batch: Omit<PayoutBatch, "sums">) {
  return {
    id: batch.id,
    kind: batch.kind,
    rail: batch.rail,
    funded_by: batch.payer,
    status: batch.status,
    through: isoDate(batch.throughDay),
    period: batch.period,
    affiliate_id: batch.affiliateId,
    currency: batch.currency,
    created_by: batch.actor,
    created_at: iso(batch.createdAt),
    approved_by: batch.approvedBy,
    approved_at: batch.approvedAt === null ? null : iso(batch.approvedAt),
    ended_at: batch.endedAt === null ? null : iso(batch.endedAt),
  };
}

/** A batch with how far it has come, in each currency. */
export function presentBatchInFull(batch: PayoutBatch) {
  return {
    ...presentBatch(batch),
    totals: batch.sums.map((sum) => ({
      currency: sum.currency,
      lines: sum.lines,
      done_lines: sum.doneLines,
      skipped_lines: sum.skippedLines,
      approved_cents: sum.approvedCents,
      processing_cents: sum.processingCents,
      settled_cents: sum.settledCents,
      failed_payouts: sum.failedPayouts,
    })),
  };
}

export function presentLine(line: BatchLine) {
  return {
    affiliate_id: line.affiliateId,
    email: line.email,
    name: line.name,
    currency: line.currency,
    approved_cents: line.approvedCents,
    processing_cents: line.processingCents,
    paid_cents: line.paidCents,
    failed_cents: line.failedCents,
    done: line.isDone,
    reason: line.reason,
  };
}

export function presentPayout(payout: Payout) {
  return {
    id: payout.id,
    batch_id: payout.batchId,
    affiliate_id: payout.affiliateId,
    currency: payout.currency,
    amount_cents: payout.amountCents,
    through: isoDate(payout.throughDay),
    rail: payout.rail,
    status: payout.status,
    reference: payout.reference,
    error: payout.error,
    returned_cents: payout.returnedCents,
    created_at: iso(payout.createdAt),
    settled_at: payout.settledAt === null ? null : iso(payout.settledAt),
  };
}

/** What a payout covers: of a conversion (negative: what was paid and is owed back), or a correction. */
export function presentItem(item: PayoutItem) {
  return { conversion_id: item.conversionId, correction_id: item.correctionId, amount_cents: item.amountCents };
}

export function presentResults(outcome: {
  readonly done: number;
  readonly skipped: readonly { readonly payoutId: string; readonly reason: ResultSkip }[];
}) {
  return {
    done: outcome.done,
    skipped: outcome.skipped.map(({ payoutId, reason }) => ({ payout_id: payoutId, reason })),
  };
}
