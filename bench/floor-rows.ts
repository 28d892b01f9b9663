import type { Statement } from "../worker/store/db.ts";
import { statement } from "../worker/store/statement.ts";

/** Whose rows a floor writes: of an app that is there. */
export interface Owner {
  readonly app: string;
  readonly affiliate: string;
  readonly code: string;
}

/**
 * What a signup writes: the same rows of the same tables with their keys, checks and triggers, every value given, and
 * nothing asked, decided or answered.
 */
export function signupRows(owner: Owner, order: number, now: number): readonly Statement[] {
  return SIGNUP.map((build) => build({ ...owner, id: `floor${order}`, now }));
}

/** What a payment of a known customer writes, likewise. */
export function conversionRows(owner: Owner, order: number, now: number): readonly Statement[] {
  return CONVERSION.map((build) => build({ ...owner, id: `floor${order}`, user: `u${order % 500}`, now }));
}

const COUNT_SIGNUP = `
  INSERT INTO code_day (app, code, day, signups) VALUES (:app, :code, :now / 86400000, 1)
  ON CONFLICT DO UPDATE SET signups = signups + 1`;
const COUNT_CONVERSION = COUNT_SIGNUP.replaceAll("signups", "conversions");

const SIGNUP = [
  `INSERT INTO referral (app, id, user_id, affiliate, code, trust, fixed_at, seen_at, created_at)
    VALUES (:app, 'ref_' || :id, :id, :affiliate, :code, 'vouched', :now, :now, :now)`,
  COUNT_SIGNUP,
  "UPDATE referral SET counted = 1 WHERE app = :app AND id = 'ref_' || :id",
].map(statement);

const OF_CONVERSION = "WHERE app = :app AND id = 'conv_' || :id";
const EVENT = (kind: string, place: number) => `
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT :app, max(seq) + ${place}, '${kind}', 'conv_' || :id, json_object('conversion_id', 'conv_' || :id, 'affiliate_id',
    :affiliate, 'ref', :code, 'currency', 'usd', 'amount_cents', 1000), :now FROM event WHERE app = :app`;

const CONVERSION = [
  `INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, user_id, code, affiliate, attribution, currency,
      base, captured, occurred_at, received_at)
    VALUES (:app, 'clm_' || :id, 'key', 'e:' || :id, 'call', 'h', 'pay_' || :id, :user, :code, :affiliate, 'vouched', 'usd',
      1000, 1000, :now, :now)`,
  "INSERT INTO payment (app, id, created_at) VALUES (:app, 'pay_' || :id, :now)",
  `INSERT INTO conversion (app, id, payment, claim, attribution_claim, user_id, affiliate, code, currency, base, captured,
      rate_bps, fee_bps, trust, entry_lane, occurred_at, created_at, mature_day, due_lane, posted_lane)
    VALUES (:app, 'conv_' || :id, 'pay_' || :id, 'clm_' || :id, 'clm_' || :id, :user, :affiliate, :code, 'usd', 1000, 1000,
      3000, 500, 'verified', 'clear', :now, :now, :now / 86400000 + 14, 'clear', 'clear')`,
  COUNT_CONVERSION,
  "UPDATE claim SET counted = 1, conversion = 'conv_' || :id WHERE app = :app AND id = 'clm_' || :id",
  `UPDATE conversion SET due_net = 285, due_fee = 15 ${OF_CONVERSION}`,
  `INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at)
    VALUES (:app, 'in', 'conv_' || :id || '#0', 'clm_' || :id, :affiliate, 'usd', 'conv_' || :id, 'clear',
      :now / 86400000 + 14, 285, 15, :now)`,
  `INSERT INTO bucket (app, affiliate, currency, lane, mature_day, net)
    VALUES (:app, :affiliate, 'usd', 'clear', :now / 86400000 + 14, 285) ON CONFLICT DO UPDATE SET net = net + 285`,
  `INSERT INTO total (app, affiliate, currency, earned_clear, fee) VALUES (:app, :affiliate, 'usd', 285, 15)
    ON CONFLICT DO UPDATE SET earned_clear = earned_clear + 285, fee = fee + 15`,
  EVENT("conversion.created", 1),
  EVENT("commission.created", 1),
  `UPDATE conversion SET posted_net = 285, posted_fee = 15, rev = 1, dirty = 0 ${OF_CONVERSION}`,
].map(statement);
