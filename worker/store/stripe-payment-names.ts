import type { Statement } from "./db.ts";
import { statement } from "./statement.ts";
import { uncountConversions } from "./stripe-counters.ts";
import type { StripeScope } from "./stripe-scope.ts";

/** Names of one payment, and the id that it gets if none of them is known. */
export interface Names extends StripeScope {
  /** `in_…`, `cs_…`, `pi_…`, `ch_…`, as a JSON list. */
  readonly names: string;
  readonly payment: string;
  readonly now: number;
  readonly [name: string]: string | number;
}

/**
 * Makes all of these the names of one payment, in whatever order they are learnt. Where they were names of several, those
 * become one: the oldest keeps its id, the best claim of all stays in force, and everything that hangs on the others moves.
 *
 * Each name is also taken among those that an app's own calls give (`account` empty), so that a payment which a backend
 * reports by Stripe's id is the same one.
 */
export function joinNames(names: Names): readonly Statement[] {
  return JOIN.map((build) => build(names));
}

/** The payments that any of `:names` names. */
const NAMED = `
  SELECT r.payment FROM payment_ref r
  WHERE r.app = :app AND r.account IN (:account, '') AND r.livemode = :livemode
    AND r.ref IN (SELECT j.value FROM json_each(:names) j)`;

/** The payment that all of `:names` name, once they are joined; the one that stays before that. */
export const TARGET = `
  (SELECT p.id FROM payment p WHERE p.app = :app AND p.id IN (${NAMED}) ORDER BY p.created_at, p.id LIMIT 1)`;

/** Those that are to become the target. Read from the names alone, which move last. */
const LOSERS = `SELECT l.payment FROM (${NAMED}) l WHERE l.payment <> ${TARGET}`;

const BEST = `
  (SELECT b.id FROM claim b WHERE b.app = :app AND b.payment IN (${NAMED})
    ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`;

/** What an owner rejected of what was vouched for: no other announcement of the payment earns it again. */
const REJECTED = `
  SELECT x.id FROM conversion x
  WHERE x.app = :app AND x.payment IN (${NAMED}) AND x.void_reason = 'rejected' AND x.trust <> 'unverified'`;

/** In force, and no longer once the payments are one. */
const BEATEN = `
  c.app = :app AND c.payment IN (${NAMED}) AND c.voided_at IS NULL AND EXISTS (${LOSERS})
  AND (c.claim <> ${BEST} OR EXISTS (${REJECTED}))`;

const SURVIVOR = `
  SELECT v.id FROM conversion v
  WHERE v.app = :app AND v.payment IN (${NAMED}) AND v.claim = ${BEST} AND v.voided_at IS NULL`;

const moved = (table: string) =>
  statement(`
  UPDATE ${table} SET payment = ${TARGET} WHERE app = :app AND payment IN (${LOSERS})`);

const WEIGHT = (row: string) => `coalesce(nullif(${row}.code_rank, 0), iif(${row}.code_rank = 0, 8, 9))`;

const DECISION = "state, reason, user_id, code, code_rank, origin, affiliate, attribution, seen_at";

const JOIN = [
  statement(`
    INSERT INTO payment (app, id, created_at) SELECT :app, :payment, :now WHERE NOT EXISTS (${NAMED})
    ON CONFLICT DO NOTHING`),
  // With a new name what went back by that name may be this payment's.
  statement(`
    UPDATE conversion SET dirty = 1
    WHERE app = :app AND payment = ${TARGET} AND voided_at IS NULL AND EXISTS (
      SELECT 1 FROM json_each(:names) j WHERE NOT EXISTS (SELECT 1 FROM payment_ref r
        WHERE r.app = :app AND r.account = :account AND r.livemode = :livemode AND r.ref = j.value))`),
  statement(`
    INSERT INTO payment_ref (app, account, livemode, ref, payment)
    SELECT :app, a.account, :livemode, j.value, coalesce(${TARGET}, :payment)
    FROM json_each(:names) j, (SELECT :account AS account UNION SELECT '') a WHERE true
    ON CONFLICT DO NOTHING`),
  // Two conversions of one payment were counted as two.
  statement(
    uncountConversions(`
      SELECT c.app, c.code, c.occurred_at / 86400000 AS day, count(*) AS times FROM conversion c
      WHERE ${BEATEN} GROUP BY 1, 2, 3`),
  ),
  statement(`
    UPDATE conversion AS c
    SET voided_at = :now, void_reason = 'superseded', dirty = 1,
      superseded_by = coalesce((${REJECTED} LIMIT 1), (${SURVIVOR}))
    WHERE ${BEATEN}`),
  ...["conversion", "claim", "refund_part", "hold", "stripe_object", "referral"].map(moved),
  // What was decided by the better ref stays, and what one of the payments did to the user's referral is no earlier word on the
  // others: rank 0 gives way. Whether it still holds is decided next.
  statement(`
    INSERT INTO stripe_payment (app, payment, account, livemode, ${DECISION}, look_at, received_at)
    SELECT l.app, ${TARGET}, l.account, l.livemode, ${DECISION}, :now, l.received_at FROM stripe_payment l
    WHERE l.app = :app AND l.payment IN (${LOSERS})
    ORDER BY l.state = 'counted' DESC, l.state = 'parked' DESC, ${WEIGHT("l")}, l.received_at LIMIT 1
    ON CONFLICT (app, payment) DO UPDATE SET
      state = excluded.state, reason = excluded.reason, user_id = excluded.user_id, code = excluded.code,
      code_rank = excluded.code_rank, origin = excluded.origin, affiliate = excluded.affiliate,
      attribution = excluded.attribution, seen_at = excluded.seen_at, received_at = excluded.received_at
    WHERE (excluded.state = 'counted' AND stripe_payment.state <> 'counted')
      OR (excluded.state = 'parked' AND stripe_payment.state = 'closed')
      OR (excluded.state = stripe_payment.state AND ${WEIGHT("excluded")} < ${WEIGHT("stripe_payment")})`),
  statement(`DELETE FROM stripe_payment WHERE app = :app AND payment IN (${LOSERS})`),
  statement(`
    UPDATE conversion SET dirty = 1
    WHERE app = :app AND payment = ${TARGET} AND voided_at IS NULL AND EXISTS (${LOSERS})`),
  statement(`UPDATE payment_ref SET payment = ${TARGET} WHERE app = :app AND payment IN (${LOSERS})`),
  // What it waited for may have come with a name; and a decision that was cut short is found again.
  statement(`UPDATE stripe_payment SET look_at = :now WHERE app = :app AND payment = ${TARGET} AND state <> 'closed'`),
];
