import { AFFILIATE_COLUMNS, type Affiliate, type AffiliateStatus, toAffiliate } from "./affiliate-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** An affiliate of any app, with what a list says of the app. */
export interface AnyAffiliate {
  readonly app: { readonly id: string; readonly name: string; readonly rateBps: number };
  readonly affiliate: Affiliate;
}

/** Which affiliates of the installation: null leaves a condition out. */
export interface AffiliatesFilter {
  readonly status: AffiliateStatus | null;
  readonly appId: string | null;
}

/** Affiliates of all apps, the newest first, at most `limit` before a cursor. */
export async function listAllAffiliates(
  db: Db,
  { status, appId }: AffiliatesFilter,
  { before, limit, now }: { before: Cursor; limit: number; now: number },
): Promise<readonly AnyAffiliate[]> {
  const list = LIST[filterKey({ status, appId })];
  return (await db.query(list({ status, app: appId, at: before.at, id: before.id, limit, now }))).map(toAnyAffiliate);
}

/**
 * Those whose code, id or account is `text`, or whose e-mail or name begins with it, the newest first, at most `limit`. Of each
 * kind the first `ofEach` are looked at, so that it costs the same among any number.
 */
export async function searchAffiliates(
  db: Db,
  { status, appId }: AffiliatesFilter,
  search: { text: string; ofEach: number; limit: number; now: number },
): Promise<readonly AnyAffiliate[]> {
  const { text, ofEach, limit, now } = search;
  const folded = text.toLowerCase();
  const params = { text, text_end: endOf(text), folded, folded_end: endOf(folded), of_each: ofEach };
  return (await db.query(SEARCH({ ...params, status, app: appId, limit, now }))).map(toAnyAffiliate);
}

/** The condition of a filter on an affiliate `a`, by the name of the filter: each is a walk along an index of its own. */
export const FILTERS = {
  all: "",
  status: "AND a.status = :status",
  app: "AND a.app = :app",
  both: "AND a.app = :app AND a.status = :status",
} as const;

export function filterKey({ status, appId }: AffiliatesFilter): keyof typeof FILTERS {
  if (appId === null) return status === null ? "all" : "status";
  return status === null ? "app" : "both";
}

/** Behind all texts that begin with this one. */
function endOf(text: string): string {
  return `${text}\u{10ffff}`;
}

const COLUMNS = `${AFFILIATE_COLUMNS}, a.app, p.name AS app_name,
  coalesce((SELECT r.bps FROM rate r WHERE r.app = a.app AND r.affiliate = '' AND r.effective_from <= :now
    ORDER BY r.effective_from DESC, r.seq DESC LIMIT 1), 0) AS app_rate_bps`;
const JOINED = "CROSS JOIN code k ON k.code = a.code CROSS JOIN app p ON p.id = a.app";

const listing = (filter: string) =>
  statement(`
    SELECT ${COLUMNS} FROM affiliate a ${JOINED} WHERE (a.created_at, a.id) < (:at, :id) ${filter}
    ORDER BY a.created_at DESC, a.id DESC LIMIT :limit`);
const LIST = {
  all: listing(FILTERS.all),
  status: listing(FILTERS.status),
  app: listing(FILTERS.app),
  both: listing(FILTERS.both),
};

const found = (from: string) => `SELECT * FROM (SELECT ${from} LIMIT :of_each)`;
const SEARCH = statement(`
  WITH f (app, id) AS MATERIALIZED (
    ${[
      found("k.app, k.affiliate FROM code k WHERE k.code = :folded AND k.affiliate IS NOT NULL"),
      found("n.app, n.id FROM affiliate n WHERE n.id = :text"),
      found("n.app, n.id FROM affiliate n WHERE n.account_id = :text"),
      found("n.app, n.id FROM affiliate n WHERE n.email >= :folded AND n.email < :folded_end"),
      found(
        "n.app, n.id FROM affiliate n WHERE n.name >= :text COLLATE NOCASE AND n.name < :text_end COLLATE NOCASE AND n.name IS NOT NULL",
      ),
    ].join(" UNION ")}
  )
  SELECT ${COLUMNS} FROM f CROSS JOIN affiliate a ON a.app = f.app AND a.id = f.id ${JOINED}
  WHERE (:status IS NULL OR a.status = :status) AND (:app IS NULL OR a.app = :app)
  ORDER BY a.created_at DESC, a.id DESC LIMIT :limit`);

function toAnyAffiliate(row: Row): AnyAffiliate {
  return {
    app: { id: textOf(row, "app"), name: textOf(row, "app_name"), rateBps: integerOf(row, "app_rate_bps") },
    affiliate: toAffiliate(row),
  };
}
