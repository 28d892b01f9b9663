import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement } from "./statement.ts";

export const ATTRIBUTIONS = ["last", "first"] as const;

/** What an app's owner chose for the script tag: how many days a code is kept, and whose visitor it is, the last code's or the first's. */
export interface TagChoice {
  readonly cookieDays: number;
  readonly attribution: (typeof ATTRIBUTIONS)[number];
  /** Null: never changed, these are the defaults. */
  readonly changedAt: number | null;
}

export async function findTagChoice(db: Db, appId: string): Promise<TagChoice> {
  return readTagChoice([await db.query(FIND({ app: appId }))]);
}

/** Changes what is given; null stays. */
export function writeTagChoice(
  appId: string,
  change: { cookieDays: number | null; attribution: TagChoice["attribution"] | null; now: number },
): Statement {
  return WRITE({ app: appId, cookie_days: change.cookieDays, attribution: change.attribution, now: change.now });
}

/** The last statement of a batch that changes it. Read with `readTagChoice`. */
export function askTagChoice(appId: string): Statement {
  return FIND({ app: appId });
}

export function readTagChoice(results: readonly (readonly Row[])[]): TagChoice {
  const row = results.at(-1)?.[0];
  if (row === undefined) return { cookieDays: 60, attribution: "last", changedAt: null };
  return {
    cookieDays: integerOf(row, "cookie_days"),
    attribution: oneOf(row, "attribution", ATTRIBUTIONS),
    changedAt: integerOrNull(row, "changed_at"),
  };
}

const FIND = statement("SELECT cookie_days, attribution, changed_at FROM tag_choice WHERE app = :app");
const WRITE = statement(`
  INSERT INTO tag_choice (app, cookie_days, attribution, changed_at)
  SELECT p.id, coalesce(:cookie_days, 60), coalesce(:attribution, 'last'), :now FROM app p WHERE p.id = :app
  ON CONFLICT DO UPDATE SET cookie_days = coalesce(:cookie_days, cookie_days),
    attribution = coalesce(:attribution, attribution), changed_at = :now
  WHERE coalesce(:cookie_days, cookie_days) <> cookie_days OR coalesce(:attribution, attribution) <> attribution`);
