import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import type { Payer } from "./payout-policy-store.ts";
import { statement, textOf } from "./statement.ts";

/** Which creator an account at Stripe was made for, and whose platform it is connected to. */
export interface RecipientKey {
  readonly affiliateId: string;
  readonly payer: Payer;
}

/** The account that was made for an affiliate by a payer; null: none. */
export async function findRecipient(
  db: Db,
  appId: string,
  { affiliateId, payer }: RecipientKey,
): Promise<string | null> {
  const [row] = await db.query(FIND({ app: appId, affiliate: affiliateId, payer }));
  return row === undefined ? null : textOf(row, "account");
}

/**
 * The batch that keeps an account, in the place of `former`: nothing, where another call has kept one meanwhile. Its answer, read
 * with `readRecipient`, is the account that stands.
 */
export function writeRecipient(
  appId: string,
  {
    affiliateId,
    payer,
    account,
    former,
    audit,
  }: RecipientKey & { readonly account: string; readonly former: string | null; readonly audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, affiliate: affiliateId, payer, account, former, now: audit.now };
  return [former === null ? INSERT(params) : REPLACE(params), insertAuditOfChange(appId, audit), FIND(params)];
}

export function readRecipient(results: readonly (readonly Row[])[]): string | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : textOf(row, "account");
}

const FIND = statement(`
  SELECT r.account FROM stripe_recipient r WHERE r.app = :app AND r.affiliate = :affiliate AND r.payer = :payer`);
const INSERT = statement(`
  INSERT INTO stripe_recipient (app, affiliate, payer, account, created_at)
  SELECT o.app, o.id, :payer, :account, :now FROM affiliate o WHERE o.app = :app AND o.id = :affiliate
  ON CONFLICT DO NOTHING`);
const REPLACE = statement(`
  UPDATE stripe_recipient SET account = :account, created_at = :now
  WHERE app = :app AND affiliate = :affiliate AND payer = :payer AND account = :former`);
