import type { CommissionStatus } from "../domain/conversion-status.ts";
import { dayOf } from "../domain/maturation.ts";
import type { Lane } from "../domain/trust.ts";
import { COMMISSION_STATUS } from "./book-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db } from "./db.ts";
import { type OwnersCommission, OWNERS_COLUMNS, toOwnersView } from "./review-store.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** What a list of an app's conversions is narrowed to; null: everything. */
export interface ConversionFilter {
  readonly status: CommissionStatus | null;
  readonly lane: Lane | null;
}

/**
 * An app's conversions between two places of the list, newest first, `before` left out and `from` not; those that another
 * announcement replaced are left out. A lane is one of what is not void.
 */
export async function listConversions(
  db: Db,
  appId: string,
  page: ConversionFilter & { before: Cursor; from: Cursor; limit: number; now: number },
): Promise<readonly OwnersCommission[]> {
  const { status, lane, before, from, limit, now } = page;
  const range = { app: appId, at: before.at, id: before.id, from_at: from.at, from_id: from.id };
  const rows = await db.query(LIST({ ...range, status, lane, limit, today: dayOf(now) }));
  return rows.map(toOwnersView);
}

/** The place of the conversion that is `count` before a place; null where the list ends before that. */
export async function findPlaceBefore(
  db: Db,
  appId: string,
  { before, count }: { before: Cursor; count: number },
): Promise<Cursor | null> {
  const [row] = await db.query(PLACE({ app: appId, at: before.at, id: before.id, skipped: count - 1 }));
  return row === undefined ? null : { at: integerOf(row, "created_at"), id: textOf(row, "id") };
}

const OLDER = "FROM conversion c INDEXED BY conversion_of_app WHERE c.app = :app AND (c.created_at, c.id) < (:at, :id)";

// The time by itself is what ends the walk; the id says where within a millisecond.
const LIST = statement(`
  SELECT n.* FROM (
    SELECT ${OWNERS_COLUMNS} ${OLDER} AND c.created_at >= :from_at AND (c.created_at, c.id) >= (:from_at, :from_id)
      AND c.void_reason IS NOT 'superseded' AND (:lane IS NULL OR (c.posted_lane = :lane AND c.voided_at IS NULL))
  ) n
  WHERE :status IS NULL OR ${COMMISSION_STATUS} = :status
  ORDER BY n.created_at DESC, n.id DESC LIMIT :limit`);
const PLACE = statement(`
  SELECT c.created_at, c.id ${OLDER} ORDER BY c.created_at DESC, c.id DESC LIMIT 1 OFFSET :skipped`);
