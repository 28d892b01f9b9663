import { StatementQuerySchema } from "../../worker/wire/account-statement.ts";
import { LedgerFilterSchema } from "../../worker/wire/books.ts";
import { CollectionSchema, FeeMonthSchema } from "../../worker/wire/fees.ts";
import { key, keyOrAffiliate, OPERATOR } from "../access.ts";
import {
  CollectionList,
  FeesOfApp,
  FeesOfApps,
  OneBooks,
  OneCollection,
  OneStatement,
  PostingList,
} from "../answers/books.ts";
import { answer, described, type Operation } from "../operation.ts";
import { MAYBE_OF_APP, OF_APP } from "./named-app.ts";
import { PAGE } from "./page.ts";

const tag = "Books";
const ledger = {
  currency: "In this currency alone.",
  kind: "Of this kind alone.",
  conversion_id: "Of this payment alone.",
};
const LEDGER = described(LedgerFilterSchema, { ...ledger, affiliate_id: "Of this affiliate alone." });
const LEDGER_OF_ALL = described(LedgerFilterSchema, {
  ...ledger,
  affiliate_id: "Of this affiliate alone. It and `conversion_id` need `app_id`.",
});
const MONTH = described(FeeMonthSchema, { month: "Which month: this one unless said." });
const FEW_ROWS =
  "With `kind` or `currency` a page may hold fewer rows than asked, even none, and still have a next one.";

export const bookOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/ledger",
    tag,
    summary: "Read the ledger",
    description: `Newest first. ${FEW_ROWS}`,
    access: key("read"),
    query: [LEDGER, PAGE],
    answers: { 200: answer("A page of postings.", PostingList) },
  },
  {
    route: "GET /api/v1/books",
    tag,
    summary: "Read the books",
    description: "The sums of each currency, and whether they agree with what they are made of, at most a minute ago.",
    access: key("read"),
    answers: { 200: answer("The books.", OneBooks) },
  },
  {
    route: "GET /api/v1/fees",
    tag,
    summary: "Read the platform's fee of a month",
    access: key("read"),
    query: [MONTH],
    answers: { 200: answer("The fee, by currency.", FeesOfApp) },
  },
  {
    route: "GET /api/v1/affiliates/:id/statement",
    tag,
    summary: "Read an affiliate's statement of a month",
    description: "Oldest line first; the sums are the month's on every page. A file holds up to 10,000 lines.",
    access: keyOrAffiliate("read"),
    path: { id: "The affiliate's id." },
    query: [
      described(StatementQuerySchema, {
        month: "Which month: this one unless said.",
        currency: "In which currency: the app's unless said.",
        format: "JSON, or a file.",
      }),
      PAGE,
    ],
    answers: {
      200: answer("A page of the statement.", OneStatement, {
        asFile: "text/csv",
        headers: { "Next-Cursor": "With a file that is not whole: the `cursor` of the next one." },
      }),
    },
  },
  {
    route: "GET /api/v1/platform/ledger",
    tag,
    summary: "Read the ledger of all apps",
    description: `In the order of writing. ${FEW_ROWS}`,
    access: OPERATOR,
    query: [MAYBE_OF_APP, LEDGER_OF_ALL, PAGE],
    answers: { 200: answer("A page of postings.", PostingList) },
  },
  {
    route: "GET /api/v1/platform/books",
    tag,
    summary: "Read the books of all apps",
    access: OPERATOR,
    query: [MAYBE_OF_APP],
    answers: { 200: answer("The books.", OneBooks) },
  },
  {
    route: "GET /api/v1/platform/fees",
    tag,
    summary: "Read the platform's fees of a month",
    description: "A page has `limit` apps, each with all its currencies.",
    access: OPERATOR,
    query: [MAYBE_OF_APP, MONTH, PAGE],
    answers: { 200: answer("Fees by app and currency.", FeesOfApps) },
  },
  {
    route: "POST /api/v1/platform/fees/collections",
    tag,
    summary: "Record what the platform got of its fee",
    access: OPERATOR,
    body: [
      described(CollectionSchema, {
        app_id: "From which app.",
        currency: "In which currency.",
        amount_cents: "How much; below zero what was given back.",
        reason: "Why, or by which invoice. It is kept for good.",
        event_id: "Your id of it: with it the call may be repeated.",
      }),
    ],
    repeatable: true,
    answers: { 201: answer("What was recorded.", OneCollection) },
    errors: ["amount_out_of_range", "idempotency_mismatch"],
  },
  {
    route: "GET /api/v1/platform/fees/collections",
    tag,
    summary: "List what the platform got of an app's fee",
    description: "Newest first.",
    access: OPERATOR,
    query: [OF_APP, PAGE],
    answers: { 200: answer("A page of collections.", CollectionList) },
  },
];
