import type { Lane } from "../domain/trust.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** What an account of the ledger comes to, in one currency. */
export interface AccountSums {
  readonly clearCents: number;
  readonly reviewCents: number;
  readonly heldCents: number;
  readonly adjustedCents: number;
  readonly paidCents: number;
  /** The platform's share, beside what the creators earned. */
  readonly feeCents: number;
}

/** An app's accounts together, or one affiliate's. */
export interface Account extends AccountSums {
  readonly id: string;
  /** Null: an affiliate who has said none. */
  readonly name: string | null;
}

/** Whose accounts: of all apps, of one, or of one affiliate of it. */
export interface AccountScope {
  readonly currency: string;
  readonly appId: string | null;
  readonly affiliateId: string | null;
}

/** The sum of accounts, all zero where there are none. It adds up one row for each affiliate. */
export async function readAccountSums(db: Db, { currency, appId, affiliateId }: AccountScope): Promise<AccountSums> {
  const way = appId === null ? SUM_OF_ALL : affiliateId === null ? SUM_OF_APP : SUM_OF_ONE;
  const [row] = await db.query(way({ currency, app: appId, affiliate: affiliateId }));
  return toSums(row ?? {});
}

/** The apps that have accounts in a currency, by their id, at most `limit` after one. */
export async function listAppAccounts(
  db: Db,
  { currency, after, limit }: { currency: string; after: string; limit: number },
): Promise<readonly Account[]> {
  return (await db.query(APPS({ currency, after, limit }))).map(toAccount);
}

/** The affiliates of an app that have an account in a currency, by their id, at most `limit` after one. */
export async function listAffiliateAccounts(
  db: Db,
  appId: string,
  { currency, after, limit }: { currency: string; after: string; limit: number },
): Promise<readonly Account[]> {
  return (await db.query(AFFILIATES({ app: appId, currency, after, limit }))).map(toAccount);
}

/** A conversion as its account has it: the nets of an account's conversions add up to what it earned. */
export interface AccountConversion {
  readonly id: string;
  readonly createdAt: number;
  readonly userId: string | null;
  readonly capturedCents: number;
  readonly refundedCents: number;
  readonly netCents: number;
  readonly feeCents: number;
  readonly lane: Lane;
  readonly isVoid: boolean;
}

/** The conversions of an account, newest first, at most `limit` from before a cursor. */
export async function listAccountConversions(
  db: Db,
  appId: string,
  { affiliateId, currency, before, limit }: { affiliateId: string; currency: string; before: Cursor; limit: number },
): Promise<readonly AccountConversion[]> {
  const params = { app: appId, affiliate: affiliateId, currency, at: before.at, id: before.id, limit };
  return (await db.query(CONVERSIONS(params))).map(toConversion);
}

/** What a payment is called: by Stripe, in whose account and mode, or by the app's own backend, then without an account. */
export interface PaymentName {
  readonly ref: string;
  readonly account: string | null;
  readonly isLive: boolean;
}

/** More names than this no payment has: an invoice, a session, intents and charges of retries. */
const MAX_NAMES = 100;

export async function listPaymentNames(db: Db, appId: string, paymentId: string): Promise<readonly PaymentName[]> {
  const rows = await db.query(NAMES({ app: appId, payment: paymentId, limit: MAX_NAMES }));
  return rows.map((row) => ({
    ref: textOf(row, "ref"),
    account: textOf(row, "account") === "" ? null : textOf(row, "account"),
    isLive: integerOf(row, "livemode") === 1,
  }));
}

/** An affiliate as rows of several apps name them. */
export interface AffiliateKey {
  readonly appId: string;
  readonly affiliateId: string;
}

/** What affiliates and their apps are called, by the affiliate's key. */
export async function nameAccounts(
  db: Db,
  keys: readonly AffiliateKey[],
): Promise<readonly (AffiliateKey & { readonly app: string; readonly affiliate: string })[]> {
  const wanted = JSON.stringify(keys.map(({ appId, affiliateId }) => [appId, affiliateId]));
  return (await db.query(NAMED({ keys: wanted }))).map((row) => ({
    appId: textOf(row, "app"),
    affiliateId: textOf(row, "id"),
    app: textOf(row, "app_name"),
    affiliate: textOrNull(row, "name") ?? textOrNull(row, "email") ?? textOf(row, "ref"),
  }));
}

