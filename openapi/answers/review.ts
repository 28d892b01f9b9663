import * as v from "valibot";
import type { presentConversion } from "../../worker/wire/conversions.ts";
import type { presentOutcome, presentRule, presentToOwner } from "../../worker/wire/review.ts";
import { presented } from "../presented.ts";
import { commission } from "./affiliates.ts";
import { cents, count, currencyCode, listOf, time } from "./common.ts";

const toOwner = {
  ...commission,
  affiliate_id: v.string(),
  affiliate_email: v.nullable(v.string()),
  trust: v.pipe(
    v.picklist(["verified", "matched", "unverified"]),
    v.description(
      "Whose word it rests on: a key's or Stripe's of payment and referral, of the payment alone, or anybody's.",
    ),
  ),
};

export const OwnersConversion = presented<ReturnType<typeof presentToOwner>>()(v.strictObject(toOwner));
export const ReviewList = listOf("conversions", OwnersConversion);

export const HeldConversion = presented<ReturnType<typeof presentConversion>>()(
  v.strictObject({
    ...toOwner,
    hold_reason: v.pipe(v.nullable(v.string()), v.description("Why it is held by hand; null: it is not.")),
  }),
);
export const OneConversion = v.strictObject({ conversion: HeldConversion });

export const ReviewOutcome = presented<ReturnType<typeof presentOutcome>>()(
  v.strictObject({
    done: count,
    skipped: v.array(v.strictObject({ conversion_id: v.string(), reason: v.string() })),
  }),
);

export const ReviewRule = presented<ReturnType<typeof presentRule>>()(
  v.strictObject({
    id: v.string(),
    affiliate_id: v.pipe(v.nullable(v.string()), v.description("Null: of every affiliate.")),
    currency: currencyCode,
    max_event_cents: cents,
    max_day_cents: cents,
    approved_today_cents: v.pipe(cents, v.description("What it has let through this UTC day.")),
    reason: v.string(),
    created_at: time,
  }),
);
export const OneReviewRule = v.strictObject({ rule: ReviewRule });
export const ReviewRuleList = listOf("rules", ReviewRule);
