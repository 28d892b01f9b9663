import { type Flag, FLAGS, type StoredFlag } from "../domain/flags.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** What to set of the flags: null gives one back to whatever stands behind it, and what is absent stays. */
export type FlagChange = Readonly<Partial<Record<Flag, boolean | null>>>;

/** A change of the installation's flags: who, when and what. The audit log is an app's, so these are kept beside the flags. */
export interface FlagLine {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly set: FlagChange;
}

/** Changes of the installation's flags that are kept. */
const MAX_LINES = 50;

/** The names in the database. */
const NAMES: Readonly<Record<Flag, "platform_referrals" | "settings_affiliates">> = {
  platformReferrals: "platform_referrals",
  settingsAffiliates: "settings_affiliates",
};

/** The columns that `toStoredFlags` reads, for an expression that is an app's id. */
export function flagColumns(app: string): string {
  return FLAGS.map((flag) => {
    const name = NAMES[flag];
    return `
      (SELECT f.enabled FROM app_flag f WHERE f.app = ${app} AND f.flag = '${name}') AS app_${name},
      (SELECT s.value FROM setting s WHERE s.key = '${keyOf(flag)}') AS all_${name}`;
  }).join(", ");
}

/** A flag as it stands for an expression that is an app's id, 0 or 1; `:NAME` of the flag is what the environment begins with. */
export function flagInForce(app: string, flag: Flag): string {
  const name = NAMES[flag];
  return `coalesce((SELECT f.enabled FROM app_flag f WHERE f.app = ${app} AND f.flag = '${name}'),
    (SELECT CAST(s.value AS INTEGER) FROM setting s WHERE s.key = '${keyOf(flag)}'), :${name})`;
}

export function toStoredFlags(row: Row): Readonly<Record<Flag, StoredFlag>> {
  return {
    platformReferrals: toStored(row, "platformReferrals"),
    settingsAffiliates: toStored(row, "settingsAffiliates"),
  };
}

/** What the installation says of the flags, and its last changes, newest first. */
export async function readInstallationFlags(
  db: Db,
): Promise<{ readonly stored: Readonly<Record<Flag, StoredFlag>>; readonly lines: readonly FlagLine[] }> {
  const [rows, lines] = await Promise.all([db.query(READ({})), db.query(LINES({}))]);
  const [row] = rows;
  if (row === undefined) throw new Error("a SELECT without FROM has one row");
  return { stored: toStoredFlags(row), lines: lines.map(toLine) };
}

/** The batch that sets the installation's flags and keeps the line that tells of it; the same line is kept once. */
export function writeInstallationFlags({ id, at, actor, set }: FlagLine): readonly Statement[] {
  const line = JSON.stringify({ id, at, actor, set });
  return [...changesIn(set).map(([flag, enabled]) => setForAll(flag, enabled)), KEEP_LINE({ id, line })];
}

/** For the batch that changes an app: sets its own flags. */
export function writeAppFlags(appId: string, set: FlagChange): readonly Statement[] {
  return changesIn(set).map(([flag, enabled]) =>
    enabled === null
      ? UNSET_OF_APP({ app: appId, flag: NAMES[flag] })
      : SET_OF_APP({ app: appId, flag: NAMES[flag], enabled: Number(enabled) }),
  );
}

function changesIn(set: FlagChange): readonly (readonly [Flag, boolean | null])[] {
  return FLAGS.flatMap((flag) => {
    const enabled = set[flag];
    return enabled === undefined ? [] : [[flag, enabled] as const];
  });
}

function setForAll(flag: Flag, enabled: boolean | null): Statement {
  const key = keyOf(flag);
  return enabled === null ? UNSET({ key }) : SET({ key, value: String(Number(enabled)) });
}

function keyOf(flag: Flag): string {
  return `flag.${NAMES[flag]}`;
}

function toStored(row: Row, flag: Flag): StoredFlag {
  const ofApp = integerOrNull(row, `app_${NAMES[flag]}`);
  const ofAll = textOrNull(row, `all_${NAMES[flag]}`);
  return { app: ofApp === null ? null : ofApp === 1, installation: ofAll === null ? null : ofAll === "1" };
}

function toLine(row: Row): FlagLine {
  const set: FlagChange = JSON.parse(textOf(row, "changed"));
  return { id: textOf(row, "id"), at: integerOf(row, "at"), actor: textOf(row, "actor"), set };
}

const READ = statement(`SELECT ${flagColumns("NULL")}`);
const LINES = statement(`
  SELECT e.value ->> 'id' AS id, e.value ->> 'at' AS at, e.value ->> 'actor' AS actor, e.value -> 'set' AS changed
  FROM setting s, json_each(s.value) e WHERE s.key = 'flag.changes' ORDER BY e.key DESC`);
const SET = statement(`
  INSERT INTO setting (key, value) VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value`);
const UNSET = statement("DELETE FROM setting WHERE key = :key");
const KEEP_LINE = statement(`
  INSERT INTO setting (key, value) VALUES ('flag.changes', json_array(json(:line)))
  ON CONFLICT DO UPDATE SET value = json_insert(
    iif(json_array_length(value) >= ${MAX_LINES}, json_remove(value, '$[0]'), value), '$[#]', json(:line))
  WHERE NOT EXISTS (SELECT 1 FROM json_each(setting.value) e WHERE e.value ->> 'id' = :id)`);
const SET_OF_APP = statement(`
  INSERT INTO app_flag (app, flag, enabled) VALUES (:app, :flag, :enabled)
  ON CONFLICT DO UPDATE SET enabled = excluded.enabled`);
const UNSET_OF_APP = statement("DELETE FROM app_flag WHERE app = :app AND flag = :flag");
