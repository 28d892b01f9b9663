import { DecisionSchema, ReviewListSchema, RuleSchema } from "../../worker/wire/review.ts";
import { key } from "../access.ts";
import { OneReviewRule, ReviewList, ReviewOutcome, ReviewRuleList } from "../answers/review.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Review";

export const reviewOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/review",
    tag,
    summary: "List what waits",
    description: "Oldest first.",
    access: key("read"),
    query: [described(ReviewListSchema, { lane: "In which lane it waits." }), PAGE],
    answers: { 200: answer("A page of conversions.", ReviewList) },
  },
  {
    route: "POST /api/v1/review",
    tag,
    summary: "Approve or reject",
    description: "The first decision on a conversion stands for life.",
    access: key("manage"),
    body: [
      described(DecisionSchema, {
        decision: "What is decided.",
        conversion_ids: "1 to 500 conversions.",
        reason: "Why. It is kept for good: put no customer's name into it.",
      }),
    ],
    answers: { 200: answer("How many were decided, and why which were not.", ReviewOutcome) },
  },
  {
    route: "GET /api/v1/review/rules",
    tag,
    summary: "List the rules in force",
    access: key("read"),
    query: [PAGE],
    answers: { 200: answer("A page of rules.", ReviewRuleList) },
  },
  {
    route: "POST /api/v1/review/rules",
    tag,
    summary: "Set a rule",
    description:
      "It approves what comes after it and waits only because nobody vouches for it. Expect that somebody claims all that it lets through, every day.",
    access: key("manage"),
    body: [
      described(RuleSchema, {
        affiliate_id: "For whom: everybody unless said.",
        currency: "The app's unless named.",
        max_event_cents: "The most that one payment may bring.",
        max_day_cents: "The most that a UTC day may bring; at least `max_event_cents`.",
        reason: "Why. It is kept for good.",
      }),
    ],
    answers: { 201: answer("The rule.", OneReviewRule) },
    errors: ["conflict"],
  },
  {
    route: "DELETE /api/v1/review/rules/:id",
    tag,
    summary: "End a rule",
    access: key("manage"),
    path: { id: "The rule's id." },
    answers: { 204: noContent("The rule has ended.") },
  },
];
