import { CorrectionSchema } from "../../worker/wire/corrections.ts";
import { key, keyOrAffiliate } from "../access.ts";
import { CorrectionList, OneCorrection } from "../answers/corrections.ts";
import { answer, described, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Corrections";
const path = { id: "The affiliate's id." };

export const correctionOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/affiliates/:id/corrections",
    tag,
    summary: "List corrections",
    description: "Newest first, each with the payout that settled it.",
    access: key("read"),
    path,
    query: [PAGE],
    answers: { 200: answer("A page of corrections.", CorrectionList) },
  },
  {
    route: "POST /api/v1/affiliates/:id/corrections",
    tag,
    summary: "Correct a balance",
    description: "Available at once, whatever the affiliate's status. Without an `event_id` each call is another.",
    access: key("payouts"),
    path,
    body: [
      described(CorrectionSchema, {
        amount_cents:
          "A bonus, or below zero what is owed back: 1 to 999,999,999,999 either way, in whole minor units.",
        currency: "The app's unless named.",
        reason: "Why. The affiliate reads it, and it is kept for good.",
        event_id: "Your id of the correction: with it the call may be repeated.",
      }),
    ],
    repeatable: true,
    answers: {
      201: answer("The correction.", OneCorrection),
      200: answer("One that was made already.", OneCorrection),
    },
    errors: ["amount_out_of_range", "idempotency_mismatch"],
  },
  {
    route: "GET /api/v1/affiliates/:id/corrections/:correction_id",
    tag,
    summary: "Read a correction",
    access: keyOrAffiliate("read"),
    path,
    answers: { 200: answer("The correction.", OneCorrection) },
  },
];
