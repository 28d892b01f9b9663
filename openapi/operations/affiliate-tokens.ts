import { AffiliateTokenSchema } from "../../worker/wire/affiliate-tokens.ts";
import { key } from "../access.ts";
import { AffiliateTokenList, IssuedAffiliateToken } from "../answers/affiliate-tokens.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Affiliates";
const path = { id: "The affiliate's id." };

export const affiliateTokenOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/affiliates/:id/tokens",
    tag,
    summary: "List an affiliate's tokens",
    description: "Oldest first, also expired ones, no revoked ones. No secret is shown.",
    access: key("manage"),
    path,
    query: [PAGE],
    answers: { 200: answer("A page of tokens.", AffiliateTokenList) },
  },
  {
    route: "POST /api/v1/affiliates/:id/tokens",
    tag,
    summary: "Make a token for an affiliate",
    description: "They, or an agent of theirs, read with it what is theirs, and change where their money goes.",
    access: key("manage"),
    path,
    body: [
      described(AffiliateTokenSchema, { name: "What you call it.", expires_at: "When it ends: never unless said." }),
    ],
    answers: { 201: answer("The token with its secret.", IssuedAffiliateToken) },
    errors: ["conflict"],
  },
  {
    route: "DELETE /api/v1/affiliates/:id/tokens/:token_id",
    tag,
    summary: "Revoke an affiliate's token",
    access: key("manage"),
    path,
    answers: { 204: noContent("Revoked for good.") },
  },
];
