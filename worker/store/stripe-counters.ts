/**
 * The statistics of what Stripe tells, kept right in whatever order it is told: per code and day of the payment or refund, not
 * of its arrival. No money depends on them.
 */

/** Takes back what was counted of conversions that count no longer: rows (app, code, day, times). */
export function uncountConversions(rows: string): string {
  return `
    UPDATE code_day SET conversions = max(0, conversions - n.times) FROM (${rows}) n
    WHERE code_day.app = n.app AND code_day.code = n.code AND code_day.day = n.day`;
}

/**
 * Counts the refunds of these payments (a SELECT of ids) for the code that earns, and no other: `refund.code` is the code that
 * a refund of Stripe's is counted for. One that failed is none.
 */
export function recountRefunds(payments: string): readonly string[] {
  const refunds = `
    SELECT r.app, r.id, r.code AS counted, r.created_at / 86400000 AS day,
      iif(r.status IN ('failed', 'canceled'), NULL, c.code) AS wanted
    FROM payment_ref p CROSS JOIN refund r
    LEFT JOIN conversion c ON c.app = p.app AND c.payment = p.payment AND c.voided_at IS NULL
    WHERE p.app = :app AND p.payment IN (${payments}) AND r.app = p.app AND r.account = p.account
      AND r.livemode = p.livemode AND r.charge = p.ref AND r.source = 'stripe'`;
  return [
    `UPDATE code_day SET refunds = max(0, refunds - n.times)
    FROM (SELECT w.app, w.counted AS code, w.day, count(*) AS times FROM (${refunds}) w
      WHERE w.counted IS NOT NULL AND w.counted IS NOT w.wanted GROUP BY 1, 2, 3) n
    WHERE code_day.app = n.app AND code_day.code = n.code AND code_day.day = n.day`,
    `INSERT INTO code_day (app, code, day, refunds)
    SELECT w.app, w.wanted, w.day, count(*) FROM (${refunds}) w
    WHERE w.wanted IS NOT NULL AND w.wanted IS NOT w.counted GROUP BY 1, 2, 3
    ON CONFLICT DO UPDATE SET refunds = refunds + excluded.refunds`,
    // By IN: of UPDATE … FROM the planner walks all refunds of the app.
    `UPDATE refund SET code = (SELECT n.wanted FROM (${refunds} AND r.id = refund.id) n)
    WHERE app = :app AND id IN (SELECT n.id FROM (${refunds}) n WHERE n.counted IS NOT n.wanted)`,
  ];
}
