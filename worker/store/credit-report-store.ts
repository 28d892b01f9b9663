import { mayRefer } from "./credit-account-store.ts";
import { CREDIT_KINDS, type CreditEntry } from "./credit-entry-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { type Redemption, REDEMPTION_COLUMNS, toRedemption } from "./redemption-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** What an app's friend credits come to. */
export interface CreditTotals {
  /** Ever awarded, to both sides. */
  readonly awarded: number;
  readonly takenBack: number;
  readonly spent: number;
  /** What its accounts may still spend: a balance below zero takes nothing from another's. */
  readonly open: number;
  /** Redemptions by how they stand. */
  readonly redemptions: Readonly<Record<Redemption["status"], number>>;
}

export async function readCreditTotals(db: Db, appId: string): Promise<CreditTotals> {
  const [row] = await db.query(TOTALS({ app: appId }));
  const number = (column: string) => (row === undefined ? 0 : integerOf(row, column));
  return {
    awarded: number("awarded"),
    takenBack: number("taken_back"),
    spent: number("spent"),
    open: number("open"),
    redemptions: {
      pending: number("pending"),
      successful: number("successful"),
      capped: number("capped"),
      revoked: number("revoked"),
    },
  };
}

/** What is known of an account in a program of friend credits. */
export interface CreditStanding {
  /** Whether it may bring friends now. */
  readonly mayRefer: boolean;
  /** Null: it never had a code, credits or a friend. */
  readonly account: {
    readonly balance: number;
    /** Earned with friends, over its lifetime: what the cap counts. */
    readonly earned: number;
    readonly spent: number;
    /** Its code, null while it has none that works. */
    readonly ref: string | null;
    readonly createdAt: number;
  } | null;
}

/** Null: no such app. */
export async function findCreditStanding(db: Db, appId: string, account: string): Promise<CreditStanding | null> {
  const [row] = await db.query(STANDING({ app: appId, account }));
  if (row === undefined) return null;
  const createdAt = integerOrNull(row, "created_at");
  return {
    mayRefer: integerOf(row, "may_refer") === 1,
    account:
      createdAt === null
        ? null
        : {
            balance: integerOf(row, "balance"),
            earned: integerOf(row, "earned"),
            spent: integerOf(row, "spent"),
            ref: textOrNull(row, "ref"),
            createdAt,
          },
  };
}

/** Who brought an account; null: nobody. */
export async function findRedemptionOfFriend(
  db: Db,
  appId: string,
  { account, now }: { account: string; now: number },
): Promise<Redemption | null> {
  const [row] = await db.query(OF_FRIEND({ app: appId, account, now }));
  return row === undefined ? null : toRedemption(row);
}

/** The friends that an account brought, newest first after a cursor, at most `limit`. */
export async function listFriends(
  db: Db,
  appId: string,
  { account, after, limit, now }: { account: string; after: Cursor; limit: number; now: number },
): Promise<readonly Redemption[]> {
  return (await db.query(FRIENDS({ app: appId, account, at: after.at, id: after.id, limit, now }))).map(toRedemption);
}

/** A movement with what it was for. */
export interface CreditMovement extends CreditEntry {
  readonly account: string;
  /** The account on the other side; null of what was spent. */
  readonly other: string | null;
  /** Why it was taken back. */
  readonly reason: string | null;
}

/** An account's movements, newest first after a cursor, at most `limit`. */
export async function listMovements(
  db: Db,
  appId: string,
  { account, after, limit }: { account: string; after: Cursor; limit: number },
): Promise<readonly CreditMovement[]> {
  return (await db.query(MOVEMENTS({ app: appId, account, at: after.at, id: after.id, limit }))).map(toMovement);
}

/** What a redemption moved, at most four movements, the oldest first. */
export async function listMovementsOfRedemption(
  db: Db,
  appId: string,
  redemptionId: string,
): Promise<readonly CreditMovement[]> {
  return (await db.query(OF_REDEMPTION({ app: appId, redemption: redemptionId }))).map(toMovement);
}

const TOTALS = statement("SELECT t.* FROM credit_total t WHERE t.app = :app");
const STANDING = statement(`
  SELECT ${mayRefer(":account")} AS may_refer, a.balance, a.earned, a.spent, a.created_at,
    (SELECT k.ref FROM code k WHERE k.code = a.code AND k.state = 'active') AS ref
  FROM app p LEFT JOIN credit_account a ON a.app = p.id AND a.account = :account WHERE p.id = :app`);

const FROM_REDEMPTION = "FROM redemption r CROSS JOIN app p WHERE r.app = :app AND p.id = r.app";
const OF_FRIEND = statement(`SELECT ${REDEMPTION_COLUMNS} ${FROM_REDEMPTION} AND r.referred_account = :account`);
// The time by itself is what the index knows; the id says where within a millisecond.
const FRIENDS = statement(`
  SELECT ${REDEMPTION_COLUMNS} FROM redemption r INDEXED BY redemption_by_referrer CROSS JOIN app p
  WHERE r.app = :app AND p.id = r.app AND r.referrer_account = :account AND r.created_at <= :at
    AND (r.created_at, r.id) < (:at, :id)
  ORDER BY r.created_at DESC, r.id DESC LIMIT :limit`);

const MOVEMENT = `
  e.*, iif(e.account = r.referrer_account, r.referred_account, r.referrer_account) AS other,
  iif(e.amount < 0, r.reason, NULL) AS reason
  FROM credit_entry e`;
const ITS_REDEMPTION = "LEFT JOIN redemption r ON r.app = e.app AND r.id = e.cause AND e.kind <> 'spend'";
const MOVEMENTS = statement(`
  SELECT ${MOVEMENT} INDEXED BY credit_entry_by_account ${ITS_REDEMPTION}
  WHERE e.app = :app AND e.account = :account AND (e.created_at, e.id) < (:at, :id)
  ORDER BY e.created_at DESC, e.id DESC LIMIT :limit`);
const OF_REDEMPTION = statement(`
  SELECT ${MOVEMENT} ${ITS_REDEMPTION}
  WHERE e.app = :app AND e.kind IN ('referrer_award', 'referee_award', 'referrer_revoked', 'referee_revoked') AND e.cause = :redemption
  ORDER BY e.created_at, e.kind`);

function toMovement(row: Row): CreditMovement {
  return {
    id: textOf(row, "id"),
    kind: oneOf(row, "kind", CREDIT_KINDS),
    cause: textOf(row, "cause"),
    account: textOf(row, "account"),
    amount: integerOf(row, "amount"),
    other: textOrNull(row, "other"),
    reason: textOrNull(row, "reason"),
    createdAt: integerOf(row, "created_at"),
  };
}
