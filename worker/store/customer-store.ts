import type { Row, Statement } from "./db.ts";
import { integerOf, statement } from "./statement.ts";

/** Stands where the hash of a call was whose customer is erased: no hash is like it, so the call is refused when sent again. */
const ERASED = "erased";

/**
 * A batch that erases a customer from at most `limit` payments, refunds and signups each: who is named becomes nobody, and
 * nothing else changes. It leaves a line in the audit log that does not name them, unless there was nothing to erase. Whether
 * anything is left is read with `readLeft`.
 */
export function eraseCustomer(
  appId: string,
  erasure: { userId: string; limit: number; actor: string; audit: string; now: number },
): readonly Statement[] {
  const { userId, ...rest } = erasure;
  return ERASE.map((build) => build({ app: appId, user_id: userId, ...rest }));
}

/** Reads the last statement of the batch: whether rows are left that name the customer. */
export function readLeft(results: readonly (readonly Row[])[]): boolean {
  const row = results.at(-1)?.[0];
  return row !== undefined && integerOf(row, "is_left") === 1;
}

const CLAIMS = `SELECT m.id FROM claim m WHERE m.app = :app AND m.user_id = :user_id
  ORDER BY m.received_at, m.rowid LIMIT :limit`;
const REFUNDS = "SELECT r.id FROM refund r WHERE r.app = :app AND r.user_id = :user_id LIMIT :limit";
const SIGNUPS = `SELECT q.kind, q.source, q.key FROM request_key q WHERE q.app = :app AND q.user_id = :user_id LIMIT :limit`;
const REFERRAL = "SELECT f.id FROM referral f WHERE f.app = :app AND f.user_id = :user_id";

const ERASE = [
  // By the id of the referral, which is ours and names nobody any more.
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, created_at)
    SELECT :app, :audit, :actor, 'customer.erased', coalesce(n.referral, :app),
      json_object('payments', n.payments, 'refunds', n.refunds, 'signups', n.signups), :now
    FROM (SELECT (${REFERRAL}) AS referral, (SELECT count(*) FROM (${CLAIMS})) AS payments,
      (SELECT count(*) FROM (${REFUNDS})) AS refunds, (SELECT count(*) FROM (${SIGNUPS})) AS signups) n
    WHERE n.referral IS NOT NULL OR n.payments + n.refunds + n.signups > 0`),
  // A conversion names whom its claim names.
  statement(`UPDATE conversion SET user_id = NULL WHERE app = :app AND claim IN (${CLAIMS})`),
  statement(`
    UPDATE claim SET user_id = NULL, metadata = NULL, body_hash = '${ERASED}' WHERE app = :app AND id IN (${CLAIMS})`),
  statement(`UPDATE refund SET user_id = NULL, body_hash = '${ERASED}' WHERE app = :app AND id IN (${REFUNDS})`),
  statement(`
    UPDATE request_key SET user_id = NULL, body_hash = '${ERASED}'
    WHERE app = :app AND (kind, source, key) IN (${SIGNUPS})`),
  statement(`
    UPDATE referral SET user_id = NULL, email_hmac = NULL, email_mask = NULL, email_trust = NULL,
      customer_created_at = NULL
    WHERE app = :app AND user_id = :user_id`),
  statement(`UPDATE "drop" SET user_id = NULL WHERE app = :app AND user_id = :user_id`),
  statement(`SELECT EXISTS (${CLAIMS}) OR EXISTS (${REFUNDS}) OR EXISTS (${SIGNUPS}) AS is_left`),
];
