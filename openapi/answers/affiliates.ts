import * as v from "valibot";
import type { presentAffiliate, presentBalance, presentCommission, presentDay } from "../../worker/wire/affiliates.ts";
import type { presentStatusPreview } from "../../worker/wire/status-preview.ts";
import { presented } from "../presented.ts";
import { NextRate } from "./apps.ts";
import { cents, count, currencyCode, date, listOf, percent, time } from "./common.ts";

const STATUSES = ["applied", "active", "suspended", "revoked"] as const;
const status = v.picklist(STATUSES);

export const Affiliate = presented<ReturnType<typeof presentAffiliate>>()(
  v.strictObject({
    id: v.string(),
    email: v.nullable(v.string()),
    name: v.nullable(v.string()),
    account_id: v.pipe(v.nullable(v.string()), v.description("Your own id of their account.")),
    ref: v.pipe(v.string(), v.description("Their first code.")),
    link: v.pipe(v.nullable(v.string()), v.description("The link they share; null while the app has no domain.")),
    status,
    commission_percent: percent,
    commission_next: v.pipe(v.nullable(NextRate), v.description("A rate that is to come into force.")),
    created_at: time,
  }),
);

export const OneAffiliate = v.strictObject({ affiliate: Affiliate });
export const AffiliateList = listOf("affiliates", Affiliate);

export const StatusPreview = presented<ReturnType<typeof presentStatusPreview>>()(
  v.strictObject({
    from: status,
    to: status,
    codes: v.strictObject({
      become: v.pipe(v.nullable(v.picklist(["dead", "live"])), v.description("Null: they stay as they are.")),
      refs: v.array(v.string()),
    }),
    customers_freed: v.pipe(count, v.description("Customers whom the next live code may bring anew.")),
    payouts_skipped: v.pipe(v.boolean(), v.description("Whether payouts leave them out from then on.")),
    currencies: v.array(
      v.strictObject({
        currency: currencyCode,
        voided_commissions: count,
        voided_cents: cents,
        available_cents: v.pipe(cents, v.description("What stays theirs.")),
      }),
    ),
    complete: v.pipe(v.boolean(), v.description("False: there may be more than was counted. Money is exact.")),
  }),
);
export const OneStatusPreview = v.strictObject({ preview: StatusPreview });

export const IssuedCode = v.strictObject({
  code: v.strictObject({ ref: v.string(), link: v.nullable(v.string()), state: v.literal("active") }),
});

export const Balance = presented<ReturnType<typeof presentBalance>>()(
  v.strictObject({
    currency: currencyCode,
    pending_cents: v.pipe(cents, v.description("Not matured yet.")),
    available_cents: v.pipe(cents, v.description("To be paid out; below zero where more came back than is earned.")),
    in_review_cents: v.pipe(cents, v.description("Waits for the owner's decision.")),
    held_cents: v.pipe(cents, v.description("Frozen.")),
    paid_cents: v.pipe(cents, v.description("Paid out.")),
    processing_cents: v.pipe(cents, v.description("On its way in a payout.")),
    next: v.pipe(
      v.array(v.strictObject({ available_at: time, amount_cents: cents })),
      v.description("What becomes available on which day."),
    ),
  }),
);
export const Balances = v.strictObject({ balances: v.array(Balance) });

/** Of a commission, as the lists of an affiliate's and of the owner's show it. */
export const commission = {
  id: v.string(),
  conversion_id: v.string(),
  ref: v.string(),
  user_id: v.pipe(
    v.nullable(v.string()),
    v.description("Your id of the customer. Null to an affiliate's token, and once they are erased."),
  ),
  currency: currencyCode,
  amount_cents: v.pipe(cents, v.description("What was paid.")),
  refunded_cents: v.pipe(cents, v.description("What of it was given back.")),
  commission_cents: v.pipe(cents, v.description("What is earned after refunds, the fee included.")),
  platform_fee_cents: v.pipe(cents, v.description("The platform's share of it.")),
  net_commission_cents: v.pipe(cents, v.description("The affiliate's share of it.")),
  clawed_back_cents: v.pipe(cents, v.description("What was paid out and is owed back.")),
  rate_percent: percent,
  status: v.picklist(["pending", "confirmed", "paid", "cancelled"]),
  hold: v.boolean(),
  reason: v.pipe(v.nullable(v.string()), v.description("Why it is not clear.")),
  lane: v.picklist(["clear", "review", "held"]),
  available_at: time,
  created_at: time,
};

export const Commission = presented<ReturnType<typeof presentCommission>>()(v.strictObject(commission));
export const CommissionList = listOf("commissions", Commission);

export const CodeDay = presented<ReturnType<typeof presentDay>>()(
  v.strictObject({
    date,
    ref: v.string(),
    clicks: count,
    signups: count,
    conversions: count,
    refunds: count,
  }),
);
export const CodeDays = v.strictObject({ days: v.array(CodeDay) });
