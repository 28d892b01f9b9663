import { AssignmentSchema } from "../../worker/wire/customers.ts";
import { key } from "../access.ts";
import { OneReferral } from "../answers/customers.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";

const tag = "Customers";

export const customerOperations: readonly Operation[] = [
  {
    route: "POST /api/v1/customers/:user_id/assign",
    tag,
    summary: "Give a customer to an affiliate",
    description:
      "Their referral is vouched for and fixed from then on. Commissions that were earned stay where they are.",
    access: key("manage"),
    body: [
      described(AssignmentSchema, {
        affiliate_id: "Whose they are to be.",
        ref: "By which of the affiliate's codes: the one they came by, else the first, unless said.",
        reason: "Why. It is kept for good: put no customer's name into it.",
      }),
    ],
    answers: { 200: answer("The referral as it is now.", OneReferral) },
    errors: ["conflict", "unknown_ref"],
  },
  {
    route: "DELETE /api/v1/customers/:user_id",
    tag,
    summary: "Erase a customer",
    description: "From everything that names them. Every amount stays.",
    access: key("manage"),
    answers: { 204: noContent("Erased, or nobody knows them.") },
  },
];
