import type { Source } from "../domain/trust.ts";
import type { Statement } from "./db.ts";
import { CALL_APP } from "./settle.ts";
import { statement } from "./statement.ts";

/**
 * Who sends a tracking call, and for which app: a secret key's app, or for the public the app of the code it names
 * (`appId`, where the call gives one, must be that app). `origin` is that of the page it comes from, null where no browser
 * sent it.
 */
export type Caller =
  | { readonly source: "key"; readonly appId: string }
  | { readonly source: "public"; readonly appId: string | null; readonly origin: string | null };

/** What every statement of a tracking batch binds. */
export interface CallParams {
  readonly app: string | null;
  readonly claimed_app: string | null;
  readonly code: string | null;
  readonly source: Source;
  readonly now: number;
  readonly [name: string]: string | number | null;
}

export function callParams(caller: Caller, { code, now }: { code: string | null; now: number }): CallParams {
  return {
    app: caller.source === "key" ? caller.appId : null,
    claimed_app: caller.source === "public" ? caller.appId : null,
    code,
    source: caller.source,
    now,
  };
}

/**
 * A call's key as stored. A caller's own key is apart from ours, and a public one lies within its code: nobody can occupy
 * a merchant's key. Ours begins with the time, so that of two calls for one payment the earlier one sorts first.
 */
export function sourceRef(
  caller: Caller,
  key: { eventId: string | null; code: string | null; rowId: string; now: number },
): string {
  if (key.eventId === null) return `r:${String(key.now).padStart(15, "0")}:${key.rowId}`;
  return caller.source === "public" ? `e:${key.code ?? ""}:${key.eventId}` : `e:${key.eventId}`;
}

/** The codes live now, as rows (app, code, affiliate): active, unexpired, of an affiliate that may earn new users. */
export const LIVE_CODE = `
  SELECT k.app, k.code, k.affiliate FROM code k JOIN affiliate owner ON owner.app = k.app AND owner.id = k.affiliate
  WHERE k.code = :code AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)
    AND owner.status IN ('active', 'suspended')`;

/**
 * The codes whose clicks count, and that a checkout takes, as rows (app, code): the same, and besides those of accounts that
 * bring friends for credits, of whom nobody earns cash.
 */
export const KNOWN_CODE = `
  SELECT k.app, k.code FROM code k LEFT JOIN affiliate owner ON owner.app = k.app AND owner.id = k.affiliate
  WHERE k.code = :code AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)
    AND (k.account IS NOT NULL OR owner.status IN ('active', 'suspended'))`;

/**
 * One row when the call has an app: that app, the user's stored referral and the code in the call, and `takes` = 1 when
 * the code decides (domain/attribution.ts: no referral yet, a revoked affiliate's, or a public one at the first vouched
 * event). `affiliate`, `attributed_code`, `attribution` are who earns, null when nobody does.
 */
export const ATTRIBUTED = `
  SELECT t.*, iif(t.takes, t.live_affiliate, t.stored_affiliate) AS affiliate,
    iif(t.takes, t.live_code, t.stored_code) AS attributed_code,
    iif(t.takes, iif(:source = 'public', 'public', 'vouched'), t.stored_trust) AS attribution
  FROM (
    SELECT p.id AS app, p.currency AS app_currency, p.mode = 'live' AS livemode, p.dedupe_seconds, p.conversions,
      r.affiliate AS stored_affiliate, r.code AS stored_code, r.trust AS stored_trust,
      k.affiliate AS live_affiliate, k.code AS live_code,
      k.code IS NOT NULL AND (r.id IS NULL OR ra.status = 'revoked'
        OR (:source <> 'public' AND r.trust = 'public' AND r.fixed_at IS NULL)) AS takes
    FROM app p
    LEFT JOIN referral r ON r.app = p.id AND r.user_id = :user_id
    LEFT JOIN affiliate ra ON ra.app = r.app AND ra.id = r.affiliate
    LEFT JOIN (${LIVE_CODE}) k ON k.app = p.id
    WHERE p.id = ${CALL_APP}
  ) t`;

/** Whether an app (as it is called in the statement) lists origins, and `:origin` is none of them. */
export const isUnlistedOrigin = (app: string) =>
  `(${app}.origins <> '[]' AND :origin NOT IN (SELECT k.value FROM json_each(${app}.origins) k))`;

/**
 * The first statement of a browser's batch: where the call's app lists origins and this is none of them, it runs into a
 * NOT NULL, and nothing of the batch is written. So the check costs no request of its own and is never out of date.
 */
export function refuseOrigin(params: CallParams, origin: string): Statement {
  return REFUSE_ORIGIN({ ...params, origin });
}

const REFUSE_ORIGIN = statement(`UPDATE app SET origins = NULL WHERE id = ${CALL_APP} AND ${isUnlistedOrigin("app")}`);

/** Whether the code was ever issued in the call's app, and whether it is live: why a call was refused. */
export const readCode = statement(`
  SELECT k.state, EXISTS (${LIVE_CODE}) AS live FROM code k WHERE k.code = :code AND k.app = ${CALL_APP}`);
