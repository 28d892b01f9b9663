import type { Db } from "./db.ts";
import { integerOf, statement, textOrNull } from "./statement.ts";

/** How far an app has come on its way to paying its first creator, each from what is stored. */
export interface Setup {
  /** A click was counted. */
  readonly clicked: boolean;
  /** A look at the site found the tag. */
  readonly verified: boolean;
  readonly signedUp: boolean;
  readonly converted: boolean;
  /** An event that the app's backend or Stripe vouched for. */
  readonly vouched: boolean;
  readonly stripe: boolean;
  /** Somebody is a creator, or was invited. */
  readonly creators: boolean;
  /** The owner said whose word counts, be it that everybody's does. */
  readonly trustDecided: boolean;
  readonly payoutsDecided: boolean;
  /** A code of an active creator, to try the tag with; null while there is none among the first. */
  readonly ref: string | null;
}

/** The action of the audit log by which an owner said whose word counts. */
export const TRUST_DECIDED = "trust.decided";
/** The action by which a look at the site that found the tag is told. */
export const INSTALL_VERIFIED = "install.verified";

/** Days of a code that are looked through for a click when those of 90 days are forgotten. */
const LOOK_AT = 100;

/** One row of searches, each of which ends at the first row it finds. */
export async function findSetup(db: Db, appId: string): Promise<Setup> {
  const [row = {}] = await db.query(
    FIND({ app: appId, trust_decided: TRUST_DECIDED, install_verified: INSTALL_VERIFIED }),
  );
  const is = (column: string) => integerOf(row, column) === 1;
  return {
    clicked: is("clicked"),
    verified: is("verified"),
    signedUp: is("signed_up"),
    converted: is("converted"),
    vouched: is("vouched"),
    stripe: is("stripe"),
    creators: is("creators"),
    trustDecided: is("trust_decided"),
    payoutsDecided: is("payouts_decided"),
    ref: textOrNull(row, "ref"),
  };
}

const FIND = statement(`
  SELECT
    EXISTS (SELECT 1 FROM click c WHERE c.app = :app) OR EXISTS (
      SELECT 1 FROM (SELECT d.clicks FROM code_day d INDEXED BY code_day_of_day
        WHERE d.app = :app ORDER BY d.day DESC LIMIT ${LOOK_AT}) f WHERE f.clicks > 0) AS clicked,
    EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.action = :install_verified) AS verified,
    EXISTS (SELECT 1 FROM referral r WHERE r.app = :app) AS signed_up,
    EXISTS (SELECT 1 FROM conversion c WHERE c.app = :app) AS converted,
    EXISTS (SELECT 1 FROM claim m WHERE m.app = :app AND m.source = 'key')
      OR EXISTS (SELECT 1 FROM claim m WHERE m.app = :app AND m.source = 'stripe')
      OR EXISTS (SELECT 1 FROM (SELECT r.trust FROM referral r INDEXED BY referral_of_app
        WHERE r.app = :app ORDER BY r.created_at DESC LIMIT ${LOOK_AT}) f WHERE f.trust = 'vouched') AS vouched,
    EXISTS (SELECT 1 FROM stripe_connection s WHERE s.app = :app
      AND (s.account IS NOT NULL OR s.webhook_secrets IS NOT NULL)) AS stripe,
    EXISTS (SELECT 1 FROM affiliate a WHERE a.app = :app)
      OR EXISTS (SELECT 1 FROM invitation i WHERE i.app = :app) AS creators,
    EXISTS (SELECT 1 FROM app p WHERE p.id = :app AND p.conversions <> 'open')
      OR EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.action = :trust_decided) AS trust_decided,
    EXISTS (SELECT 1 FROM payout_policy y WHERE y.app = :app) AS payouts_decided,
    (SELECT k.ref FROM (SELECT a.code, a.status FROM affiliate a
        WHERE a.app = :app ORDER BY a.created_at, a.id LIMIT ${LOOK_AT}) f
      JOIN code k ON k.code = f.code WHERE f.status = 'active' LIMIT 1) AS ref`);
