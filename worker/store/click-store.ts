import type { Row, Statement } from "./db.ts";
import { type CallParams, LIVE_CODE } from "./call.ts";
import { CALL_APP } from "./settle.ts";
import { statement, textOf } from "./statement.ts";

export interface ClickParams extends CallParams {
  readonly hour: number;
  readonly today: number;
  readonly visitor: string;
  readonly referrer_host: string | null;
  readonly country: string | null;
  /** 0 for what is tracked but not counted: bots and prefetches. */
  readonly counts: 0 | 1;
}

/** The batch of a click: counted once per visitor, code and hour. */
export function writeClick(params: ClickParams): readonly Statement[] {
  return CLICK.map((build) => build(params));
}

/** Whether the code was live: the only thing a click's answer tells. */
export function readClick(results: readonly (readonly Row[])[]): boolean {
  return (results.at(-1) ?? []).length > 0;
}

/** The statements that make and read the salt of a UTC day, and forget those of more than two days ago. */
export function writeSalt(day: number, salt: string): readonly Statement[] {
  return SALT.map((build) => build({ day, salt }));
}

export function readSalt(results: readonly (readonly Row[])[]): string {
  const row = results.at(-1)?.[0];
  if (row === undefined) throw new Error("a salt was just written");
  return textOf(row, "salt");
}

const SALT = [
  statement("INSERT INTO visitor_salt (day, salt) VALUES (:day, :salt) ON CONFLICT DO NOTHING"),
  statement("DELETE FROM visitor_salt WHERE day < :day - 1"),
  statement("SELECT salt FROM visitor_salt WHERE day = :day"),
];

const THIS_CLICK = `app = ${CALL_APP} AND code = :code AND hour = :hour AND visitor = :visitor`;

const CLICK = [
  statement(`
    INSERT INTO click (app, code, hour, visitor, referrer_host, country)
    SELECT k.app, k.code, :hour, :visitor, :referrer_host, :country FROM (${LIVE_CODE}) k
    WHERE k.app = ${CALL_APP} AND :counts = 1
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO code_day (app, code, day, clicks)
    SELECT app, code, :today, 1 FROM click WHERE ${THIS_CLICK} AND counted = 0
    ON CONFLICT DO UPDATE SET clicks = clicks + 1`),
  statement(`UPDATE click SET counted = 1 WHERE ${THIS_CLICK}`),
  statement(`SELECT k.code FROM (${LIVE_CODE}) k WHERE k.app = ${CALL_APP}`),
];
