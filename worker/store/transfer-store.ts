import { NOBODY_TO_ASK } from "../domain/transfer-timing.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { mailOfPayout } from "./outbox-store.ts";
import { END_BATCH_OF_PAYOUT, failingWhere, type Payout, READ_PAYOUT, toPayout } from "./payout-store.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** A payout by Stripe with where it goes, sealed; null: not to an account of its payer's. */
export interface StripePayout extends Payout {
  readonly sealedDetails: string | null;
}

/** A payout of an app that goes by Stripe; null for any other. */
export async function findStripePayout(db: Db, appId: string, payoutId: string): Promise<StripePayout | null> {
  const [row] = await db.query(FIND({ app: appId, payout: payoutId }));
  return row === undefined ? null : { ...toPayout(row), sealedDetails: textOrNull(row, "details") };
}

/** A payout that somebody has to look at by now. */
export interface DuePayout {
  readonly appId: string;
  readonly payoutId: string;
}

/** The payouts, of whichever apps, that somebody has to look at by now: the longest due first. */
export async function listDuePayouts(
  db: Db,
  { now, limit }: { now: number; limit: number },
): Promise<readonly DuePayout[]> {
  const rows = await db.query(LIST_DUE({ now, limit }));
  return rows.map((row) => ({ appId: textOf(row, "app"), payoutId: textOf(row, "id") }));
}

/** Who has a payout for now: `until` is when that ends, and no other runner's. */
export interface Lease {
  readonly payoutId: string;
  readonly until: number;
}

/** What became of a payout that a runner wanted. */
export type Claim =
  | {
      readonly kind: "claimed";
      readonly attempt: number;
      /** When the attempt was first sent; null: it never was. */
      readonly sentBefore: number | null;
    }
  /** It will not be sent, and nothing of it ever was: it has failed. */
  | { readonly kind: "failed" }
  /** Another runner has it, it is not due, or it has ended. */
  | { readonly kind: "taken" };

/**
 * Takes payouts that were not sent for sent then: for a database that is older than what happened. So they go out under the
 * same key while Stripe knows it, and are looked up first when it may not.
 */
export function suspectSent(at: number): Statement {
  return SUSPECT_SENT({ at });
}

/**
 * The batch that gives a due payout to one runner, and says that its attempt is being sent: before it is. Of many runners at
 * once one gets it.
 *
 * One that will not be sent fails here instead, and gives back what it took: where `unsendable` says why, or the operator does
 * not pay for the app any more. Not what was sent before: of that somebody has to learn what became. Read with `readClaim`.
 */
export function claimPayout(
  appId: string,
  claim: Lease & { readonly unsendable: string | null; readonly audit: AuditEntry },
): readonly Statement[] {
  const { payoutId, until, unsendable, audit } = claim;
  const params = { app: appId, payout: payoutId, until, unsendable, error: unsendable ?? "no_key", now: audit.now };
  const read = READ({ ...params, audit: audit.id });
  return [
    read,
    ...FAIL_UNSENT.map((build) => build(params)),
    insertAuditOfChange(appId, audit),
    END_BATCH_OF_PAYOUT(params),
    CLAIM(params),
    read,
  ];
}

export function readClaim(results: readonly (readonly Row[])[], { until }: Lease): Claim {
  const [before, after] = [results.at(0)?.[0], results.at(-1)?.[0]];
  if (after?.["has_failed"] === 1) return { kind: "failed" };
  if (before === undefined || after === undefined || after["next_at"] !== until) return { kind: "taken" };
  return { kind: "claimed", attempt: integerOf(after, "attempt"), sentBefore: integerOrNull(before, "sent_at") };
}

/**
 * The batch that fails a payout of which it is known that nothing was sent, for the runner that has it: no other can send it
 * meanwhile. Read with `readPayout`; under way still where the runner has it no longer.
 */
export function failClaimed(
  appId: string,
  end: Lease & { readonly attempt: number; readonly error: string; readonly audit: AuditEntry },
): readonly Statement[] {
  const { payoutId, until, attempt, error, audit } = end;
  const params = { app: appId, payout: payoutId, until, attempt, error, now: audit.now };
  return [
    ...FAIL_CLAIMED.map((build) => build(params)),
    insertAuditOfChange(appId, audit),
    END_BATCH_OF_PAYOUT(params),
    READ_PAYOUT(params),
  ];
}

/**
 * The batch that ends an attempt of which it is known that nothing was sent, so that the next is sent under another key, at
 * `sentAt`. Only for the runner that has the payout, and once: two runners that both gave an attempt up go on with the same
 * next one. Read with `readRaised`.
 */
export function raiseAttempt(
  appId: string,
  { payoutId, until, attempt, sentAt }: Lease & { readonly attempt: number; readonly sentAt: number },
): readonly Statement[] {
  const params = { app: appId, payout: payoutId, until, attempt, sent_at: sentAt };
  return [RAISE(params), READ({ ...params, audit: null })];
}

