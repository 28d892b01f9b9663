import type { Failure, FailureCode } from "../domain/result.ts";

/** The one table of refusals: code → HTTP status. */
export const STATUS_OF = {
  invalid_request: 400,
  invalid_json: 400,
  unauthorized: 401,
  key_required: 403,
  secret_key_in_browser: 403,
  scope_required: 403,
  origin_not_allowed: 403,
  join_refused: 403,
  not_found: 404,
  unknown_ref: 404,
  method_not_allowed: 405,
  idempotency_mismatch: 409,
  code_unavailable: 409,
  conflict: 409,
  body_too_large: 413,
  amount_out_of_range: 422,
  refund_exceeds_conversions: 422,
  currency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  misconfigured: 503,
} as const satisfies Record<FailureCode, number>;

/** The one shape of every error. The caller's input is never repeated in it. */
export interface ErrorBody {
  readonly error: {
    readonly code: FailureCode;
    readonly message: string;
    readonly request_id: string;
    readonly fields?: readonly { readonly path: string; readonly message: string }[];
  };
}

export function errorBody(failure: Failure, requestId: string): ErrorBody {
  const { code, message, fields } = failure;
  return { error: { code, message, request_id: requestId, ...(fields === undefined ? {} : { fields }) } };
}
