import { stringList } from "./app-store.ts";
import type { Db, Row, Statement } from "./db.ts";
import { IS_INVITED } from "./invitation-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf } from "./statement.ts";

/** Who may join an app's program by themselves. */
export interface JoinPolicy {
  /** Everybody, the accounts on the app's list, or nobody. */
  readonly accounts: "all" | "listed" | "none";
  /** ISO 3166-1 alpha-2, in capitals; none: from everywhere. */
  readonly countries: readonly string[];
  /** Null: never changed. */
  readonly changedAt: number | null;
}

/** Why somebody may not join: nobody may, their account is not on the list, their country is not (or nobody said which). */
export type JoinRefusal = "closed" | "account" | "country";

/**
 * Why the policy `j` of the app `p` lets somebody not in, or null: the twin in words is services/affiliates/join-affiliate.ts.
 * Whoever is an affiliate, or invited, is never refused.
 */
export const JOIN_REFUSAL = `
  CASE
    WHEN EXISTS (SELECT 1 FROM affiliate o WHERE o.app = p.id AND o.account_id = :account_id) THEN NULL
    WHEN EXISTS (SELECT 1 FROM affiliate o WHERE o.app = p.id AND o.email = :email) THEN NULL
    WHEN ${IS_INVITED} THEN NULL
    WHEN j.accounts = 'none' THEN 'closed'
    WHEN j.accounts = 'listed' AND NOT EXISTS (SELECT 1 FROM join_account l WHERE l.app = p.id AND l.account_id = :account_id)
      THEN 'account'
    WHEN j.countries <> '[]' AND coalesce(:country, '') NOT IN (SELECT c.value FROM json_each(j.countries) c) THEN 'country'
  END`;

/** The last statement of a batch in which somebody joins: why they may not. Read with `readRefusal`. */
export function askRefusal(
  appId: string,
  by: {
    readonly accountId: string | null;
    readonly email: string | null;
    readonly country: string | null;
    /** True once a code has shown that the e-mail is theirs. */
    readonly provenEmail?: boolean;
  },
): Statement {
  const { accountId, email, country, provenEmail = false } = by;
  return ASK_REFUSAL({ app: appId, account_id: accountId, email, country, proven: provenEmail ? 1 : 0 });
}

export function readRefusal(results: readonly (readonly Row[])[]): JoinRefusal | null {
  const row = results.at(-1)?.[0];
  if (row === undefined || row["refusal"] === null) return null;
  return oneOf(row, "refusal", ["closed", "account", "country"]);
}

/** What an app that never said anything has too: everybody, from everywhere. */
export async function findJoinPolicy(db: Db, appId: string): Promise<JoinPolicy> {
  const [row] = await db.query(FIND_POLICY({ app: appId }));
  return row === undefined ? { accounts: "all", countries: [], changedAt: null } : toPolicy(row);
}

/** Changes what is given of the policy; null stays. */
export function writeJoinPolicy(
  appId: string,
  change: { accounts: JoinPolicy["accounts"] | null; countries: readonly string[] | null; now: number },
): Statement {
  const { accounts, countries, now } = change;
  return WRITE_POLICY({ app: appId, accounts, countries: countries === null ? null : JSON.stringify(countries), now });
}

export interface JoinAccount {
  readonly accountId: string;
  readonly createdAt: number;
}

/** The accounts on an app's list, in their order, at most `limit` after one (the empty text: from the first). */
export async function listJoinAccounts(
  db: Db,
  appId: string,
  { after, limit }: { after: string; limit: number },
): Promise<readonly JoinAccount[]> {
  const rows = await db.query(LIST_ACCOUNTS({ app: appId, after, limit }));
  return rows.map((row) => ({ accountId: textOf(row, "account_id"), createdAt: integerOf(row, "created_at") }));
}

export function insertJoinAccount(appId: string, { accountId, now }: { accountId: string; now: number }): Statement {
  return INSERT_ACCOUNT({ app: appId, account_id: accountId, now });
}

export function deleteJoinAccount(appId: string, accountId: string): Statement {
  return DELETE_ACCOUNT({ app: appId, account_id: accountId });
}

const ASK_REFUSAL = statement(`
  SELECT ${JOIN_REFUSAL} AS refusal FROM app p LEFT JOIN join_policy j ON j.app = p.id WHERE p.id = :app`);
const FIND_POLICY = statement("SELECT accounts, countries, changed_at FROM join_policy WHERE app = :app");
const WRITE_POLICY = statement(`
  INSERT INTO join_policy (app, accounts, countries, changed_at)
  VALUES (:app, coalesce(:accounts, 'all'), coalesce(:countries, '[]'), :now)
  ON CONFLICT DO UPDATE SET accounts = coalesce(:accounts, accounts), countries = coalesce(:countries, countries),
    changed_at = :now`);
const LIST_ACCOUNTS = statement(`
  SELECT account_id, created_at FROM join_account WHERE app = :app AND account_id > :after
  ORDER BY account_id LIMIT :limit`);
const INSERT_ACCOUNT = statement(`
  INSERT INTO join_account (app, account_id, created_at) VALUES (:app, :account_id, :now) ON CONFLICT DO NOTHING`);
const DELETE_ACCOUNT = statement("DELETE FROM join_account WHERE app = :app AND account_id = :account_id");

function toPolicy(row: Row): JoinPolicy {
  return {
    accounts: oneOf(row, "accounts", ["all", "listed", "none"]),
    countries: stringList(textOf(row, "countries")),
    changedAt: integerOrNull(row, "changed_at"),
  };
}
