/** Every way a call can be refused. `wire/errors.ts` gives each its HTTP status; nothing else may fail on purpose. */
export type FailureCode =
  | "invalid_request"
  | "invalid_json"
  | "unauthorized"
  | "key_required"
  | "secret_key_in_browser"
  | "scope_required"
  | "origin_not_allowed"
  | "join_refused"
  | "not_found"
  | "unknown_ref"
  | "method_not_allowed"
  | "idempotency_mismatch"
  | "code_unavailable"
  | "conflict"
  | "body_too_large"
  | "amount_out_of_range"
  | "refund_exceeds_conversions"
  | "currency_mismatch"
  | "rate_limited"
  | "internal"
  | "unavailable"
  | "misconfigured";

/** `path` is the body key at fault, dotted; the caller's input is never repeated. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly fields?: readonly FieldProblem[];
  /** Seconds after which the same call may be sent again, where that is known. */
  readonly retryAfterS?: number;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: FailureCode, message: string, fields?: readonly FieldProblem[]): Result<never> {
  return { ok: false, failure: fields === undefined ? { code, message } : { code, message, fields } };
}
