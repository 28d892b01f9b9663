import { JoinPolicySchema, JoinSchema } from "../../worker/wire/join.ts";
import { InvitationSchema, TagSchema, TermsSchema } from "../../worker/wire/program-terms.ts";
import { key } from "../access.ts";
import { OneAffiliate } from "../answers/affiliates.ts";
import {
  InvitationList,
  JoinAccounts,
  OneInvitation,
  OneJoinPolicy,
  OneTagChoice,
  OneTerms,
} from "../answers/joining.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Joining";

export const joiningOperations: readonly Operation[] = [
  {
    route: "POST /api/v1/affiliates/join",
    tag,
    summary: "Let an account join",
    description: "From your own application. One who is known is answered as they are.",
    access: key("manage"),
    body: [
      described(JoinSchema, {
        account_id: "Your own id of the account.",
        email: "Where they are told of their money.",
        name: "What they are called.",
        ref: "The code they ask for: one is drawn unless said.",
        country: "Where they are: two characters, as in ISO 3166-1 alpha-2.",
      }),
    ],
    answers: { 201: answer("The affiliate.", OneAffiliate), 200: answer("One who was known already.", OneAffiliate) },
    errors: ["join_refused", "conflict", "code_unavailable"],
  },
  {
    route: "GET /api/v1/app/join",
    tag,
    summary: "Read who may join",
    access: key("read"),
    answers: { 200: answer("The policy.", OneJoinPolicy) },
  },
  {
    route: "PUT /api/v1/app/join",
    tag,
    summary: "Set who may join",
    description: "What is left out stays.",
    access: key("manage"),
    body: [
      described(JoinPolicySchema, {
        accounts: "Everybody's, those of the list, or none.",
        countries: "From which countries; none named: from everywhere.",
      }),
    ],
    answers: { 200: answer("The policy as it is now.", OneJoinPolicy) },
  },
  {
    route: "GET /api/v1/app/join/accounts",
    tag,
    summary: "List the accounts that may join",
    description: "In the order of their names.",
    access: key("read"),
    query: [PAGE],
    answers: { 200: answer("A page of accounts.", JoinAccounts) },
  },
  {
    route: "PUT /api/v1/app/join/accounts/:account_id",
    tag,
    summary: "Put an account on the list",
    access: key("manage"),
    answers: { 204: noContent("It is on the list.") },
    errors: ["invalid_request"],
  },
  {
    route: "DELETE /api/v1/app/join/accounts/:account_id",
    tag,
    summary: "Take an account off the list",
    access: key("manage"),
    answers: { 204: noContent("It is off the list.") },
    errors: ["invalid_request"],
  },
  {
    route: "GET /api/v1/app/terms",
    tag,
    summary: "Read your terms",
    access: key("read"),
    answers: { 200: answer("The terms; version 0: there are none.", OneTerms) },
  },
  {
    route: "PUT /api/v1/app/terms",
    tag,
    summary: "Set your terms",
    description:
      "They are shown to who joins on your page. Another text is another version; an empty one takes them away.",
    access: key("manage"),
    body: [described(TermsSchema, { text: "Up to 10,000 characters, with line breaks." })],
    answers: { 200: answer("The terms as they are now.", OneTerms) },
  },
  {
    route: "GET /api/v1/app/tag",
    tag,
    summary: "Read what you chose for the script tag",
    access: key("read"),
    answers: { 200: answer("The choice.", OneTagChoice) },
  },
  {
    route: "PUT /api/v1/app/tag",
    tag,
    summary: "Choose for the script tag",
    description: "It is what the pages offer to copy. The tag on your site says what it says there.",
    access: key("manage"),
    body: [
      described(TagSchema, {
        cookie_days: "Days for which a click counts.",
        attribution: "Whether the last click counts or the first.",
      }),
    ],
    answers: { 200: answer("The choice as it is now.", OneTagChoice) },
  },
  {
    route: "GET /api/v1/invitations",
    tag,
    summary: "List invitations",
    description: "Newest first.",
    access: key("read"),
    query: [PAGE],
    answers: { 200: answer("A page of invitations.", InvitationList) },
  },
  {
    route: "POST /api/v1/invitations",
    tag,
    summary: "Invite somebody",
    description: "By mail, at most 200 a day. Who was invited already has the name and rate of the last call.",
    access: key("manage"),
    body: [
      described(InvitationSchema, {
        email: "Who is invited.",
        name: "What they are called.",
        commission_percent: "A rate of their own: the app's unless said.",
      }),
    ],
    answers: {
      201: answer("The invitation.", OneInvitation),
      200: answer("One who was invited already.", OneInvitation),
    },
    errors: ["conflict"],
  },
  {
    route: "DELETE /api/v1/invitations/:id",
    tag,
    summary: "Take an invitation back",
    access: key("manage"),
    path: { id: "The invitation's id." },
    answers: { 204: noContent("Taken back, and whom it was for is forgotten.") },
  },
];
