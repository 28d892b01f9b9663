import { type CreditProgram, QUALIFYING_EVENTS, REFERRING_ACCOUNTS } from "../domain/credit-program.ts";
import type { Flag, StoredFlag } from "../domain/flags.ts";
import type { NextRate } from "../domain/rate.ts";
import type { ConversionsMode } from "../domain/trust.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { flagColumns, toStoredFlags } from "./flag-store.ts";
import { toNextRate, rateInForce } from "./rate-columns.ts";
import { integerOf, integerOrNull, oneOf, patched, statement, textOf, textOrNull } from "./statement.ts";

/** A tenant and its program: the rules its conversions are recorded under. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly mode: "live" | "test";
  readonly currency: string;
  readonly domain: string | null;
  readonly rateBps: number;
  readonly nextRate: NextRate | null;
  readonly holdingDays: number;
  /** Null: the installation's default. */
  readonly platformFeeBps: number | null;
  readonly maxMonths: number | null;
  readonly conversions: ConversionsMode;
  readonly origins: readonly string[];
  readonly maxEventCents: number | null;
  readonly maxDayCents: number | null;
  readonly dedupeSeconds: number;
  readonly newCustomersOnly: boolean;
  readonly approval: "auto" | "manual";
  readonly operatorFunded: boolean;
  readonly credits: CreditProgram;
  readonly flags: Readonly<Record<Flag, StoredFlag>>;
  readonly createdAt: number;
}

/** What a new app is made of; everything else begins with the schema's defaults. */
export type NewApp = Pick<App, "id" | "name" | "mode" | "currency" | "domain" | "rateBps"> & {
  readonly actor: string;
  readonly now: number;
};

/** Settings to change, by column; a key that is absent stays, a null clears. */
export type AppPatch = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

export function insertApp(app: NewApp): readonly Statement[] {
  return [
    INSERT_APP({
      id: app.id,
      name: app.name,
      mode: app.mode,
      currency: app.currency,
      domain: app.domain,
      now: app.now,
    }),
    insertRate(app.id, { affiliateId: null, bps: app.rateBps, actor: app.actor, from: app.now }),
  ];
}

/** A rate from an instant on; earlier payments keep theirs. `bps` null gives an affiliate the app's rate again. */
export function insertRate(
  appId: string,
  rate: { affiliateId: string | null; bps: number | null; actor: string; from: number },
): Statement {
  return INSERT_RATE({
    app: appId,
    affiliate: rate.affiliateId ?? "",
    bps: rate.bps,
    actor: rate.actor,
    from: rate.from,
  });
}

/** Changes settings in place, each on its own, so that two changes at once do not undo each other. */
export function patchApp(appId: string, patch: AppPatch): Statement {
  return PATCH_APP({ app: appId, patch: JSON.stringify(patch) });
}

/** Whether any app takes calls from the pages of this origin. */
export async function isListedOrigin(db: Db, origin: string): Promise<boolean> {
  return (await db.query(FIND_ORIGIN({ origin }))).length > 0;
}

/** An app with the rate in force at `now`. */
export async function findApp(db: Db, appId: string, now: number): Promise<App | null> {
  const [row] = await db.query(FIND_APP({ app: appId, now }));
  return row === undefined ? null : toApp(row);
}

/** Apps by age after a cursor, at most `limit`. */
export async function listApps(
  db: Db,
  { after, limit, now }: { after: Cursor; limit: number; now: number },
): Promise<readonly App[]> {
  return (await db.query(LIST_APPS({ at: after.at, id: after.id, limit, now }))).map(toApp);
}

/** The apps that an address is an affiliate of, at most `limit`, by the newest of them. */
export async function listAppsOfAffiliate(
  db: Db,
  email: string,
  { limit, now }: { limit: number; now: number },
): Promise<readonly App[]> {
  return (await db.query(LIST_APPS_OF_AFFILIATE({ email, limit, now }))).map(toApp);
}

/** The app a code belongs to, whatever the code's state. */
export async function findAppOfCode(db: Db, code: string, now: number): Promise<App | null> {
  const [row] = await db.query(FIND_APP_OF_CODE({ code, now }));
  return row === undefined ? null : toApp(row);
}

