import { DAY_MS, dayOf } from "../../worker/domain/maturation.ts";
import type { Statement } from "../../worker/store/db.ts";
import { statement } from "../../worker/store/statement.ts";

/** Many payments of one affiliate, of a vouched program at 30 % less 5 % of it, of which nothing was paid out or refunded. */
export interface Growth {
  readonly app: string;
  readonly affiliate: string;
  readonly code: string;
  readonly currency: string;
  readonly holdingDays: number;
  /** How many there are to be in all, one after another within `spanMs` until `now`. */
  readonly count: number;
  readonly now: number;
  readonly spanMs: number;
  /** How many customers they are of, in turn. */
  readonly users: number;
  /** The least, and how many there are, a minor unit apart. */
  readonly priceCents: number;
  readonly prices: number;
}

/**
 * The batch that writes the payments from the `from`th to before the `until`th, by SQL, with every row as the verb leaves it: with
 * calls a million takes hours. Every other payment is named by its backend. Ids lie as random ones do: each in another page.
 */
export function growBooks(growth: Growth, { from, until }: { from: number; until: number }): readonly Statement[] {
  const { spanMs, holdingDays, priceCents, ...same } = growth;
  const params = { ...same, span_ms: spanMs, holding_days: holdingDays, price: priceCents, from, until };
  return GROW.map((build) => build({ ...params, since: growth.now - spanMs, today: dayOf(growth.now) }));
}

/** The id of the `n`th conversion. */
export function grownConversion(n: number): string {
  return `conv_${scrambled(n)}abcdefghijk`;
}

/** The user of the `n`th conversion. */
export function grownUser({ users }: Growth, n: number): string {
  return `user_${scrambled(n % users)}`;
}

/** Ten digits that are another number's for each number, without an order: multiplied by what has no factor of 10. */
const FACTOR = 6_180_339_887;
const scrambledSql = (n: string) => `printf('%010d', ${n} * ${FACTOR} % 10000000000)`;

function scrambled(n: number): string {
  return String((BigInt(n) * BigInt(FACTOR)) % 10_000_000_000n).padStart(10, "0");
}

/** The payments `g` of the chunk: each with its time, its customer and what it earns. */
const GROWN = `
  WITH RECURSIVE k (n) AS (SELECT :from UNION ALL SELECT n + 1 FROM k WHERE n < :until - 1),
  p AS (
    SELECT n, ${scrambledSql("n")} || 'abcdefghijk' AS id, 'user_' || ${scrambledSql("(n % :users)")} AS user_id,
      :since + n * :span_ms / :count AS at, :price + n % :prices AS captured
    FROM k
  ),
  g AS (
    SELECT p.*, captured * 3000 / 10000 * 500 / 10000 AS fee, captured * 3000 / 10000 - captured * 3000 / 10000 * 500 / 10000 AS net,
      (at + :holding_days * ${DAY_MS} + ${DAY_MS - 1}) / ${DAY_MS} AS mature_day
    FROM p
  )`;

const WHOSE = "'conversion_id', 'conv_' || id, 'affiliate_id', :affiliate, 'ref', :code, 'currency', :currency";
const commission = (
  status: string,
  change: string,
) => `json_object(${WHOSE}, 'amount_cents', captured, 'refunded_cents', 0,
  'commission_cents', net + fee, 'platform_fee_cents', fee, 'net_commission_cents', net, 'status', '${status}', 'lane', 'clear',
  'reason', NULL, 'available_at', strftime('%Y-%m-%dT00:00:00.000Z', mature_day * 86400, 'unixepoch')${change})`;
const CHANGE = `, 'change', json_object('net_commission_cents', net, 'platform_fee_cents', fee, 'lane', NULL), 'cause_id', 'clm_' || id`;

const GROW = [
  `INSERT INTO payment (app, id, created_at) ${GROWN} SELECT :app, 'pay_' || id, at FROM g ORDER BY id`,
  `INSERT INTO payment_ref (app, livemode, ref, payment) ${GROWN}
    SELECT :app, (SELECT mode = 'live' FROM app WHERE id = :app), 'in_' || id, 'pay_' || id FROM g WHERE n % 2 = 0 ORDER BY id`,
  `INSERT INTO referral (app, id, user_id, affiliate, code, trust, fixed_at, seen_at, created_at, payment) ${GROWN}
    SELECT :app, 'ref_' || id, user_id, :affiliate, :code, 'vouched', at, at, at, 'pay_' || id FROM g WHERE n < :users ORDER BY id`,
  `INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, payment_ref, user_id, code, affiliate, attribution,
      currency, base, captured, conversion, occurred_at, received_at, counted) ${GROWN}
    SELECT :app, 'clm_' || id, 'key', 'e:' || id, 'call', id || id || id || '3', 'pay_' || id, iif(n % 2 = 0, 'in_' || id, NULL),
      user_id, :code, :affiliate, 'vouched', :currency, captured, captured, 'conv_' || id, at, at, 1 FROM g ORDER BY id`,
  `INSERT INTO conversion (app, id, payment, claim, attribution_claim, user_id, affiliate, code, currency, base, captured, rate_bps,
      fee_bps, trust, entry_lane, occurred_at, created_at, mature_day, due_lane, due_net, due_fee, posted_lane, posted_net,
      posted_fee, rev, dirty, confirmed_told) ${GROWN}
    SELECT :app, 'conv_' || id, 'pay_' || id, 'clm_' || id, 'clm_' || id, user_id, :affiliate, :code, :currency, captured, captured, 3000,
      500, 'verified', 'clear', at, at, mature_day, 'clear', net, fee, 'clear', net, fee, 1, 0, mature_day <= :today FROM g ORDER BY id`,
  `INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at) ${GROWN}
    SELECT :app, 'in', 'conv_' || id || '#0', 'clm_' || id, :affiliate, :currency, 'conv_' || id, 'clear', mature_day, net, fee, at
    FROM g ORDER BY id`,
  `INSERT INTO event (app, seq, kind, fact, payload, created_at) ${GROWN},
    told AS (
      SELECT n, 0 AS place, 'conversion.created' AS kind, id, at,
        json_object(${WHOSE}, 'amount_cents', captured, 'trust', 'verified') AS payload FROM g
      UNION ALL SELECT n, 1, 'commission.created', id, at, ${commission("pending", CHANGE)} FROM g
      UNION ALL SELECT n, 2, 'commission.confirmed', id, at, ${commission("confirmed", "")} FROM g WHERE mature_day <= :today
    )
    SELECT :app, (SELECT coalesce(max(seq), 0) FROM event WHERE app = :app) + row_number() OVER (ORDER BY n, place), kind, 'conv_' || id,
      payload, at FROM told`,
  `INSERT INTO code_day (app, code, day, conversions) ${GROWN} SELECT :app, :code, at / ${DAY_MS}, count(*) FROM g GROUP BY 3
    ON CONFLICT DO UPDATE SET conversions = conversions + excluded.conversions`,
  `INSERT INTO bucket (app, affiliate, currency, lane, mature_day, net) ${GROWN}
    SELECT :app, :affiliate, :currency, 'clear', mature_day, sum(net) FROM g GROUP BY mature_day
    ON CONFLICT DO UPDATE SET net = net + excluded.net`,
  `INSERT INTO total (app, affiliate, currency, earned_clear, fee) ${GROWN}
    SELECT :app, :affiliate, :currency, sum(net), sum(fee) FROM g WHERE true
    ON CONFLICT DO UPDATE SET earned_clear = earned_clear + excluded.earned_clear, fee = fee + excluded.fee`,
].map(statement);
