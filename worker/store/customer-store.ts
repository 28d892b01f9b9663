import type { Db, Row, Statement } from "./db.ts";
import { FORGET_INVITER, INVITATIONS_OF_USER } from "./friend-invitation-store.ts";
import { integerOf, statement, textOf } from "./statement.ts";

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

/** Whom Stripe knows a user as, by what it told of its customers or of their payments: at most `limit` names. */
export async function listStripeNames(
  db: Db,
  appId: string,
  { userId, limit }: { userId: string; limit: number },
): Promise<readonly string[]> {
  return (await db.query(LIST_NAMES({ app: appId, user_id: userId, limit }))).map((row) => textOf(row, "name"));
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

const STRIPE_NAMES = `
  SELECT :user_id UNION SELECT b.object FROM stripe_binding b WHERE b.app = :app AND b.value = :user_id AND b.says = 'user'`;

const LIST_NAMES = statement(`
  SELECT b.object AS name FROM stripe_binding b WHERE b.app = :app AND b.value = :user_id AND b.says = 'user'
  UNION SELECT o.customer FROM stripe_object o WHERE o.app = :app AND o.user_id = :user_id AND o.customer IS NOT NULL
  LIMIT :limit`);

/** Something that Stripe told of them, also where nothing has come of it yet, or credits that they have. */
const TOLD = `
  EXISTS (SELECT 1 FROM credit_account a WHERE a.app = :app AND a.account = :user_id)
  OR EXISTS (SELECT 1 FROM redemption r WHERE r.app = :app AND r.referred_account = :user_id)
  OR EXISTS (SELECT 1 FROM stripe_customer u WHERE u.app = :app AND u.id IN (${STRIPE_NAMES}))
  OR EXISTS (SELECT 1 FROM stripe_event e WHERE e.app = :app AND e.subject IN (${STRIPE_NAMES}))
  OR EXISTS (SELECT 1 FROM stripe_object o WHERE o.app = :app AND o.user_id = :user_id)
  OR EXISTS (SELECT 1 FROM stripe_object o WHERE o.app = :app AND o.customer IN (${STRIPE_NAMES}))`;

/** Whom an account becomes that is erased: nobody, and nobody twice. */
const NOBODY = "'erased_' || :audit";

const ERASE = [
  // By the id of the referral, which is ours and names nobody any more.
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, created_at)
    SELECT :app, :audit, :actor, 'customer.erased', coalesce(n.referral, :app),
      json_object('payments', n.payments, 'refunds', n.refunds, 'signups', n.signups), :now
    FROM (SELECT (${REFERRAL}) AS referral, (SELECT count(*) FROM (${CLAIMS})) AS payments,
      (SELECT count(*) FROM (${REFUNDS})) AS refunds, (SELECT count(*) FROM (${SIGNUPS})) AS signups) n
    WHERE n.referral IS NOT NULL OR n.payments + n.refunds + n.signups > 0 OR EXISTS (${INVITATIONS_OF_USER})
      OR ${TOLD}`),
  // A conversion names whom its claim names, or whom Stripe's objects of the payment do.
  statement(`UPDATE conversion SET user_id = NULL WHERE app = :app AND claim IN (${CLAIMS})`),
  statement(`
    UPDATE conversion SET user_id = NULL WHERE app = :app AND user_id = :user_id AND payment IN (
      SELECT s.payment FROM stripe_payment s WHERE s.app = :app AND s.user_id = :user_id
      UNION SELECT o.payment FROM stripe_object o WHERE o.app = :app AND o.user_id = :user_id
      UNION SELECT o.payment FROM stripe_object o WHERE o.app = :app AND o.customer IN (${STRIPE_NAMES}))`),
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
  statement(`UPDATE "drop" SET user_id = NULL, body = NULL WHERE app = :app AND user_id = :user_id`),
  // An account and a user are one name. An affiliate who joined by it stays: they are no customer.
  statement("DELETE FROM join_account WHERE app = :app AND account_id = :user_id"),
  // Who brought whom, and the credits of it, stay under a name that is ours and tells nothing.
  ...["referrer", "referred"].map((side) =>
    statement(`
      UPDATE event SET payload = json_replace(payload, '$.${side}_account_id', NULL) WHERE app = :app AND seq IN (
        SELECT e.seq FROM redemption r CROSS JOIN event e ON e.app = r.app AND e.kind = 'referral.completed' AND e.fact = r.id
        WHERE r.app = :app AND r.${side}_account = :user_id)`),
  ),
  statement(`
    UPDATE event SET payload = json_replace(payload, '$.account_id', NULL) WHERE app = :app AND seq IN (
      SELECT e.seq FROM credit_entry c CROSS JOIN event e ON e.app = c.app AND e.kind IN ('credit.awarded', 'credit.revoked')
        AND e.fact = c.id
      WHERE c.app = :app AND c.account = :user_id)`),
  statement(`
    UPDATE code SET account = iif(affiliate IS NULL, ${NOBODY}, NULL), state = iif(affiliate IS NULL, 'retired', state)
    WHERE app = :app AND account = :user_id`),
  statement(
    `UPDATE redemption SET referred_account = ${NOBODY}, reason = NULL WHERE app = :app AND referred_account = :user_id`,
  ),
  statement(
    `UPDATE redemption SET referrer_account = ${NOBODY}, reason = NULL WHERE app = :app AND referrer_account = :user_id`,
  ),
  statement(`
    INSERT INTO credit_account (app, account, code, earned, revoked, spent, balance, created_at)
    SELECT app, ${NOBODY}, code, earned, revoked, spent, balance, created_at FROM credit_account
    WHERE app = :app AND account = :user_id`),
  statement(`UPDATE credit_entry SET account = ${NOBODY} WHERE app = :app AND account = :user_id`),
  statement("DELETE FROM credit_account WHERE app = :app AND account = :user_id"),
  // What Stripe told of them, by the user and by the customer that the user is there.
  statement(`
    UPDATE stripe_object SET customer = NULL, user_id = NULL, email_hmac = NULL, email_mask = NULL
    WHERE app = :app AND customer IN (${STRIPE_NAMES})`),
  statement(`
    UPDATE stripe_object SET user_id = NULL, email_hmac = NULL, email_mask = NULL
    WHERE app = :app AND user_id = :user_id`),
  statement(`DELETE FROM stripe_customer WHERE app = :app AND id IN (${STRIPE_NAMES})`),
  statement(`
    UPDATE stripe_event SET subject = NULL, facts = NULL, object = iif(object IN (${STRIPE_NAMES}), NULL, object)
    WHERE app = :app AND subject IN (${STRIPE_NAMES})`),
  statement(`UPDATE stripe_payment SET user_id = NULL WHERE app = :app AND user_id IN (${STRIPE_NAMES})`),
  statement(`DELETE FROM stripe_binding WHERE app = :app AND object IN (${STRIPE_NAMES})`),
  ...FORGET_INVITER,
  statement(`SELECT EXISTS (${CLAIMS}) OR EXISTS (${REFUNDS}) OR EXISTS (${SIGNUPS}) AS is_left`),
];