/** What `toApp` reads of an app `p`, at `:now`. */
export const APP_COLUMNS = `p.*, ${rateInForce("p.id", "''")}, ${flagColumns("p.id")}`;

const INSERT_APP = statement(`
  INSERT INTO app (id, name, mode, currency, domain, created_at) VALUES (:id, :name, :mode, :currency, :domain, :now)
  ON CONFLICT DO NOTHING`);
const INSERT_RATE = statement(`
  INSERT INTO rate (app, affiliate, bps, effective_from, actor) VALUES (:app, :affiliate, :bps, :from, :actor)`);
const FIND_APP = statement(`SELECT ${APP_COLUMNS} FROM app p WHERE p.id = :app`);
const FIND_ORIGIN = statement("SELECT 1 AS listed FROM app_origin o WHERE o.origin = :origin LIMIT 1");
const FIND_APP_OF_CODE = statement(`SELECT ${APP_COLUMNS} FROM code k JOIN app p ON p.id = k.app WHERE k.code = :code`);
const LIST_APPS = statement(
  `SELECT ${APP_COLUMNS} FROM app p WHERE (p.created_at, p.id) > (:at, :id) ORDER BY p.created_at, p.id LIMIT :limit`,
);

const LIST_APPS_OF_AFFILIATE = statement(`
  SELECT ${APP_COLUMNS} FROM affiliate a JOIN app p ON p.id = a.app
  WHERE a.email = :email ORDER BY a.created_at DESC LIMIT :limit`);

const PATCHABLE = [
  "name",
  "currency",
  "domain",
  "conversions",
  "origins",
  "max_event_cents",
  "max_day_cents",
  "new_customers_only",
  "approval",
  "holding_days",
  "platform_fee_bps",
  "max_months",
  "dedupe_seconds",
  "operator_funded",
  "credit_referrer_award",
  "credit_referee_award",
  "credit_cap",
  "credit_qualifying_event",
  "credit_bonus_when_capped",
  "credit_pending_days",
  "credit_accounts",
  "credit_countries",
  "credit_share_url",
  "credit_about",
];
const PATCH_APP = statement(`UPDATE app SET ${PATCHABLE.map(patched).join(", ")} WHERE id = :app`);

export function toApp(row: Row): App {
  return {
    id: textOf(row, "id"),
    name: textOf(row, "name"),
    mode: oneOf(row, "mode", ["live", "test"]),
    currency: textOf(row, "currency"),
    domain: textOrNull(row, "domain"),
    rateBps: integerOf(row, "rate_bps"),
    nextRate: toNextRate(row),
    holdingDays: integerOf(row, "holding_days"),
    platformFeeBps: integerOrNull(row, "platform_fee_bps"),
    maxMonths: integerOrNull(row, "max_months"),
    conversions: oneOf(row, "conversions", ["open", "matched", "keyed"]),
    origins: stringList(textOf(row, "origins")),
    maxEventCents: integerOrNull(row, "max_event_cents"),
    maxDayCents: integerOrNull(row, "max_day_cents"),
    dedupeSeconds: integerOf(row, "dedupe_seconds"),
    newCustomersOnly: integerOf(row, "new_customers_only") === 1,
    approval: oneOf(row, "approval", ["auto", "manual"]),
    operatorFunded: integerOf(row, "operator_funded") === 1,
    credits: toCreditProgram(row),
    flags: toStoredFlags(row),
    createdAt: integerOf(row, "created_at"),
  };
}

function toCreditProgram(row: Row): CreditProgram {
  return {
    referrerAward: integerOf(row, "credit_referrer_award"),
    refereeAward: integerOf(row, "credit_referee_award"),
    cap: integerOf(row, "credit_cap"),
    qualifyingEvent: oneOf(row, "credit_qualifying_event", QUALIFYING_EVENTS),
    bonusWhenCapped: integerOf(row, "credit_bonus_when_capped") === 1,
    pendingDays: integerOrNull(row, "credit_pending_days"),
    accounts: oneOf(row, "credit_accounts", REFERRING_ACCOUNTS),
    countries: stringList(textOf(row, "credit_countries")),
    shareUrl: textOrNull(row, "credit_share_url"),
    about: textOrNull(row, "credit_about"),
  };
}

/** The strings of a JSON array column. */
export function stringList(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
