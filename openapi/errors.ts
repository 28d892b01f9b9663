import type { FailureCode } from "../worker/domain/result.ts";
import { STATUS_OF } from "../worker/wire/errors.ts";
import { refusalsOf } from "./access.ts";
import type { Operation } from "./operation.ts";

/** What each code says. The table of statuses is `worker/wire/errors.ts`. */
export const MEANING: Readonly<Record<FailureCode, string>> = {
  invalid_request: "The body or the query is not what the call takes; `fields` names what is at fault.",
  invalid_json: "The body is not JSON in UTF-8.",
  unauthorized: "The key is missing, unknown, mistyped, expired or revoked.",
  key_required: "The public may not do this: a backend with a key may.",
  secret_key_in_browser: "A good key came from a browser. Replace it: whoever saw the page has it.",
  scope_required: "The key lacks the scope, or would hand on what it lacks.",
  origin_not_allowed: "The page that called is not on the app's list of origins.",
  join_refused: "The program does not take this account, or nobody from this country.",
  not_found: "No such route, or nothing of yours by that id.",
  unknown_ref: "No live code by that ref in that app.",
  method_not_allowed: "The route does not take this method.",
  idempotency_mismatch: "The key of the call was used for another body.",
  code_unavailable: "The code was issued before.",
  conflict: "What is there stands against it; `message` says what.",
  body_too_large: "The body is too long.",
  amount_out_of_range: "No payment can be of this amount.",
  refund_exceeds_conversions: "More is to be given back than is left.",
  currency_mismatch: "The currency is not that of what the call names.",
  rate_limited: "Too many calls; `Retry-After` says in how many seconds to come back.",
  internal: "What nobody expected. Nothing was half-written.",
  unavailable: "The database is away or calls cannot be counted: repeat it after `Retry-After` seconds.",
  misconfigured: "Settings of the installation are missing or wrong.",
};

/** Whoever calls whichever route. */
const ALWAYS: readonly FailureCode[] = ["internal", "unavailable", "misconfigured"];
const OF_BODY: readonly FailureCode[] = ["invalid_json", "invalid_request", "body_too_large"];

/** Every code that the operation can be refused with, but for the wrong method, by status. */
export function errorsOf(operation: Operation): ReadonlyMap<number, readonly FailureCode[]> {
  const codes = new Set<FailureCode>([
    ...refusalsOf(operation.access),
    ...(operation.body === undefined ? [] : OF_BODY),
    ...(operation.query === undefined ? [] : (["invalid_request"] as const)),
    ...(operation.errors ?? []),
    ...ALWAYS,
  ]);
  const byStatus = new Map<number, FailureCode[]>();
  for (const code of [...codes].toSorted())
    byStatus.set(STATUS_OF[code], [...(byStatus.get(STATUS_OF[code]) ?? []), code]);
  return new Map([...byStatus].toSorted(([one], [other]) => one - other));
}
