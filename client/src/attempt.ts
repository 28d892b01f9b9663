import type { AgentLinksErrorCode, ErrorFacts, FieldProblem } from "./errors.ts";
import { readRetryAfter } from "./retry.ts";

/** What a try says of the call: that it may have been done, that it was not, or nothing about the tries before it. */
export type Tells = "perhaps done" | "not done" | "nothing";

export interface Failure extends Omit<ErrorFacts, "outcomeUnknown" | "idempotencyKey" | "tries"> {
  readonly tells: Tells;
  /** Whether another try may go better. */
  readonly passes: boolean;
}

export type Outcome =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** A call as it is sent each time. */
export interface Attempt {
  readonly fetch: typeof globalThis.fetch;
  readonly url: string;
  readonly init: {
    readonly method: string;
    readonly headers: Headers;
    /** A server that sends us elsewhere would get the key for somebody else. */
    readonly redirect: "manual";
    readonly body?: string;
  };
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Sends a call once, and reads what came of it. Throws nothing. */
export async function trySending({ fetch, url, init, timeoutMs, signal }: Attempt): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const response = await fetch(url, { ...init, signal: either });
    const text = await response.text();
    return response.ok ? readAnswer(response, text) : failed(readRefusal(response, text));
  } catch (error) {
    const code = signal?.aborted === true ? "aborted" : timeout.aborted ? "timeout" : "network";
    return failed(lineFailure(code, error, "perhaps done"));
  }
}

const LINE_MESSAGES = {
  aborted: "The call was aborted.",
  timeout: "AgentLinks did not answer in time.",
  network: "AgentLinks could not be reached, or its answer was lost.",
} as const;

/** A try without an answer. */
export function lineFailure(code: keyof typeof LINE_MESSAGES, cause: unknown, tells: Tells): Failure {
  const message = LINE_MESSAGES[code];
  const passes = code !== "aborted";
  return { code, message, status: null, requestId: null, fields: [], retryAfterMs: null, tells, passes, cause };
}

function failed(failure: Failure): Outcome {
  return { ok: false, failure };
}

function readAnswer(response: Response, text: string): Outcome {
  if (response.status === 204) return { ok: true, answer: null };
  const body = parse(text);
  return isObject(body) ? { ok: true, answer: body } : failed(badAnswer(response, "perhaps done"));
}

/** What an answer that is no 2xx says. */
function readRefusal(response: Response, text: string): Failure {
  const body = parse(text);
  const error = isObject(body) ? body["error"] : null;
  if (!isObject(error) || typeof error["code"] !== "string") {
    // Somebody on the way has refused it: of a try before, which AgentLinks may have had, that tells nothing.
    return badAnswer(response, response.status >= 500 ? "perhaps done" : "nothing");
  }
  const fields = fieldsOf(error["fields"]);
  return {
    code: asCode(error["code"]),
    message: [String(error["message"]), ...fields.map(({ path, message }) => `${path} ${message}.`)].join(" "),
    requestId: typeof error["request_id"] === "string" ? error["request_id"] : null,
    fields,
    cause: undefined,
    ...statusFacts(response, tellsOf(response.status)),
  };
}

function badAnswer(response: Response, tells: Tells): Failure {
  const { status } = response;
  const isRedirect = (status >= 300 && status < 400) || status === 0;
  const message = isRedirect
    ? "The server answers by a redirect: `url` must be where AgentLinks itself is."
    : `The answer (status ${status}) is not AgentLinks'.`;
  return {
    code: "bad_answer",
    message,
    requestId: null,
    fields: [],
    cause: undefined,
    ...statusFacts(response, tells),
  };
}

function statusFacts({ status, headers }: Response, tells: Tells) {
  const retryAfterMs = readRetryAfter(headers.get("Retry-After"), Date.now());
  return { status, retryAfterMs, tells, passes: status === 429 || status >= 500 };
}

/**
 * A 5xx leaves open what was done. Refused at the door (a key, a limit, a redirect), the call itself was not looked at, so what
 * became of an earlier try stays as unknown as it was. Any other refusal is about the call: had it been recorded before, it
 * would be answered as then.
 */
function tellsOf(status: number): Tells {
  if (status >= 500) return "perhaps done";
  return status < 400 || status === 401 || status === 403 || status === 429 ? "nothing" : "not done";
}

function fieldsOf(value: unknown): readonly FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((field) => ({ path: String(field["path"]), message: String(field["message"]) }));
}

/** A code that only a later server knows goes out as it came: the union's docstring says so. */
function asCode(code: string): AgentLinksErrorCode {
  return code as AgentLinksErrorCode;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
