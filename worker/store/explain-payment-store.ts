import type { Db } from "./db.ts";
import { statement, textOf } from "./statement.ts";

/** The conversion of a payment of an app by any of the payment's names, Stripe's or a caller's; where there were more, the one in force. */
export async function findConversionOfPayment(db: Db, appId: string, ref: string): Promise<string | null> {
  const [row] = await db.query(FIND({ app: appId, ref }));
  return row === undefined ? null : textOf(row, "id");
}

// A caller's name has no account; each of Stripe's is looked for by its whole key.
const FIND = statement(`
  SELECT c.id
  FROM (SELECT '' AS account UNION SELECT k.account FROM stripe_connection k WHERE k.app = :app) a
  CROSS JOIN (SELECT 0 AS livemode UNION SELECT 1) m
  CROSS JOIN payment_ref r ON r.app = :app AND r.account = a.account AND r.livemode = m.livemode AND r.ref = :ref
  CROSS JOIN conversion c ON c.app = r.app AND c.payment = r.payment
  ORDER BY c.voided_at IS NOT NULL, c.created_at DESC LIMIT 1`);
