import * as v from "valibot";
import { described } from "../operation.ts";

/** How an operator names one app where all could be meant. */
export const MAYBE_OF_APP = described(v.object({ app_id: v.optional(v.string()) }), {
  app_id: "Of this app alone: of all unless said.",
});

/** The same where one must be meant. */
export const OF_APP = described(v.object({ app_id: v.string() }), { app_id: "Which app is meant." });
