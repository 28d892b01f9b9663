import * as v from "valibot";
import type { Result } from "../domain/result.ts";
import type { JsonObject } from "./body.ts";
import { check, optional } from "./fields.ts";

const RecipientSchema = v.object({
  country: optional(
    v.pipe(
      v.string("must be a string"),
      v.regex(/^[A-Za-z]{2}$/, "must be an ISO 3166-1 alpha-2 country code"),
      v.toUpperCase(),
    ),
  ),
});

/** The creator's country, where it is another one than the paying account's. */
export function parseRecipient(body: JsonObject): Result<{ readonly country: string | null }> {
  return check(RecipientSchema, body);
}
