import * as v from "valibot";
import type { Result } from "../domain/result.ts";
import type { JsonObject } from "./body.ts";
import { check, countryCode, optional } from "./fields.ts";

export const RecipientSchema = v.object({ country: optional(countryCode) });

/** The creator's country, where it is another one than the paying account's. */
export function parseRecipient(body: JsonObject): Result<{ readonly country: string | null }> {
  return check(RecipientSchema, body);
}
