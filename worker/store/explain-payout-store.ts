import { LEFT_OUT, type LeftOut } from "../domain/payout-eligibility.ts";
import type { Db, Row } from "./db.ts";
import { IN_REVIEW, JOIN_METHOD, MINIMUM, payableThrough, whyLeftOut } from "./payout-eligibility.ts";
import type { Payer, Rail } from "./payout-policy-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf } from "./statement.ts";

/** How a payout made now would find an affiliate in one currency. */
export interface PayoutOutlook {
  readonly currency: string;
  readonly payableCents: number;
  readonly inReviewCents: number;
  readonly minimumCents: number | null;
  readonly methodChangedAt: number | null;
  /** Why it would leave them out; null: it would pay. */
  readonly reason: LeftOut | null;
}

export interface PayoutTerms {
  readonly affiliateId: string;
  readonly rail: Rail;
  readonly payer: Payer;
  /** The app's currency, and the least payout in it where none is set. */
  readonly ownCurrency: string;
  readonly defaultMinimum: number;
  readonly today: number;
  readonly now: number;
}

/** One for each currency that the affiliate has had money in, as a payout would decide it. */
export async function readPayoutOutlook(
  db: Db,
  appId: string,
  { affiliateId, ownCurrency, defaultMinimum, ...rest }: PayoutTerms,
): Promise<readonly PayoutOutlook[]> {
  const minimum = { own_currency: ownCurrency, default_minimum: defaultMinimum };
  return (await db.query(OUTLOOK({ app: appId, affiliate: affiliateId, ...minimum, ...rest }))).map(toOutlook);
}

/** Currencies there are: more than anybody is paid in. */
const MAX_CURRENCIES = 200;

const OUTLOOK = statement(`
  SELECT t.currency, t.payable, t.in_review, t.minimum, m.created_at AS method_changed_at,
    ${whyLeftOut({
      payable: "t.payable",
      inReview: "t.in_review",
      minimum: "t.minimum",
      rail: ":rail",
      payer: ":payer",
      since: ":now",
    })} AS reason
  FROM (
    SELECT t.app, t.affiliate, t.currency, ${payableThrough(":today")} AS payable, ${IN_REVIEW} AS in_review, ${MINIMUM} AS minimum
    FROM app p CROSS JOIN total t WHERE p.id = :app AND t.app = :app AND t.affiliate = :affiliate
    ORDER BY t.currency LIMIT ${MAX_CURRENCIES}
  ) t
  JOIN affiliate o ON o.app = t.app AND o.id = t.affiliate ${JOIN_METHOD}`);

function toOutlook(row: Row): PayoutOutlook {
  return {
    currency: textOf(row, "currency"),
    payableCents: integerOf(row, "payable"),
    inReviewCents: integerOf(row, "in_review"),
    minimumCents: integerOrNull(row, "minimum"),
    methodChangedAt: integerOrNull(row, "method_changed_at"),
    reason: row["reason"] === null ? null : oneOf(row, "reason", LEFT_OUT),
  };
}
