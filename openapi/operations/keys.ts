import { KeySchema, RollSchema } from "../../worker/wire/keys.ts";
import { key } from "../access.ts";
import { IssuedKey, KeyList } from "../answers/keys.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Keys";
const path = { id: "The key's id." };

export const keyOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/keys",
    tag,
    summary: "List the keys",
    description: "Oldest first, also expired ones, no revoked ones. No secret is shown.",
    access: key("read"),
    query: [PAGE],
    answers: { 200: answer("A page of keys.", KeyList) },
  },
  {
    route: "POST /api/v1/keys",
    tag,
    summary: "Make a key",
    access: key("manage"),
    body: [
      described(KeySchema, {
        name: "What you call it.",
        scopes: "What it may do: everything unless said.",
        expires_at: "When it ends: never unless said.",
      }),
    ],
    answers: { 201: answer("The key with its secret.", IssuedKey) },
    errors: ["conflict"],
  },
  {
    route: "POST /api/v1/keys/:id/roll",
    tag,
    summary: "Replace a key",
    description: "Makes a successor with the same name and scopes. The old one goes on for the overlap.",
    access: key("manage"),
    path,
    body: [described(RollSchema, { overlap_hours: "Hours the old key goes on: 24 unless said." })],
    answers: { 201: answer("The successor with its secret.", IssuedKey) },
    errors: ["conflict"],
  },
  {
    route: "DELETE /api/v1/keys/:id",
    tag,
    summary: "Revoke a key",
    access: key("manage"),
    path,
    answers: { 204: noContent("Revoked for good.") },
    errors: ["conflict"],
  },
];
