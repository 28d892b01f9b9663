import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Statement } from "./db.ts";
import { statement } from "./statement.ts";

/** What has come back of a payout so far, as somebody tells it. */
export interface PayoutReturn {
  readonly payoutId: string;
  /** All that came back, not what is new: of two tellings that cross, the larger stands. */
  readonly returnedCents: number;
  readonly reason: string;
  readonly audit: AuditEntry;
}

/**
 * The batch that gives an affiliate back what came back of a settled payout, as a correction: what is new of it, once, whatever
 * is told twice or late. Nothing for a payout that is not settled, and never more than it paid.
 */
export function returnPayout(
  appId: string,
  { payoutId, returnedCents, reason, audit }: PayoutReturn,
): readonly Statement[] {
  const params = { app: appId, payout: payoutId, cents: returnedCents, reason, actor: audit.actor, now: audit.now };
  const [insertCorrection, ...post] = RETURN;
  return [insertCorrection(params), insertAuditOfChange(appId, audit), ...post.map((build) => build(params))];
}

/** A settled payout of which more has come back than is written, with how much in all. */
const MORE = `
  SELECT w.*, min(:cents, w.amount) AS told FROM payout w
  WHERE w.app = :app AND w.id = :payout AND w.status = 'settled' AND min(:cents, w.amount) > w.returned`;

/** Its correction: named by how much has come back in all, so that each step of it is one, and as ids are that lists go on from. */
const CORRECTION_ID = "w.id || '_' || w.told";

const RETURN = [
  statement(`
    INSERT INTO correction (app, id, affiliate, currency, amount, kind, reason, actor, created_at)
    SELECT w.app, ${CORRECTION_ID}, w.affiliate, w.currency, w.told - w.returned, 'transfer_return', :reason, :actor, :now
    FROM (${MORE}) w WHERE true
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT w.app, 'adjust', ${CORRECTION_ID}, ${CORRECTION_ID}, w.affiliate, w.currency, w.told - w.returned, :now
    FROM (${MORE}) w`),
  statement(`
    UPDATE total SET adjust = adjust + w.told - w.returned FROM (${MORE}) w
    WHERE total.app = w.app AND total.affiliate = w.affiliate AND total.currency = w.currency`),
  statement(`
    UPDATE payout SET returned = min(:cents, amount)
    WHERE app = :app AND id = :payout AND status = 'settled' AND min(:cents, amount) > returned`),
] as const;
