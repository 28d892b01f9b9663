import * as v from "valibot";
import { LINE_KINDS, POSTING_KINDS } from "../../worker/domain/posting.ts";
import type { presentStatement } from "../../worker/wire/account-statement.ts";
import type { presentBooks, presentPosting } from "../../worker/wire/books.ts";
import type { presentCollection, presentFees } from "../../worker/wire/fees.ts";
import { presented } from "../presented.ts";
import { cents, currencyCode, listOf, nextCursor, time } from "./common.ts";

const monthName = v.pipe(v.string(), v.description("The UTC month, as YYYY-MM."));

export const Posting = presented<ReturnType<typeof presentPosting>>()(
  v.strictObject({
    id: v.string(),
    at: time,
    app_id: v.string(),
    kind: v.picklist(POSTING_KINDS),
    affiliate_id: v.string(),
    currency: currencyCode,
    conversion_id: v.nullable(v.string()),
    payout_id: v.nullable(v.string()),
    correction_id: v.nullable(v.string()),
    lane: v.pipe(v.nullable(v.picklist(["clear", "review", "held"])), v.description("Of a commission: where it lies.")),
    available_at: v.pipe(v.nullable(time), v.description("Of a commission: when it matures.")),
    net_cents: v.pipe(cents, v.description("The affiliate's.")),
    fee_cents: v.pipe(cents, v.description("The platform's.")),
    cause: v.pipe(
      v.strictObject({
        kind: v.picklist([
          "claim",
          "refund",
          "dispute",
          "payment",
          "decision",
          "revocation",
          "correction",
          "payout",
          "other",
        ]),
        id: v.string(),
      }),
      v.description("What made it."),
    ),
  }),
);
export const PostingList = listOf("postings", Posting);

export const CurrencyBooks = presented<ReturnType<typeof presentBooks>["currencies"][number]>()(
  v.strictObject({
    currency: currencyCode,
    earned_cents: cents,
    earned_by_lane: v.strictObject({ clear_cents: cents, review_cents: cents, held_cents: cents }),
    adjusted_cents: v.pipe(cents, v.description("Corrections.")),
    paid_cents: cents,
    pending_cents: v.pipe(cents, v.description("Not matured yet.")),
    available_cents: v.pipe(cents, v.description("To be paid out.")),
    held_cents: cents,
    owed_cents: v.pipe(cents, v.description("What affiliates are owed.")),
    overpaid_cents: v.pipe(cents, v.description("What affiliates owe back.")),
    platform_fee_cents: cents,
  }),
);

export const Books = presented<ReturnType<typeof presentBooks>>()(
  v.strictObject({
    currencies: v.array(CurrencyBooks),
    balanced: v.pipe(v.nullable(v.boolean()), v.description("Null while they are checked for the first time.")),
    checked_at: v.nullable(time),
    discrepancies: v.pipe(
      v.array(
        v.strictObject({
          check: v.string(),
          app_id: v.nullable(v.union([v.string(), v.number()])),
          row: v.record(v.string(), v.nullable(v.union([v.string(), v.number()]))),
        }),
      ),
      v.description("What is off, by the columns of the database."),
    ),
  }),
);
export const OneBooks = v.strictObject({ books: Books });

export const Fees = presented<ReturnType<typeof presentFees>>()(
  v.strictObject({
    app_id: v.string(),
    month: monthName,
    currency: currencyCode,
    gross_cents: v.pipe(cents, v.description("Commissions that became clear, the fee included.")),
    fee_cents: v.pipe(cents, v.description("The platform's share of them.")),
    net_cents: v.pipe(cents, v.description("The affiliates' share of them.")),
    paid_out_cents: cents,
    collected_cents: v.pipe(cents, v.description("What the platform got of its fee.")),
    owed_cents: v.pipe(cents, v.description("What it is owed at the end of the month.")),
  }),
);
export const FeesOfApp = v.strictObject({ fees: v.array(Fees) });
export const FeesOfApps = listOf("fees", Fees);

export const Collection = presented<ReturnType<typeof presentCollection>>()(
  v.strictObject({
    id: v.string(),
    app_id: v.string(),
    currency: currencyCode,
    amount_cents: v.pipe(cents, v.description("Below zero: what the platform gave back.")),
    reason: v.string(),
    actor: v.string(),
    created_at: time,
  }),
);
export const OneCollection = v.strictObject({ collection: Collection });
export const CollectionList = listOf("collections", Collection);

export const Statement = presented<ReturnType<typeof presentStatement>>()(
  v.strictObject({
    affiliate_id: v.string(),
    currency: currencyCode,
    month: monthName,
    opening_cents: v.pipe(cents, v.description("What was owed when the month began.")),
    earned_cents: cents,
    adjusted_cents: v.pipe(cents, v.description("Corrections.")),
    paid_cents: cents,
    closing_cents: v.pipe(cents, v.description("What is owed at its end: opening + earned + adjusted − paid.")),
    lines: v.array(
      v.strictObject({
        id: v.string(),
        at: time,
        kind: v.picklist(LINE_KINDS),
        description: v.pipe(v.string(), v.description("In words.")),
        conversion_id: v.nullable(v.string()),
        payout_id: v.nullable(v.string()),
        correction_id: v.nullable(v.string()),
        ref: v.pipe(v.nullable(v.string()), v.description("The code that brought it.")),
        amount_cents: cents,
        balance_cents: v.pipe(cents, v.description("What is owed after it.")),
        explain: v.pipe(v.nullable(v.string()), v.description("Where it is explained.")),
      }),
    ),
  }),
);
export const OneStatement = v.strictObject({ statement: Statement, next_cursor: nextCursor });