const SUMS = `coalesce(sum(t.earned_clear), 0) AS clear, coalesce(sum(t.earned_review), 0) AS review,
  coalesce(sum(t.earned_held), 0) AS held, coalesce(sum(t.adjust), 0) AS adjusted, coalesce(sum(t.paid), 0) AS paid,
  coalesce(sum(t.fee), 0) AS fee`;
const sum = (only: string) =>
  statement(`SELECT ${SUMS} FROM total t INDEXED BY total_by_currency WHERE t.currency = :currency ${only}`);
const SUM_OF_ALL = sum("");
const SUM_OF_APP = sum("AND t.app = :app");
const SUM_OF_ONE = sum("AND t.app = :app AND t.affiliate = :affiliate");

const APPS = statement(`
  SELECT n.*, a.name FROM (
    SELECT t.app AS id, ${SUMS} FROM total t INDEXED BY total_by_currency
    WHERE t.currency = :currency AND t.app > :after GROUP BY t.app ORDER BY t.app LIMIT :limit
  ) n CROSS JOIN app a ON a.id = n.id ORDER BY n.id`);

const AFFILIATES = statement(`
  SELECT n.*, coalesce(a.name, a.email) AS name FROM (
    SELECT t.affiliate AS id, t.earned_clear AS clear, t.earned_review AS review, t.earned_held AS held,
      t.adjust AS adjusted, t.paid, t.fee
    FROM total t INDEXED BY total_by_currency
    WHERE t.currency = :currency AND t.app = :app AND t.affiliate > :after ORDER BY t.affiliate LIMIT :limit
  ) n CROSS JOIN affiliate a ON a.app = :app AND a.id = n.id ORDER BY n.id`);

const CONVERSIONS = statement(`
  SELECT c.id, c.created_at, c.user_id, c.captured, c.refunded, c.posted_net, c.posted_fee, c.posted_lane,
    c.voided_at IS NOT NULL AS is_void
  FROM conversion c INDEXED BY conversion_of_account
  WHERE c.app = :app AND c.affiliate = :affiliate AND c.currency = :currency AND (c.created_at, c.id) < (:at, :id)
  ORDER BY c.created_at DESC, c.id DESC LIMIT :limit`);

const NAMES = statement(`
  SELECT p.ref, p.account, p.livemode FROM payment_ref p INDEXED BY payment_ref_by_payment
  WHERE p.app = :app AND p.payment = :payment
  ORDER BY p.account, p.ref LIMIT :limit`);

const NAMED = statement(`
  SELECT f.app, f.id, f.name, f.email, k.ref, a.name AS app_name
  FROM (SELECT DISTINCT j.value ->> 0 AS app, j.value ->> 1 AS id FROM json_each(:keys) j) w
  CROSS JOIN affiliate f ON f.app = w.app AND f.id = w.id
  CROSS JOIN code k ON k.code = f.code
  CROSS JOIN app a ON a.id = f.app`);

function toSums(row: Row): AccountSums {
  return {
    clearCents: integerOf(row, "clear"),
    reviewCents: integerOf(row, "review"),
    heldCents: integerOf(row, "held"),
    adjustedCents: integerOf(row, "adjusted"),
    paidCents: integerOf(row, "paid"),
    feeCents: integerOf(row, "fee"),
  };
}

function toAccount(row: Row): Account {
  return { ...toSums(row), id: textOf(row, "id"), name: textOrNull(row, "name") };
}

function toConversion(row: Row): AccountConversion {
  return {
    id: textOf(row, "id"),
    createdAt: integerOf(row, "created_at"),
    userId: textOrNull(row, "user_id"),
    capturedCents: integerOf(row, "captured"),
    refundedCents: integerOf(row, "refunded"),
    netCents: integerOf(row, "posted_net"),
    feeCents: integerOf(row, "posted_fee"),
    lane: oneOf(row, "posted_lane", ["held", "review", "clear"]),
    isVoid: integerOf(row, "is_void") === 1,
  };
}
