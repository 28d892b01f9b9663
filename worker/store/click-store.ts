import { stringList } from "./app-store.ts";
import type { Db, Row, Statement } from "./db.ts";
import { type CallParams, KNOWN_CODE } from "./call.ts";
import { CALL_APP } from "./settle.ts";
import { integerOf, integerOrNull, statement, textOf } from "./statement.ts";

export interface ClickParams extends CallParams {
  readonly hour: number;
  readonly visitor: string;
  readonly referrer_host: string | null;
  readonly country: string | null;
  /** 0 for what is tracked but not counted: bots and prefetches. */
  readonly counts: 0 | 1;
}

/** The batch of a click: counted once per visitor, code and hour, by the trigger on its row. */
export function writeClick(params: ClickParams): readonly Statement[] {
  return CLICK.map((build) => build(params));
}

/** Whether the code was live: the only thing a click's answer tells. */
export function readClick(results: readonly (readonly Row[])[]): boolean {
  return (results.at(-1) ?? []).length > 0;
}

/** A code by which somebody can come now. */
export interface LiveCode {
  readonly appId: string;
  readonly expiresAt: number | null;
  /** The origins whose pages alone the app takes calls from; none: of all. */
  readonly origins: readonly string[];
}

/** Whose a folded code is, if it is live: a code says its app. */
export async function findLiveCode(db: Db, { code, now }: { code: string; now: number }): Promise<LiveCode | null> {
  const [row] = await db.query(FIND_LIVE({ code, now }));
  if (row === undefined) return null;
  return {
    appId: textOf(row, "app"),
    expiresAt: integerOrNull(row, "expires_at"),
    origins: stringList(textOf(row, "origins")),
  };
}

/** A click of an app that counts: its code was live when it was made. */
export interface CountedClick {
  readonly code: string;
  readonly hour: number;
  readonly visitor: string;
  readonly referrerHost: string | null;
  readonly country: string | null;
}

/** The batch of an app's clicks, of any days: each counts once, however often it is given, here or in another batch. */
export function writeCountedClicks(appId: string, clicks: readonly CountedClick[]): readonly Statement[] {
  return [INSERT_COUNTED({ app: appId, clicks: JSON.stringify(clicks) })];
}

/** The statements that make the salt of a UTC day, if there is none, and read it. */
export function writeSalt(day: number, salt: string): readonly Statement[] {
  return SALT.map((build) => build({ day, salt }));
}

/** Deletes the salts of a UTC day and of all before it. */
export function forgetSalts(throughDay: number): Statement {
  return FORGET_SALTS({ day: throughDay });
}

export function readSalt(results: readonly (readonly Row[])[]): string {
  const row = results.at(-1)?.[0];
  if (row === undefined) throw new Error("a salt was just written");
  return textOf(row, "salt");
}

/** A code, and whether it has clicks of before the hour that was asked for. */
export interface CodeOfClicks {
  readonly appId: string;
  readonly code: string;
  readonly hasOld: boolean;
}

/** The codes of all apps after a code, in their order, at most `limit`. */
export async function listCodesOfClicks(
  db: Db,
  { after, beforeHour, limit }: { after: string; beforeHour: number; limit: number },
): Promise<readonly CodeOfClicks[]> {
  const rows = await db.query(CODES({ after, before_hour: beforeHour, limit }));
  return rows.map((row) => ({
    appId: textOf(row, "app"),
    code: textOf(row, "code"),
    hasOld: integerOf(row, "has_old") === 1,
  }));
}

/** Deletes at most `limit` of a code's clicks of before an hour. Run twice it deletes more of them: all are to go. */
export function deleteOldClicks(
  appId: string,
  { code, beforeHour, limit }: { code: string; beforeHour: number; limit: number },
): readonly Statement[] {
  return FORGET_CLICKS.map((build) => build({ app: appId, code, before_hour: beforeHour, limit }));
}

/** Whether some of them are left. */
export function readIsLeft(results: readonly (readonly Row[])[]): boolean {
  return (results.at(-1) ?? []).length > 0;
}

const SALT = [
  statement("INSERT INTO visitor_salt (day, salt) VALUES (:day, :salt) ON CONFLICT DO NOTHING"),
  statement("SELECT salt FROM visitor_salt WHERE day = :day"),
];
const FORGET_SALTS = statement("DELETE FROM visitor_salt WHERE day <= :day");

/**
 * What a click's row says where the trigger of 0019 counts it. Without that migration it is nothing, and the row is refused: a
 * Worker that was deployed before its database is brought up to date loses no clicks unnoticed, and a queue keeps them.
 */
const COUNTED = "(SELECT 1 FROM migration WHERE name = '0019_click_count')";

const CLICK = [
  statement(`
    INSERT INTO click (app, code, hour, visitor, referrer_host, country, counted)
    SELECT k.app, k.code, :hour, :visitor, :referrer_host, :country, ${COUNTED} FROM (${KNOWN_CODE}) k
    WHERE k.app = ${CALL_APP} AND :counts = 1
    ON CONFLICT DO NOTHING`),
  statement(`SELECT k.code FROM (${KNOWN_CODE}) k WHERE k.app = ${CALL_APP}`),
];

const FIND_LIVE = statement(`
  SELECT k.app, k.expires_at, p.origins FROM (${KNOWN_CODE}) live JOIN code k ON k.code = live.code JOIN app p ON p.id = k.app`);

const INSERT_COUNTED = statement(`
  INSERT INTO click (app, code, hour, visitor, referrer_host, country, counted)
  SELECT :app, n.value ->> 'code', n.value ->> 'hour', n.value ->> 'visitor',
    n.value ->> 'referrerHost', n.value ->> 'country', ${COUNTED}
  FROM json_each(:clicks) n WHERE true
  ON CONFLICT DO NOTHING`);

const OLD_CLICKS = "FROM click c WHERE c.app = :app AND c.code = :code AND c.hour < :before_hour";

const CODES = statement(`
  SELECT k.app, k.code, EXISTS (
    SELECT 1 FROM click c WHERE c.app = k.app AND c.code = k.code AND c.hour < :before_hour) AS has_old
  FROM code k WHERE k.code > :after ORDER BY k.code LIMIT :limit`);

const FORGET_CLICKS = [
  statement(`
    DELETE FROM click WHERE (app, code, hour, visitor) IN (
      SELECT c.app, c.code, c.hour, c.visitor ${OLD_CLICKS} LIMIT :limit)`),
  statement(`SELECT 1 ${OLD_CLICKS} LIMIT 1`),
];
