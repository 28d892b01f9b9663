import * as v from "valibot";
import { fail, type Result, ok } from "../domain/result.ts";
import type { Explanation, ExplainQuery } from "../services/explain/explain.ts";
import { presentAccount } from "./explain-account.ts";
import { presentConversion } from "./explain-conversion.ts";
import { presentRef, presentUser } from "./explain-user.ts";
import { anyCode, check, optional, text } from "./fields.ts";

/** As long as any id in a call's body may be. */
const MAX_ID_LENGTH = 256;
const id = v.pipe(text, v.maxLength(MAX_ID_LENGTH, `must not be longer than ${MAX_ID_LENGTH} characters`));

const SUBJECTS = ["user_id", "conversion_id", "ref", "account_id"] as const;
export const ExplainSchema = v.object({
  user_id: optional(id),
  conversion_id: optional(id),
  ref: optional(anyCode),
  account_id: optional(id),
});

/** What is asked about. Fails with `invalid_request` unless exactly one of the four is named. */
export function parseExplainQuery(query: unknown): Result<ExplainQuery> {
  const parsed = check(ExplainSchema, query);
  if (!parsed.ok) return parsed;
  const { user_id: userId, conversion_id: conversionId, ref, account_id: accountId } = parsed.value;
  const asked: readonly ExplainQuery[] = [
    ...(userId === null ? [] : [{ subject: "user", userId } as const]),
    ...(conversionId === null ? [] : [{ subject: "conversion", conversionId } as const]),
    ...(ref === null ? [] : [{ subject: "ref", ref } as const]),
    ...(accountId === null ? [] : [{ subject: "account", accountId } as const]),
  ];
  const [only] = asked;
  if (only !== undefined && asked.length === 1) return ok(only);
  const message = "exactly one of these is to be named";
  const fields = SUBJECTS.map((path) => ({ path, message }));
  return fail("invalid_request", "Name one of user_id, conversion_id, ref and account_id.", fields);
}

export function presentExplanation(explanation: Explanation) {
  switch (explanation.subject) {
    case "conversion":
      return presentConversion(explanation);
    case "user":
      return presentUser(explanation);
    case "ref":
      return presentRef(explanation);
    case "account":
      return presentAccount(explanation);
  }
}
