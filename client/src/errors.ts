/** What AgentLinks answers when it refuses a call. */
export type ServerErrorCode =
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

/**
 * What went wrong on the way: `network`, `timeout`, `aborted` by the signal of the call, or `bad_answer`, an answer that is not
 * AgentLinks' (a proxy's page, a redirect).
 */
export type LineErrorCode = "network" | "timeout" | "aborted" | "bad_answer";

/** A later server may answer codes that are not here: keep a `default` where you switch over them. */
export type AgentLinksErrorCode = ServerErrorCode | LineErrorCode;

/** A field of the call that is at fault: `path` is its name, dotted. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export interface ErrorFacts {
  readonly code: AgentLinksErrorCode;
  readonly message: string;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | null;
  readonly outcomeUnknown: boolean;
  readonly idempotencyKey: string | null;
  readonly tries: number;
  readonly cause: unknown;
}

/** Why a call failed, after its last try. */
export class AgentLinksError extends Error {
  override readonly name = "AgentLinksError";
  readonly code: AgentLinksErrorCode;
  /** The status of the answer; null without one. */
  readonly status: number | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  readonly fields: readonly FieldProblem[];
  /** When the same call may be sent again, where the server said so. */
  readonly retryAfterMs: number | null;
  /**
   * True: it may have been recorded all the same. Send the call again later, with `idempotencyKey` as its `event_id`: then it
   * counts once. False: nothing was recorded.
   */
  readonly outcomeUnknown: boolean;
  /** The key that all tries had: the call's `event_id`, or the one made for it. Null for calls that take none. */
  readonly idempotencyKey: string | null;
  /** How often it was sent. */
  readonly tries: number;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.fields = facts.fields;
    this.retryAfterMs = facts.retryAfterMs;
    this.outcomeUnknown = facts.outcomeUnknown;
    this.idempotencyKey = facts.idempotencyKey;
    this.tries = facts.tries;
  }
}
