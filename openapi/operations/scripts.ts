import * as v from "valibot";
import { ANYBODY } from "../access.ts";
import { answer, type Operation } from "../operation.ts";

const tag = "Scripts";
const SCRIPT = {
  200: answer("The script, compressed where that is asked for.", v.string(), {
    contentType: "text/javascript",
    headers: { ETag: "With it in `If-None-Match` an unchanged one is answered 304.", "Cache-Control": "A day." },
  }),
};

export const scriptOperations: readonly Operation[] = [
  {
    route: "GET /agentlinks.js",
    tag,
    summary: "Load the script tag",
    access: ANYBODY,
    unrecorded: true,
    answers: SCRIPT,
  },
  {
    route: "GET /agentlinks.d.ts",
    tag,
    summary: "Load the script tag's types",
    access: ANYBODY,
    unrecorded: true,
    answers: { 200: answer("TypeScript's declarations.", v.string(), { contentType: "text/plain" }) },
  },
  {
    route: "GET /referrals.js",
    tag,
    summary: "Load the friend-referral dialog",
    access: ANYBODY,
    unrecorded: true,
    answers: SCRIPT,
  },
];
