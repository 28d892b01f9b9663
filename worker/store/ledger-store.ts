import { POSTING_KINDS, type PostingKind } from "../domain/posting.ts";
import type { Lane } from "../domain/trust.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** One row of the ledger. `id` is its number, which gives the order within a millisecond. */
export interface Posting {
  readonly id: string;
  readonly createdAt: number;
  readonly appId: string;
  readonly kind: PostingKind;
  readonly affiliateId: string;
  readonly currency: string;
  readonly conversionId: string | null;
  /** The payout or correction that it is the posting of. */
  readonly payoutId: string | null;
  readonly correctionId: string | null;
  readonly lane: Lane | null;
  readonly matureDay: number | null;
  readonly netCents: number;
  readonly feeCents: number;
  /** The id of what caused it. */
  readonly fact: string;
}

export interface PostingFilter {
  readonly affiliateId: string | null;
  readonly currency: string | null;
  readonly kind: PostingKind | null;
  readonly conversionId: string | null;
}

export interface PostingPage {
  readonly postings: readonly Posting[];
  /** Where to go on; null at the end. */
  readonly next: Cursor | null;
}

/** After every posting: where a list begins. */
export const END_OF_LEDGER: Cursor = { at: Number.MAX_SAFE_INTEGER, id: String(Number.MAX_SAFE_INTEGER) };

/** Postings read for one page, where a filter leaves out what an index cannot: then a page may hold fewer than asked, or none. */
const MAX_READ = 2_000;

/**
 * Postings, newest first, at most `limit` from before a cursor, of an app or, with null, of all. No page reads more than
 * `MAX_READ` of them. Only an app's are found by affiliate and conversion.
 */
export async function listPostings(
  db: Db,
  appId: string | null,
  { before, limit, ...filter }: PostingFilter & { readonly before: Cursor; readonly limit: number },
): Promise<PostingPage> {
  const { affiliateId: affiliate, conversionId: conversion, currency, kind } = filter;
  const way = wayOf(appId, filter);
  const read = isWhole(way, filter) ? limit + 1 : MAX_READ;
  const place = { at: before.at, seq: Number(before.id) };
  const params = { app: appId, affiliate, conversion, currency, kind, ...place, read, limit: limit + 1 };
  const rows = await db.query(LISTS[way](params));
  const postings = rows.filter((row) => row["seq"] !== null).map(toPosting);
  return { postings: postings.slice(0, limit), next: nextOf(rows[0], { postings, read, limit }) };
}

type Way = "app" | "affiliate" | "conversion" | "all";

/** The index that a page walks along. */
function wayOf(appId: string | null, { conversionId, affiliateId }: PostingFilter): Way {
  if (appId === null) return "all";
  if (conversionId !== null) return "conversion";
  return affiliateId === null ? "app" : "affiliate";
}

/** Whether the index finds just what is asked for, so that nothing read is left out. */
function isWhole(way: Way, { kind, currency, affiliateId }: PostingFilter): boolean {
  return kind === null && (way === "affiliate" || (currency === null && affiliateId === null));
}

/** After the last row shown, where there are more; else after the last one read, where the reading was cut off. */
function nextOf(
  row: Row | undefined,
  { postings, read, limit }: { postings: readonly Posting[]; read: number; limit: number },
): Cursor | null {
  const last = postings[limit - 1];
  if (postings.length > limit && last !== undefined) return { at: last.createdAt, id: last.id };
  if (row === undefined || integerOf(row, "read_count") < read) return null;
  return { at: integerOf(row, "read_at"), id: String(integerOf(row, "read_seq")) };
}

const EARLIER = "(g.created_at, g.seq) < (:at, :seq)";

/** Whether the posting `l` has another side: what leaves a lane and enters another are two postings of one cause. */
const hasOther = (kind: "out" | "in") =>
  `EXISTS (SELECT 1 FROM ledger s WHERE s.app = l.app AND s.kind = '${kind}' AND s.cause = l.cause)`;

/** Whether the posting `l` is the first of its conversion. */
export const IS_FIRST =
  "NOT EXISTS (SELECT 1 FROM ledger e WHERE e.app = l.app AND e.conversion = l.conversion AND e.seq < l.seq)";

