import { METHOD_KINDS, type MethodKind, STRIPE_PAYERS, type StripePayer } from "../domain/payout-method.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** How long payouts wait after a change of where they go: time for whoever did not make it to read of it and object. */
export const BLOCK_MS = 48 * 3_600_000;

/** The id of the method in force of the affiliate row `o`: the latest. Null where there never was one. */
export const METHOD_IN_FORCE = `(
  SELECT l.id FROM payout_method l WHERE l.app = o.app AND l.affiliate = o.id ORDER BY l.seq DESC LIMIT 1)`;

/**
 * Whether payouts by the method row `method`, the latest of its affiliate, wait at `:now`: it is young, and not their first.
 * A method that was given up in between counts, so that nobody gets around the wait by that.
 */
export function isBlocked(method: string): string {
  return `(${method}.created_at > :now - ${BLOCK_MS} AND ${isChange(method)})`;
}

/** A method of an affiliate as stored. */
export interface PayoutMethodRow {
  readonly id: string;
  readonly kind: MethodKind;
  /** JSON, sealed; null for `none`. */
  readonly sealedDetails: string | null;
  /** What may be shown of it. */
  readonly label: string;
  /** Whose account at Stripe pays into a `stripe` one. */
  readonly payer: StripePayer | null;
  readonly createdAt: number;
  /** Whether there was another before: then payouts wait for `BLOCK_MS`. */
  readonly isChange: boolean;
}

/** An affiliate's address and the method in force, null where there never was one. */
export interface AffiliateMethod {
  readonly email: string | null;
  readonly method: PayoutMethodRow | null;
}

export interface NewPayoutMethod extends Pick<PayoutMethodRow, "id" | "kind" | "sealedDetails" | "label" | "payer"> {
  readonly affiliateId: string;
  /** The method it was compared with: another one in force by then, and nothing is written. */
  readonly seenId: string | null;
  /** Mails of the change: one to the affiliate's address, one to `formerTo` where that is given. */
  readonly mailId: string;
  readonly formerMailId: string;
  readonly formerTo: string | null;
  readonly audit: AuditEntry;
}

/** The method in force of an affiliate; null when the app has no such affiliate. */
export async function findPayoutMethod(db: Db, appId: string, affiliateId: string): Promise<AffiliateMethod | null> {
  const [row] = await db.query(FIND({ app: appId, affiliate: affiliateId }));
  if (row === undefined) return null;
  return { email: textOrNull(row, "email"), method: row["id"] === null ? null : toMethod(row) };
}

/**
 * The batch that puts a method in force, with its line in the audit log and the mails about it, which wait in the outbox.
 * Applied twice it ends as applied once. Read with `readPayoutMethod`.
 */
export function insertPayoutMethod(appId: string, method: NewPayoutMethod): readonly Statement[] {
  const { id, affiliateId, kind, sealedDetails, label, payer, seenId, audit } = method;
  const who = { app: appId, id, affiliate: affiliateId, now: audit.now };
  return [
    INSERT({ ...who, kind, details: sealedDetails, label, payer, actor: audit.actor, seen: seenId }),
    insertAuditOfChange(appId, audit),
    INSERT_MAIL({ ...who, mail: method.mailId, to: null }),
    ...(method.formerTo === null ? [] : [INSERT_MAIL({ ...who, mail: method.formerMailId, to: method.formerTo })]),
    READ({ app: appId, id }),
  ];
}

/** Reads the last statement of that batch: null when another method had come into force meanwhile. */
export function readPayoutMethod(results: readonly (readonly Row[])[]): PayoutMethodRow | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : toMethod(row);
}

function isChange(method: string): string {
  return `EXISTS (SELECT 1 FROM payout_method e
    WHERE e.app = ${method}.app AND e.affiliate = ${method}.affiliate AND e.seq < ${method}.seq)`;
}

const FIND = statement(`
  SELECT o.email, m.id, m.kind, m.details, m.label, m.payer, m.created_at, ${isChange("m")} AS is_change
  FROM affiliate o LEFT JOIN payout_method m ON m.app = o.app AND m.id = ${METHOD_IN_FORCE}
  WHERE o.app = :app AND o.id = :affiliate`);
const READ = statement(`
  SELECT m.*, ${isChange("m")} AS is_change FROM payout_method m WHERE m.app = :app AND m.id = :id`);
const INSERT = statement(`
  INSERT INTO payout_method (app, id, affiliate, kind, details, label, payer, actor, created_at)
  SELECT o.app, :id, o.id, :kind, :details, :label, :payer, :actor, :now FROM affiliate o
  WHERE o.app = :app AND o.id = :affiliate AND ${METHOD_IN_FORCE} IS :seen
  ON CONFLICT DO NOTHING`);
/** No word of where the money goes: a mail may be read by whoever made the change. */
const INSERT_MAIL = statement(`
  INSERT INTO outbox (app, id, kind, payload, next_at, created_at)
  SELECT o.app, :mail, 'mail', json_object('to', coalesce(:to, o.email), 'template', 'payout_method_changed',
    'affiliate', o.id, 'at', :now), :now, :now
  FROM affiliate o WHERE o.app = :app AND o.id = :affiliate AND coalesce(:to, o.email) IS NOT NULL
    AND EXISTS (SELECT 1 FROM payout_method m WHERE m.app = :app AND m.id = :id)
  ON CONFLICT DO NOTHING`);

function toMethod(row: Row): PayoutMethodRow {
  return {
    id: textOf(row, "id"),
    kind: oneOf(row, "kind", METHOD_KINDS),
    sealedDetails: textOrNull(row, "details"),
    label: textOf(row, "label"),
    payer: row["payer"] === null ? null : oneOf(row, "payer", STRIPE_PAYERS),
    createdAt: integerOf(row, "created_at"),
    isChange: integerOf(row, "is_change") === 1,
  };
}
