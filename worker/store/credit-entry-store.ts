import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, oneOf, statement, textOf } from "./statement.ts";

export const CREDIT_KINDS = [
  "referrer_award",
  "referee_award",
  "referrer_revoked",
  "referee_revoked",
  "spend",
] as const;

/** A movement of an account's credits. */
export interface CreditEntry {
  readonly id: string;
  readonly kind: (typeof CREDIT_KINDS)[number];
  /** The redemption's id; of a spend the caller's reference. */
  readonly cause: string;
  /** Negative: taken. */
  readonly amount: number;
  readonly createdAt: number;
}

/** What an account has: `balance` = `awarded` − `revoked` − `spent`, and may be negative after a revocation. */
export interface CreditBalance {
  readonly balance: number;
  readonly awarded: number;
  readonly revoked: number;
  readonly spent: number;
}

/** The batch that spends an account's credits under a reference: once, and only as far as they are there. Read with `readSpent`. */
export function writeSpend(
  appId: string,
  spend: { id: string; account: string; amount: number; reference: string; now: number },
): readonly Statement[] {
  const { id, account, amount, reference, now } = spend;
  const params = { app: appId, id, account, amount, reference, now };
  return [SPEND(params), READ_SPEND(params), READ_BALANCE(params)];
}

/** The account's spend under the reference, and its balance after it. */
export interface Spent {
  readonly entry: CreditEntry | null;
  readonly balance: number;
}

export function readSpent(results: readonly (readonly Row[])[]): Spent {
  const [entry, account] = results.slice(-2).map((rows) => rows[0]);
  return {
    entry: entry === undefined ? null : toEntry(entry),
    balance: account === undefined ? 0 : integerOf(account, "balance"),
  };
}

/** An account's balance and its movements, newest first after a cursor, at most `limit`. */
export async function readAccountCredits(
  db: Db,
  appId: string,
  { account, after, limit }: { account: string; after: Cursor; limit: number },
): Promise<CreditBalance & { readonly entries: readonly CreditEntry[] }> {
  const [sums, entries] = await Promise.all([
    db.query(SUMS({ app: appId, account })),
    db.query(LIST({ app: appId, account, at: after.at, id: after.id, limit })),
  ]);
  const [row] = sums;
  const sum = (column: string) => (row === undefined ? 0 : integerOf(row, column));
  return {
    balance: sum("balance"),
    awarded: sum("awarded"),
    revoked: sum("revoked"),
    spent: sum("spent"),
    entries: entries.map(toEntry),
  };
}

const SPEND = statement(`
  INSERT INTO credit_entry (app, kind, cause, id, account, amount, created_at)
  SELECT a.app, 'spend', :reference, :id, a.account, -:amount, :now FROM credit_account a
  WHERE a.app = :app AND a.account = :account AND a.balance >= :amount
  ON CONFLICT DO NOTHING`);
const READ_SPEND = statement(`
  SELECT * FROM credit_entry WHERE app = :app AND kind = 'spend' AND cause = :reference AND account = :account`);
const READ_BALANCE = statement("SELECT balance FROM credit_account WHERE app = :app AND account = :account");
const SUMS = statement(`
  SELECT balance, balance + revoked + spent AS awarded, revoked, spent FROM credit_account WHERE app = :app AND account = :account`);
const LIST = statement(`
  SELECT e.* FROM credit_entry e INDEXED BY credit_entry_by_account
  WHERE e.app = :app AND e.account = :account AND (e.created_at, e.id) < (:at, :id)
  ORDER BY e.created_at DESC, e.id DESC LIMIT :limit`);

function toEntry(row: Row): CreditEntry {
  return {
    id: textOf(row, "id"),
    kind: oneOf(row, "kind", CREDIT_KINDS),
    cause: textOf(row, "cause"),
    amount: integerOf(row, "amount"),
    createdAt: integerOf(row, "created_at"),
  };
}