/** Of an adjustment `l`, what the correction is. */
export const CORRECTION_KIND = "(SELECT k.kind FROM correction k WHERE k.app = l.app AND k.id = l.cause)";

/** What leaves a lane and enters none is gone; within a lane only differences are posted. */
const KIND = `
  CASE l.kind
    WHEN 'payout' THEN 'payout'
    WHEN 'payout_return' THEN 'payout_returned'
    WHEN 'adjust' THEN ${CORRECTION_KIND}
    WHEN 'out' THEN iif(${hasOther("in")}, 'lane_left', 'reversed')
    ELSE CASE
      WHEN ${hasOther("out")} THEN 'lane_entered'
      WHEN l.net < 0 OR l.fee < 0 THEN 'reversed'
      WHEN ${IS_FIRST} THEN 'earned'
      ELSE 'restored'
    END
  END`;

/** A page: `near` reads `l` along an index, and what a filter leaves of it is shown. The last row read is told with each. */
const list = (near: string, by: readonly string[] = ["created_at", "seq"]) => {
  const order = (direction: string, alias = "") => by.map((column) => `${alias}${column} ${direction}`).join(", ");
  return statement(`
    WITH l AS MATERIALIZED (${near} ORDER BY ${order("DESC")} LIMIT :read)
    SELECT r.*, p.* FROM (
      SELECT (SELECT count(*) FROM l) AS read_count, created_at AS read_at, seq AS read_seq FROM l
      ORDER BY ${order("ASC")} LIMIT 1
    ) r LEFT JOIN (
      SELECT * FROM (SELECT l.*, ${KIND} AS word FROM l
        WHERE (:affiliate IS NULL OR l.affiliate = :affiliate) AND (:currency IS NULL OR l.currency = :currency))
      WHERE :kind IS NULL OR word = :kind
      ORDER BY ${order("DESC")} LIMIT :limit
    ) p ON 1
    ORDER BY ${order("DESC", "p.")}`);
};

const LISTS = {
  app: list(`SELECT g.* FROM ledger g INDEXED BY ledger_by_time WHERE g.app = :app AND ${EARLIER}`),
  // The newest of each of their currencies: the index has the currency before the time.
  affiliate: list(`
    SELECT g.* FROM total t CROSS JOIN ledger g ON g.seq IN (
      SELECT g.seq FROM ledger g INDEXED BY ledger_by_affiliate
      WHERE g.app = :app AND g.affiliate = :affiliate AND g.currency = t.currency AND ${EARLIER}
      ORDER BY g.created_at DESC, g.seq DESC LIMIT :read)
    WHERE t.app = :app AND t.affiliate = :affiliate AND (:currency IS NULL OR t.currency = :currency)`),
  conversion: list(`
    SELECT g.* FROM ledger g INDEXED BY ledger_by_conversion
    WHERE g.app = :app AND g.conversion = :conversion AND ${EARLIER}`),
  // Of all apps in the order they were written, which is their key.
  all: list("SELECT g.* FROM ledger g WHERE g.seq < :seq", ["seq"]),
};

function toPosting(row: Row): Posting {
  const kind = oneOf(row, "word", POSTING_KINDS);
  const cause = textOf(row, "cause");
  const isPayout = kind === "payout" || kind === "payout_returned";
  const conversionId = textOrNull(row, "conversion");
  return {
    id: String(integerOf(row, "seq")),
    createdAt: integerOf(row, "created_at"),
    appId: textOf(row, "app"),
    kind,
    affiliateId: textOf(row, "affiliate"),
    currency: textOf(row, "currency"),
    conversionId,
    payoutId: isPayout ? cause : null,
    correctionId: conversionId === null && !isPayout ? cause : null,
    lane: row["lane"] === null ? null : oneOf(row, "lane", ["held", "review", "clear"]),
    matureDay: integerOrNull(row, "mature_day"),
    netCents: integerOf(row, "net"),
    feeCents: integerOf(row, "fee"),
    fact: textOf(row, "fact"),
  };
}
