import { LINE_KINDS, type LineKind } from "../domain/posting.ts";
import type { Lane } from "../domain/trust.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { CORRECTION_KIND, IS_FIRST } from "./ledger-store.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** A movement of what a creator is owed. A change of lane is one of zero. `id` is the number of its posting. */
export interface StatementLine {
  readonly id: string;
  readonly createdAt: number;
  readonly kind: LineKind;
  readonly amountCents: number;
  /** The id of what caused it. */
  readonly fact: string;
  readonly conversionId: string | null;
  readonly payoutId: string | null;
  readonly correctionId: string | null;
  readonly ref: string | null;
  /** Where a commission went; null for what has no lane. */
  readonly lane: Lane | null;
  /** Why there is a correction. */
  readonly reason: string | null;
}

/** An affiliate's account in one currency over a span of time. opening + earned + adjusted − paid = closing. */
export interface AccountStatement {
  readonly openingCents: number;
  readonly closingCents: number;
  readonly earnedCents: number;
  readonly adjustedCents: number;
  readonly paidCents: number;
  /** What was owed just before the first of `lines`. */
  readonly beforeCents: number;
  readonly lines: readonly StatementLine[];
}

export interface StatementSpan {
  readonly affiliateId: string;
  readonly currency: string;
  /** Epoch milliseconds: the first that is in it, and the first after it. */
  readonly start: number;
  readonly end: number;
  /** The last line that was seen before. */
  readonly after: Cursor | null;
  readonly limit: number;
}

/**
 * An affiliate's account from `start` on, oldest line first. What is owed is earned in all lanes, adjusted, less what payouts
 * took: the opening is what is owed now less every posting since, so that it costs the postings since `start`, not all. One
 * statement reads it all, so that its sums agree whatever is written meanwhile.
 */
export async function readStatement(db: Db, appId: string, span: StatementSpan): Promise<AccountStatement> {
  const { affiliateId: affiliate, currency, start, end, after, limit } = span;
  const place = after === null || after.at < start ? { at: start, seq: 0 } : { at: after.at, seq: Number(after.id) };
  const rows = await db.query(READ({ app: appId, affiliate, currency, start, end, ...place, limit }));
  const [sums] = rows;
  if (sums === undefined) throw new TypeError("sums are one row");
  const opening = integerOf(sums, "balance") - integerOf(sums, "since");
  return {
    openingCents: opening,
    closingCents: integerOf(sums, "balance") - integerOf(sums, "later"),
    earnedCents: integerOf(sums, "earned"),
    adjustedCents: integerOf(sums, "adjusted"),
    paidCents: integerOf(sums, "paid"),
    beforeCents: opening + integerOf(sums, "earlier") + integerOf(sums, "same_time"),
    lines: rows.filter((row) => row["seq"] !== null).map(toLine),
  };
}

const OF_ACCOUNT = "l.app = :app AND l.affiliate = :affiliate AND l.currency = :currency";

/** A change of lane is told by what enters: the other side, of the same cause and time, is part of it. */
const OTHER_SIDE = "ledger s ON l.kind = 'in' AND s.app = l.app AND s.kind = 'out' AND s.cause = l.cause";
const IS_LINE = `
  NOT (l.kind = 'out' AND EXISTS (SELECT 1 FROM ledger i WHERE i.app = l.app AND i.kind = 'in' AND i.cause = l.cause))
  AND (l.net <> 0 OR coalesce(s.net, 0) <> 0)`;
const AMOUNT = "l.net + coalesce(s.net, 0)";

const KIND = `
  CASE l.kind
    WHEN 'payout' THEN 'payout'
    WHEN 'payout_return' THEN 'payout_returned'
    WHEN 'adjust' THEN ${CORRECTION_KIND}
    ELSE CASE
      WHEN ${AMOUNT} = 0 THEN 'moved'
      WHEN ${AMOUNT} < 0 THEN 'reversed'
      WHEN ${IS_FIRST} THEN 'earned'
      ELSE 'restored'
    END
  END`;

const READ = statement(`
  WITH sums AS MATERIALIZED (
    SELECT coalesce((SELECT t.earned_clear + t.earned_review + t.earned_held + t.adjust - t.paid FROM total t
        WHERE t.app = :app AND t.affiliate = :affiliate AND t.currency = :currency), 0) AS balance,
      coalesce(sum(l.net), 0) AS since,
      coalesce(sum(iif(l.created_at >= :end, l.net, 0)), 0) AS later,
      coalesce(sum(iif(l.created_at < :end AND l.lane IS NOT NULL, l.net, 0)), 0) AS earned,
      coalesce(sum(iif(l.created_at < :end AND l.kind = 'adjust', l.net, 0)), 0) AS adjusted,
      coalesce(sum(iif(l.created_at < :end AND l.kind IN ('payout', 'payout_return'), -l.net, 0)), 0) AS paid,
      coalesce(sum(iif(l.created_at < :at, l.net, 0)), 0) AS earlier,
      (SELECT coalesce(sum(${AMOUNT}), 0) FROM ledger l LEFT JOIN ${OTHER_SIDE}
        WHERE ${OF_ACCOUNT} AND l.created_at = :at AND l.seq <= :seq AND ${IS_LINE}) AS same_time
    FROM ledger l INDEXED BY ledger_by_affiliate WHERE ${OF_ACCOUNT} AND l.created_at >= :start
  ), page AS MATERIALIZED (
    SELECT l.app, l.seq, l.created_at, l.kind, l.cause, l.fact, l.conversion, l.lane, ${AMOUNT} AS amount, ${KIND} AS word
    FROM ledger l LEFT JOIN ${OTHER_SIDE}
    WHERE ${OF_ACCOUNT} AND (l.created_at, l.seq) > (:at, :seq) AND l.created_at < :end AND ${IS_LINE}
    ORDER BY l.created_at, l.seq LIMIT :limit
  )
  SELECT sums.*, page.*,
    (SELECT k.ref FROM conversion c CROSS JOIN code k ON k.code = c.code
      WHERE c.app = page.app AND c.id = page.conversion) AS ref,
    iif(page.kind = 'adjust', (SELECT k.reason FROM correction k WHERE k.app = page.app AND k.id = page.cause), NULL) AS reason
  FROM sums LEFT JOIN page ON 1 ORDER BY page.created_at, page.seq`);

function toLine(row: Row): StatementLine {
  const kind = oneOf(row, "word", LINE_KINDS);
  const isPayout = kind === "payout" || kind === "payout_returned";
  const conversionId = textOrNull(row, "conversion");
  const cause = textOf(row, "cause");
  return {
    id: String(integerOf(row, "seq")),
    createdAt: integerOf(row, "created_at"),
    kind,
    amountCents: integerOf(row, "amount"),
    fact: textOf(row, "fact"),
    conversionId,
    payoutId: isPayout ? cause : null,
    correctionId: conversionId === null && !isPayout ? cause : null,
    ref: textOrNull(row, "ref"),
    lane: row["lane"] === null ? null : oneOf(row, "lane", ["held", "review", "clear"]),
    reason: textOrNull(row, "reason"),
  };
}
