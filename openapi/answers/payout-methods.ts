import * as v from "valibot";
import { METHOD_KINDS } from "../../worker/domain/payout-method.ts";
import type { presentPayoutMethod } from "../../worker/wire/payout-method.ts";
import { presented } from "../presented.ts";
import { time } from "./common.ts";

export const PayoutMethod = presented<NonNullable<ReturnType<typeof presentPayoutMethod>>>()(
  v.strictObject({
    kind: v.picklist(METHOD_KINDS),
    label: v.pipe(v.string(), v.description("Enough to know it by.")),
    changed_at: time,
    payouts_blocked_until: v.pipe(
      v.nullable(time),
      v.description("Until when payouts wait after a change; null: they do not."),
    ),
  }),
);
export const OnePayoutMethod = v.strictObject({
  payout_method: v.pipe(v.nullable(PayoutMethod), v.description("Null: they have not said.")),
});

export const StripeOnboarding = v.variant("status", [
  v.strictObject({ status: v.literal("ready") }),
  v.strictObject({
    status: v.literal("onboarding"),
    url: v.pipe(v.string(), v.description("Where they tell Stripe who they are: good once, for some minutes.")),
  }),
]);