/** Whether the runner still has the payout, at the attempt after `attempt`. */
export function readRaised(
  results: readonly (readonly Row[])[],
  { until, attempt }: Lease & { readonly attempt: number },
): boolean {
  const row = results.at(-1)?.[0];
  return row !== undefined && row["next_at"] === until && integerOf(row, "attempt") === attempt + 1;
}

/**
 * The batch that ends a payout of which nobody can learn from Stripe what became. Nothing, where it has ended, was sent after
 * `sentUntil`, waits for something else, is in a runner's hands (which has no `error`), or where the app has changed how it pays
 * since `policyChangedAt`. Read with `readPayout`.
 */
export function resolvePayout(
  appId: string,
  end: {
    readonly payoutId: string;
    readonly status: "settled" | "failed";
    readonly reference: string | null;
    readonly error: string;
    readonly sentUntil: number;
    readonly policyChangedAt: number | null;
    readonly audit: AuditEntry;
  },
): readonly Statement[] {
  const { payoutId, status, audit, sentUntil, policyChangedAt, ...rest } = end;
  const seen = { sent_until: sentUntil, policy_changed_at: policyChangedAt };
  const params = { app: appId, payout: payoutId, ...rest, ...seen, now: audit.now };
  return [
    ...(status === "failed" ? FAIL_LOST : [SETTLE_LOST]).map((build) => build(params)),
    insertAuditOfChange(appId, audit),
    ...(status === "settled" ? [mailOfPayout(appId, { payoutId, auditId: audit.id, now: audit.now })] : []),
    END_BATCH_OF_PAYOUT(params),
    READ_PAYOUT(params),
  ];
}

/** Gives a payout back, to be looked at again at `nextAt`; `error`: what it waits for. */
export function putOffPayout(
  appId: string,
  { payoutId, until, nextAt, error }: Lease & { readonly nextAt: number; readonly error: string },
): Statement {
  return PUT_OFF({ app: appId, payout: payoutId, until, next_at: nextAt, error });
}

/** Puts a payout off that nobody could take up. */
export function putOffDuePayout(
  appId: string,
  { payoutId, now, nextAt }: { readonly payoutId: string; readonly now: number; readonly nextAt: number },
): Statement {
  return PUT_OFF_DUE({ app: appId, payout: payoutId, now, next_at: nextAt });
}

const FIND = statement(`
  SELECT w.*, m.details FROM payout w
  LEFT JOIN payout_method m ON m.app = w.app AND m.id = w.method AND m.kind = 'stripe' AND m.payer = w.payer
  WHERE w.app = :app AND w.id = :payout AND w.rail = 'stripe'`);
const LIST_DUE = statement(
  "SELECT w.app, w.id FROM payout w WHERE w.next_at IS NOT NULL AND w.next_at <= :now ORDER BY w.next_at LIMIT :limit",
);
/** With whether this very call has failed it: a batch that is applied twice tells the same. */
const READ = statement(`
  SELECT w.attempt, w.sent_at, w.next_at, EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.id = :audit) AS has_failed
  FROM payout w WHERE w.app = :app AND w.id = :payout`);

const ONE = "app = :app AND id = :payout AND status = 'processing' AND rail = 'stripe'";
/** A payout `n` by Stripe of which nothing was ever sent, and nothing is to be. */
const FAIL_UNSENT = failingWhere(`n.rail = 'stripe' AND n.sent_at IS NULL AND (:unsendable IS NOT NULL
  OR (n.payer = 'operator' AND NOT EXISTS (SELECT 1 FROM app p WHERE p.id = :app AND p.operator_funded = 1)))`);
const FAIL_CLAIMED = failingWhere("n.next_at = :until AND n.attempt = :attempt");
/** A payout `n` that was sent, and of which nobody can ask Stripe. */
const LOST = `n.rail = 'stripe' AND n.sent_at < :sent_until AND n.error IN (${NOBODY_TO_ASK.map((error) => `'${error}'`).join(", ")})
  AND (SELECT y.changed_at FROM payout_policy y WHERE y.app = :app) IS :policy_changed_at`;
const FAIL_LOST = failingWhere(LOST);
const SETTLE_LOST = statement(`
  UPDATE payout AS n SET status = 'settled', settled_at = :now, reference = coalesce(:reference, n.reference), next_at = NULL,
    error = NULL
  WHERE n.app = :app AND n.id = :payout AND n.status = 'processing' AND ${LOST}`);
const SUSPECT_SENT = statement(`
  UPDATE payout SET sent_at = :at WHERE rail = 'stripe' AND status = 'processing' AND sent_at IS NULL`);
const CLAIM = statement(`
  UPDATE payout SET sent_at = coalesce(sent_at, :now), next_at = :until, error = NULL WHERE ${ONE} AND next_at <= :now`);
const RAISE = statement(`
  UPDATE payout SET attempt = attempt + 1, sent_at = :sent_at
  WHERE ${ONE} AND next_at = :until AND attempt = :attempt`);
const PUT_OFF = statement(`UPDATE payout SET next_at = :next_at, error = :error WHERE ${ONE} AND next_at = :until`);
const PUT_OFF_DUE = statement(`UPDATE payout SET next_at = :next_at WHERE ${ONE} AND next_at <= :now`);
