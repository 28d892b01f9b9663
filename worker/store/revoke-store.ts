import type { Row, Statement } from "./db.ts";
import { CALL_APP, settle } from "./settle.ts";
import { statement } from "./statement.ts";

/** Conversions voided in one batch: 500 settle within a few milliseconds, so other writers hardly wait. */
const VOID_PAGE = 500;

/** Voids the next page of a revoked affiliate's commissions that are not matured and clear, and settles them. */
export function voidPage(
  appId: string,
  page: { affiliate: string; fact: string; now: number; today: number },
): readonly Statement[] {
  const params = { ...page, app: appId, claimed_app: null, code: null };
  return [VOID(params), ...settle(params)];
}

/** How many the page voided: none when the work is done. */
export function readVoided(results: readonly (readonly Row[])[]): number {
  return results[0]?.length ?? 0;
}

const VOID = statement(`
  UPDATE conversion SET voided_at = :now, void_reason = 'affiliate_revoked', dirty = 1
  WHERE app = :app AND id IN (
    SELECT c.id FROM conversion c JOIN affiliate a ON a.app = c.app AND a.id = c.affiliate AND a.status = 'revoked'
    WHERE c.app = ${CALL_APP} AND c.affiliate = :affiliate AND c.voided_at IS NULL
      AND (c.mature_day > :today OR c.posted_lane <> 'clear')
    LIMIT ${VOID_PAGE})
  RETURNING id`);
