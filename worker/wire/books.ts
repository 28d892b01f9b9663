import * as v from "valibot";
import { startOfDay } from "../domain/maturation.ts";
import { causeKindOf, POSTING_KINDS } from "../domain/posting.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Books } from "../services/books/read-books.ts";
import type { Discrepancy } from "../store/check-books.ts";
import type { Cursor } from "../store/cursor.ts";
import type { Posting, PostingFilter } from "../store/ledger-store.ts";
import type { CurrencyBooks } from "../store/total-store.ts";
import { check, currency, optional, text } from "./fields.ts";
import { parseNumberedPage } from "./page.ts";
import { iso } from "./time.ts";

export const LedgerFilterSchema = v.object({
  affiliate_id: optional(text),
  currency: optional(currency),
  kind: optional(v.picklist(POSTING_KINDS, `must be one of ${POSTING_KINDS.join(", ")}`)),
  conversion_id: optional(text),
});

export interface LedgerQuery extends PostingFilter {
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Which postings are asked for, and the page of them. */
export function parseLedgerQuery(query: unknown): Result<LedgerQuery> {
  const filter = check(LedgerFilterSchema, query);
  if (!filter.ok) return filter;
  const page = parseNumberedPage(query);
  if (!page.ok) return page;
  const { affiliate_id: affiliateId, conversion_id: conversionId, ...rest } = filter.value;
  return ok({ ...rest, affiliateId, conversionId, ...page.value });
}

/** The same of all apps: an affiliate or a conversion is looked for in the app that is named. */
export function parseLedgerQueryOfAll(query: unknown): Result<LedgerQuery> {
  const parsed = parseLedgerQuery(query);
  if (!parsed.ok || (parsed.value.affiliateId ?? parsed.value.conversionId) === null) return parsed;
  const message = "is required with affiliate_id and conversion_id";
  return fail("invalid_request", "The request is not valid.", [{ path: "app_id", message }]);
}

export function presentPosting(posting: Posting) {
  const { fact, kind, matureDay } = posting;
  return {
    id: posting.id,
    at: iso(posting.createdAt),
    app_id: posting.appId,
    kind,
    affiliate_id: posting.affiliateId,
    currency: posting.currency,
    conversion_id: posting.conversionId,
    payout_id: posting.payoutId,
    correction_id: posting.correctionId,
    lane: posting.lane,
    available_at: matureDay === null ? null : iso(startOfDay(matureDay)),
    net_cents: posting.netCents,
    fee_cents: posting.feeCents,
    cause: { kind: causeKindOf(fact, kind), id: fact },
  };
}

/** The books with the outcome of their check; `balanced` is null while that is being found out for the first time. */
export function presentBooks({ currencies, checked }: Books) {
  return {
    currencies: currencies.map(presentCurrency),
    balanced: checked === null ? null : checked.discrepancies.length === 0,
    checked_at: checked === null ? null : iso(checked.checkedAt),
    discrepancies: (checked?.discrepancies ?? []).map(presentDiscrepancy),
  };
}

function presentCurrency(books: CurrencyBooks) {
  const { clearCents, reviewCents, heldCents } = books.earned;
  const earnedCents = clearCents + reviewCents + heldCents;
  const { adjustedCents, paidCents, pendingCents } = books;
  return {
    currency: books.currency,
    earned_cents: earnedCents,
    earned_by_lane: { clear_cents: clearCents, review_cents: reviewCents, held_cents: heldCents },
    adjusted_cents: adjustedCents,
    paid_cents: paidCents,
    pending_cents: pendingCents,
    available_cents: earnedCents + adjustedCents - paidCents - pendingCents - heldCents,
    held_cents: heldCents,
    owed_cents: books.owedCents,
    overpaid_cents: books.overpaidCents,
    platform_fee_cents: books.feeCents,
  };
}

/** What is off, by the ids of the row that shows it: they have the names that they have in the database. */
function presentDiscrepancy({ check: name, row: { app, ...row } }: Discrepancy) {
  return { check: name, app_id: app ?? null, row };
}
