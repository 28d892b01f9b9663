import { ExplainSchema } from "../../worker/wire/explain.ts";
import { key, keyOrAffiliate } from "../access.ts";
import { ConversionExplanation, Explanation } from "../answers/explain.ts";
import { answer, described, type Operation } from "../operation.ts";

const tag = "Explain";

export const explainOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/explain",
    tag,
    summary: "Explain something",
    description:
      "One subject in a call, from its beginning to its last posting. Exactly one of the four is to be named.",
    access: key("read"),
    query: [
      described(ExplainSchema, {
        user_id: "Your id of a customer.",
        conversion_id: "A conversion's id.",
        ref: "A code.",
        account_id: "Your id of an account.",
      }),
    ],
    answers: { 200: answer("Why it is so, or why there is nothing.", Explanation) },
  },
  {
    route: "GET /api/v1/affiliates/:id/conversions/:conversion_id/explain",
    tag,
    summary: "Explain a commission to its affiliate",
    description: "Without what is the customer's, the owner's or another affiliate's.",
    access: keyOrAffiliate("read"),
    path: { id: "The affiliate's id." },
    answers: { 200: answer("Why it is so.", ConversionExplanation) },
  },
];
