import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, patched, statement, textOf, textOrNull } from "./statement.ts";

export const RAILS = ["manual", "stripe"] as const;
export type Rail = (typeof RAILS)[number];
export const SCHEDULES = ["none", "weekly", "monthly"] as const;
export type Schedule = (typeof SCHEDULES)[number];
/** Whose Stripe key pays: the one that the app stored, or the installation's own. */
export type Payer = "app" | "operator";

/** How an app pays its affiliates. */
export interface PayoutPolicyRow {
  readonly appId: string;
  readonly currency: string;
  readonly mode: "live" | "test";
  readonly operatorFunded: boolean;
  readonly rail: Rail;
  readonly schedule: Schedule;
  /** Of a week (1 Monday to 7) or of a month (1 to 28). */
  readonly scheduleDay: number;
  readonly sealedStripeKey: string | null;
  readonly minimums: Readonly<Record<string, number>>;
  /** Null: never, these are the defaults. */
  readonly changedAt: number | null;
}

/** Columns to change; a key that is absent stays. */
export interface PayoutPolicyPatch {
  readonly rail?: Rail | undefined;
  readonly schedule?: Schedule | undefined;
  readonly schedule_day?: number | undefined;
  readonly stripe_key?: string | null | undefined;
}

/** An app's policy, with the schema's defaults where it has none; null without such an app. */
export async function findPayoutPolicy(db: Db, appId: string): Promise<PayoutPolicyRow | null> {
  const [row] = await db.query(FIND({ app: appId }));
  return row === undefined ? null : toPolicy(row);
}

/** The batch that changes a policy. Minimums by currency: null takes one away. Read with `readPayoutPolicy`. */
export function writePayoutPolicy(
  appId: string,
  change: {
    patch: PayoutPolicyPatch;
    minimums: Readonly<Record<string, number | null>>;
    audit: AuditEntry;
  },
): readonly Statement[] {
  const { patch, minimums, audit } = change;
  const params = { app: appId, patch: JSON.stringify(patch), minimums: JSON.stringify(minimums), now: audit.now };
  return [
    INSERT_DEFAULTS(params),
    SET_MINIMUMS(params),
    DELETE_MINIMUMS(params),
    PATCH(params),
    insertAuditOfChange(appId, audit),
    FIND(params),
  ];
}

export function readPayoutPolicy(results: readonly (readonly Row[])[]): PayoutPolicyRow | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : toPolicy(row);
}

/** Apps with a schedule, by id after one: for the job. */
export async function listScheduled(
  db: Db,
  { after, limit }: { after: string; limit: number },
): Promise<readonly { readonly appId: string; readonly schedule: Schedule; readonly scheduleDay: number }[]> {
  const rows = await db.query(LIST_SCHEDULED({ after, limit }));
  return rows.map((row) => ({
    appId: textOf(row, "app"),
    schedule: oneOf(row, "schedule", SCHEDULES),
    scheduleDay: integerOf(row, "schedule_day"),
  }));
}

const FIND = statement(`
  SELECT p.id AS app, p.currency, p.mode, p.operator_funded, coalesce(y.rail, 'manual') AS rail,
    coalesce(y.schedule, 'none') AS schedule, coalesce(y.schedule_day, 1) AS schedule_day, y.stripe_key, y.changed_at,
    (SELECT json_group_object(n.currency, n.cents) FROM payout_minimum n WHERE n.app = p.id) AS minimums
  FROM app p LEFT JOIN payout_policy y ON y.app = p.id WHERE p.id = :app`);
const INSERT_DEFAULTS = statement(`
  INSERT INTO payout_policy (app, changed_at) SELECT p.id, :now FROM app p WHERE p.id = :app ON CONFLICT DO NOTHING`);
const SET_MINIMUMS = statement(`
  INSERT INTO payout_minimum (app, currency, cents)
  SELECT p.id, k.key, k.value FROM app p, json_each(:minimums) k WHERE p.id = :app AND k.value IS NOT NULL
  ON CONFLICT DO UPDATE SET cents = excluded.cents`);
const DELETE_MINIMUMS = statement(`
  DELETE FROM payout_minimum WHERE app = :app AND currency IN (SELECT k.key FROM json_each(:minimums) k WHERE k.value IS NULL)`);
const PATCHABLE = ["rail", "schedule", "schedule_day", "stripe_key"];
const PATCH = statement(`
  UPDATE payout_policy SET ${PATCHABLE.map(patched).join(", ")}, changed_at = :now WHERE app = :app`);
const LIST_SCHEDULED = statement(`
  SELECT y.app, y.schedule, y.schedule_day FROM payout_policy y WHERE y.app > :after AND y.schedule <> 'none'
  ORDER BY y.app LIMIT :limit`);

function toPolicy(row: Row): PayoutPolicyRow {
  return {
    appId: textOf(row, "app"),
    currency: textOf(row, "currency"),
    mode: oneOf(row, "mode", ["live", "test"]),
    operatorFunded: integerOf(row, "operator_funded") === 1,
    rail: oneOf(row, "rail", RAILS),
    schedule: oneOf(row, "schedule", SCHEDULES),
    scheduleDay: integerOf(row, "schedule_day"),
    sealedStripeKey: textOrNull(row, "stripe_key"),
    minimums: minimumsOf(textOf(row, "minimums")),
    changedAt: integerOrNull(row, "changed_at"),
  };
}

function minimumsOf(json: string): Readonly<Record<string, number>> {
  const value: unknown = JSON.parse(json);
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
