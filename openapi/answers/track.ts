import * as v from "valibot";
import type { presentPayment, presentRefund, presentSignup } from "../../worker/wire/track.ts";
import { presented } from "../presented.ts";
import { cents, currencyCode, time } from "./common.ts";

export const TrackedClick = v.strictObject({
  tracked: v.pipe(v.boolean(), v.description("False: the code is not live.")),
});

export const TrackedSignup = presented<ReturnType<typeof presentSignup>>()(
  v.strictObject({
    referral: v.union([
      v.strictObject({
        id: v.string(),
        ref: v.string(),
        user_id: v.string(),
        status: v.picklist(["active"]),
        created_at: time,
      }),
      v.strictObject({ user_id: v.string(), status: v.literal("already_referred") }),
    ]),
  }),
);

const commission = {
  commission_cents: v.pipe(cents, v.description("What the payment earns, the fee included.")),
  platform_fee_cents: v.pipe(cents, v.description("The platform's share of it.")),
  net_commission_cents: v.pipe(cents, v.description("The affiliate's share of it.")),
};

export const TrackedConversion = presented<ReturnType<typeof presentPayment>>()(
  v.strictObject({
    conversion_id: v.pipe(
      v.nullable(v.string()),
      v.description("Null: nobody earns cash by this payment of a friend's, and the other fields are null or 0."),
    ),
    status: v.nullable(v.picklist(["pending", "confirmed", "paid", "cancelled"])),
    currency: currencyCode,
    available_at: v.pipe(v.nullable(time), v.description("When the commission can be paid out.")),
    commission: v.strictObject({ amount_cents: cents, ...commission }),
    hold: v.optional(v.pipe(v.boolean(), v.description("To a key alone: whether the money is frozen."))),
    reason: v.optional(v.pipe(v.nullable(v.string()), v.description("To a key alone: why it waits."))),
    deduplicated: v.optional(v.pipe(v.boolean(), v.description("It was the same call as one just before it."))),
  }),
);

export const TrackedRefund = presented<ReturnType<typeof presentRefund>>()(
  v.strictObject({
    refund_id: v.pipe(v.nullable(v.string()), v.description("Null where Stripe reports it.")),
    currency: v.pipe(v.nullable(currencyCode), v.description("Null while it waits for its payment.")),
    amount_cents: v.nullable(cents),
    applied: v.pipe(v.boolean(), v.description("False: it waits for its payment, or Stripe reports it.")),
    reversed: v.strictObject(commission),
    allocations: v.array(v.strictObject({ conversion_id: v.string(), amount_cents: cents })),
    reason: v.optional(v.literal("reported_by_stripe")),
    deduplicated: v.optional(v.boolean()),
  }),
);

export const CodeValidity = v.strictObject({
  valid: v.pipe(v.boolean(), v.description("Whether the code would be taken at the checkout.")),
});
