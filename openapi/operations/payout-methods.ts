import { PayoutMethodSchema } from "../../worker/wire/payout-method.ts";
import { RecipientSchema } from "../../worker/wire/recipients.ts";
import { keyOrAffiliate } from "../access.ts";
import { OnePayoutMethod, StripeOnboarding } from "../answers/payout-methods.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";

const tag = "Payouts";
const path = { id: "The affiliate's id." };

export const payoutMethodOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/affiliates/:id/payout-method",
    tag,
    summary: "Read where an affiliate's money goes",
    access: keyOrAffiliate("read"),
    path,
    answers: { 200: answer("What may be shown of it.", OnePayoutMethod) },
  },
  {
    route: "PUT /api/v1/affiliates/:id/payout-method",
    tag,
    summary: "Say where an affiliate's money goes",
    description: "Payouts wait for 48 hours after a change, and the affiliate gets a mail. It is kept encrypted.",
    access: keyOrAffiliate("manage"),
    path,
    body: [
      described(PayoutMethodSchema, {
        kind: "Which of them.",
        email: "The address of their PayPal account.",
        holder: "Whose account it is.",
        account: "An IBAN, or another account number.",
        bank_code: "The bank's BIC, or another code.",
        country: "The bank's country, as ISO 3166-1 alpha-2.",
        details: "Anything you can pay by.",
      }),
    ],
    answers: { 200: answer("What may be shown of it.", OnePayoutMethod) },
    errors: ["conflict"],
  },
  {
    route: "DELETE /api/v1/affiliates/:id/payout-method",
    tag,
    summary: "Forget where an affiliate's money goes",
    access: keyOrAffiliate("manage"),
    path,
    answers: { 204: noContent("Forgotten: payouts leave them out.") },
    errors: ["conflict"],
  },
  {
    route: "POST /api/v1/affiliates/:id/payout-method/stripe",
    tag,
    summary: "Bring an affiliate to an account at Stripe",
    description:
      "Made once. Call it again after they come back: once Stripe lets the account receive money it is their payout method.",
    access: keyOrAffiliate("manage"),
    path,
    body: [described(RecipientSchema, { country: "Where they live, if not where the account that pays is." })],
    answers: { 200: answer("Whether they are done, or where they go on.", StripeOnboarding) },
    errors: ["conflict"],
  },
];
