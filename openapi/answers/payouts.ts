import * as v from "valibot";
import { LEFT_OUT } from "../../worker/domain/payout-eligibility.ts";
import type {
  presentBatch,
  presentBatchInFull,
  presentItem,
  presentLine,
  presentPayout,
  presentPolicy,
  presentPreview,
  presentResults,
} from "../../worker/wire/payouts.ts";
import { presented } from "../presented.ts";
import { cents, count, currencyCode, date, listOf, nextCursor, time } from "./common.ts";

const rail = v.pipe(
  v.picklist(["manual", "stripe"]),
  v.description("Whether payouts are made by hand or sent by Stripe."),
);
const payer = v.pipe(v.picklist(["app", "operator"]), v.description("Whose money it is."));
const through = v.pipe(date, v.description("What had matured by this UTC day is in it."));
const leftOut = v.picklist(LEFT_OUT);

export const PayoutPolicy = presented<ReturnType<typeof presentPolicy>>()(
  v.strictObject({
    rail,
    schedule: v.picklist(["none", "weekly", "monthly"]),
    schedule_day: v.pipe(
      v.nullable(count),
      v.description("1 to 7, Monday to Sunday, of a week; 1 to 28 of a month; null without a schedule."),
    ),
    minimums: v.pipe(v.record(v.string(), cents), v.description("The least that is paid, by currency.")),
    stripe_key: v.pipe(v.nullable(v.string()), v.description("How the stored key begins and ends.")),
    funded_by: v.pipe(
      v.nullable(v.picklist(["app", "operator"])),
      v.description("Whose Stripe account pays; null while none could."),
    ),
    changed_at: v.nullable(time),
  }),
);
export const OnePayoutPolicy = v.strictObject({ payouts: PayoutPolicy });

const previewLine = {
  affiliate_id: v.string(),
  email: v.nullable(v.string()),
  name: v.nullable(v.string()),
  currency: currencyCode,
  amount_cents: v.pipe(cents, v.description("What is payable; below zero where more came back than is earned.")),
  in_review_cents: v.pipe(cents, v.description("What waits for the owner's decision.")),
  held_cents: v.pipe(cents, v.description("What is frozen.")),
  minimum_cents: v.pipe(v.nullable(cents), v.description("Null: none is set for this currency.")),
  method: v.pipe(v.nullable(v.string()), v.description("The kind of the payout method.")),
};

export const PayoutPreview = presented<ReturnType<typeof presentPreview> & { readonly next_cursor: string | null }>()(
  v.strictObject({
    rail,
    funded_by: payer,
    through,
    totals: v.pipe(
      v.array(v.strictObject({ currency: currencyCode, lines: count, amount_cents: cents })),
      v.description("Of all pages."),
    ),
    lines: v.array(v.strictObject(previewLine)),
    left_out: v.array(v.strictObject({ ...previewLine, reason: leftOut })),
    next_cursor: nextCursor,
  }),
);

const batch = {
  id: v.string(),
  kind: v.pipe(
    v.picklist(["hand", "schedule", "request"]),
    v.description("How it came about: by hand, by the schedule, or an affiliate asked."),
  ),
  rail,
  funded_by: payer,
  status: v.picklist(["draft", "approved", "running", "settled", "cancelled"]),
  through,
  period: v.pipe(v.nullable(v.string()), v.description("Of a schedule: which week or month.")),
  affiliate_id: v.pipe(v.nullable(v.string()), v.description("Whose it is alone; null: everybody's.")),
  currency: v.pipe(v.nullable(v.string()), v.description("In which currency alone; null: in all.")),
  created_by: v.string(),
  created_at: time,
  approved_by: v.pipe(v.nullable(v.string()), v.description("Null to an affiliate's token.")),
  approved_at: v.nullable(time),
  ended_at: v.nullable(time),
};

export const PayoutBatch = presented<ReturnType<typeof presentBatch>>()(v.strictObject(batch));
export const PayoutBatchList = listOf("batches", PayoutBatch);

export const PayoutBatchInFull = presented<ReturnType<typeof presentBatchInFull>>()(
  v.strictObject({
    ...batch,
    totals: v.array(
      v.strictObject({
        currency: currencyCode,
        lines: count,
        done_lines: count,
        skipped_lines: count,
        approved_cents: cents,
        processing_cents: cents,
        settled_cents: cents,
        failed_payouts: count,
      }),
    ),
  }),
);
export const OnePayoutBatch = v.strictObject({ batch: PayoutBatchInFull });

export const PayoutLine = presented<ReturnType<typeof presentLine>>()(
  v.strictObject({
    affiliate_id: v.string(),
    email: v.nullable(v.string()),
    name: v.nullable(v.string()),
    currency: currencyCode,
    approved_cents: v.pipe(cents, v.description("What was approved: nobody gets more by this batch.")),
    processing_cents: v.pipe(cents, v.description("What is on its way.")),
    paid_cents: cents,
    failed_cents: cents,
    done: v.boolean(),
    reason: v.pipe(v.nullable(leftOut), v.description("Why they were left out; null: they were not.")),
  }),
);
export const PayoutLineList = listOf("lines", PayoutLine);

export const Payout = presented<ReturnType<typeof presentPayout>>()(
  v.strictObject({
    id: v.string(),
    batch_id: v.string(),
    affiliate_id: v.string(),
    currency: currencyCode,
    amount_cents: cents,
    through,
    rail,
    status: v.picklist(["processing", "settled", "failed"]),
    reference: v.pipe(v.nullable(v.string()), v.description("What the bank calls it, or the id of Stripe's transfer.")),
    error: v.pipe(v.nullable(v.string()), v.description("Why it failed, or for what it waits.")),
    returned_cents: v.pipe(cents, v.description("What of it came back.")),
    created_at: time,
    settled_at: v.nullable(time),
  }),
);
export const OnePayout = v.strictObject({ payout: Payout });
export const PayoutList = listOf("payouts", Payout);

export const PayoutItem = presented<ReturnType<typeof presentItem>>()(
  v.strictObject({
    conversion_id: v.nullable(v.string()),
    correction_id: v.nullable(v.string()),
    amount_cents: v.pipe(cents, v.description("Below zero: what was paid before and is owed back.")),
  }),
);
export const PayoutItemList = listOf("items", PayoutItem);
export const PayoutWithItems = v.strictObject({ payout: Payout, items: v.array(PayoutItem), next_cursor: nextCursor });

export const RecordedResults = presented<ReturnType<typeof presentResults>>()(
  v.strictObject({
    done: count,
    skipped: v.array(
      v.strictObject({
        payout_id: v.string(),
        reason: v.picklist(["not_found", "already_settled", "already_failed", "paid_by_stripe"]),
      }),
    ),
  }),
);
