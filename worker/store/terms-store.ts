import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** The owner's own terms: version 0 and no text where they never gave any, no text too where they took them away. */
export interface ProgramTerms {
  readonly version: number;
  readonly text: string;
  /** Null: never given. */
  readonly createdAt: number | null;
}

/** The version in force. */
export async function findTerms(db: Db, appId: string): Promise<ProgramTerms> {
  return readTerms([await db.query(FIND({ app: appId }))]);
}

/** One more version, unless its text is that of the version in force: so a repeated batch makes one. */
export function insertTerms(appId: string, terms: { text: string; actor: string; now: number }): Statement {
  return INSERT({ app: appId, ...terms });
}

/** The last statement of a batch that changes the terms. Read with `readTerms`. */
export function askTerms(appId: string): Statement {
  return FIND({ app: appId });
}

export function readTerms(results: readonly (readonly Row[])[]): ProgramTerms {
  const row = results.at(-1)?.[0];
  if (row === undefined) return { version: 0, text: "", createdAt: null };
  return { version: integerOf(row, "version"), text: textOf(row, "text"), createdAt: integerOf(row, "created_at") };
}

/** What an affiliate accepted: the version of the owner's terms, 0 for none, and the program in numbers as they saw it. */
export interface Acceptance {
  readonly version: number;
  readonly shown: Readonly<Record<string, string | number | null>>;
}

/** An acceptance by an affiliate who is there; of the same version once. */
export function insertAcceptance(
  appId: string,
  affiliateId: string,
  { version, shown, now }: Acceptance & { now: number },
): Statement {
  return ACCEPT({ app: appId, affiliate: affiliateId, version, shown: JSON.stringify(shown), now });
}

/** The bound makes it a search, which the first row ends. */
const LATEST = "FROM program_terms t WHERE t.app = :app AND t.version > 0 ORDER BY t.version DESC LIMIT 1";
const FIND = statement(`SELECT t.version, t.text, t.created_at ${LATEST}`);
const INSERT = statement(`
  INSERT INTO program_terms (app, version, text, actor, created_at)
  SELECT p.id, coalesce((SELECT t.version ${LATEST}), 0) + 1, :text, :actor, :now
  FROM app p WHERE p.id = :app AND :text <> coalesce((SELECT t.text ${LATEST}), '')`);
const ACCEPT = statement(`
  INSERT INTO terms_acceptance (app, affiliate, version, shown, accepted_at)
  SELECT a.app, a.id, :version, :shown, :now FROM affiliate a WHERE a.app = :app AND a.id = :affiliate
  ON CONFLICT DO NOTHING`);
