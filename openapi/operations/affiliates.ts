import {
  AffiliateChangeSchema,
  AffiliateListSchema,
  AffiliateSchema,
  CodeSchema,
  CommissionsSchema,
  StatsSchema,
} from "../../worker/wire/affiliates.ts";
import { WantedStatusSchema } from "../../worker/wire/status-preview.ts";
import { key, keyOrAffiliate } from "../access.ts";
import {
  AffiliateList,
  Balances,
  CodeDays,
  CommissionList,
  IssuedCode,
  OneAffiliate,
  OneStatusPreview,
} from "../answers/affiliates.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Affiliates";
const path = { id: "The affiliate's id." };

export const affiliateOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/affiliates",
    tag,
    summary: "List the affiliates",
    access: key("read"),
    query: [described(AffiliateListSchema, { status: "Only those of this status." }), PAGE],
    answers: { 200: answer("A page of affiliates.", AffiliateList) },
  },
  {
    route: "POST /api/v1/affiliates",
    tag,
    summary: "Add an affiliate",
    description: "Active at once. One who is known by account or address is answered as they are.",
    access: key("manage"),
    body: [
      described(AffiliateSchema, {
        email: "Where they are told of their money.",
        name: "What they are called.",
        ref: "The code they ask for: one is drawn unless said.",
        account_id: "Your own id of their account.",
        commission_percent: "A rate of their own: the app's unless said.",
      }),
    ],
    answers: { 201: answer("The affiliate.", OneAffiliate), 200: answer("One who was known already.", OneAffiliate) },
    errors: ["conflict", "code_unavailable"],
  },
  {
    route: "GET /api/v1/affiliates/:id",
    tag,
    summary: "Read an affiliate",
    access: keyOrAffiliate("read"),
    path,
    answers: { 200: answer("The affiliate.", OneAffiliate) },
  },
  {
    route: "PATCH /api/v1/affiliates/:id",
    tag,
    summary: "Change an affiliate",
    description:
      "What is left out stays. A revocation is final: codes die, and what is not matured and clear is void. The preview tells what a status does.",
    access: key("manage"),
    path,
    body: [
      described(AffiliateChangeSchema, {
        name: "What they are called; null: nothing.",
        status: "The status they are to have.",
        reason: "Why. Required with `status`.",
        commission_percent: "A rate of their own; null: the app's.",
        commission_from: "When `commission_percent` comes into force: at once unless said.",
      }),
    ],
    together: { status: ["reason"], commission_from: ["commission_percent"] },
    answers: { 200: answer("The affiliate as they are now.", OneAffiliate) },
    errors: ["conflict"],
  },
  {
    route: "GET /api/v1/affiliates/:id/status-preview",
    tag,
    summary: "Preview a change of status",
    access: key("read"),
    path,
    query: [described(WantedStatusSchema, { status: "The status they would have." })],
    answers: { 200: answer("What the change would do.", OneStatusPreview) },
    errors: ["conflict"],
  },
  {
    route: "POST /api/v1/affiliates/:id/codes",
    tag,
    summary: "Add a code",
    description: "A code is never issued twice.",
    access: key("manage"),
    path,
    body: [
      described(CodeSchema, {
        ref: "The code they ask for: one is drawn unless said.",
        expires_at: "When it ends: never unless said.",
      }),
    ],
    answers: { 201: answer("The code.", IssuedCode) },
    errors: ["conflict", "code_unavailable"],
  },
  {
    route: "DELETE /api/v1/affiliates/:id/codes/:ref",
    tag,
    summary: "Retire a code",
    access: key("manage"),
    path,
    answers: { 204: noContent("Nobody is referred by it any more.") },
  },
  {
    route: "GET /api/v1/affiliates/:id/balance",
    tag,
    summary: "Read a balance",
    access: keyOrAffiliate("read"),
    path,
    answers: { 200: answer("One balance for each currency.", Balances) },
  },
  {
    route: "GET /api/v1/affiliates/:id/commissions",
    tag,
    summary: "List commissions",
    description: "Newest first, each with what is left of it after refunds.",
    access: keyOrAffiliate("read"),
    path,
    query: [
      described(CommissionsSchema, { status: "Only those of this status.", currency: "Only those of this currency." }),
      PAGE,
    ],
    answers: { 200: answer("A page of commissions.", CommissionList) },
  },
  {
    route: "GET /api/v1/affiliates/:id/stats",
    tag,
    summary: "Count by code and day",
    access: keyOrAffiliate("read"),
    path,
    query: [
      described(StatsSchema, {
        from: "The first UTC day: 29 before `to` unless said, and at most 365 before it.",
        to: "The last UTC day: today unless said.",
        ref: "Only this code.",
      }),
    ],
    answers: { 200: answer("Days on which something happened.", CodeDays) },
  },
];
