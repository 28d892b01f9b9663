import { AgentLinksError, type AgentLinksErrorCode, type ErrorFacts, type FieldProblem } from "./errors.ts";
import { DEFAULT_RETRIES, MAX_RETRIES, MAX_RETRY_AFTER_MS, readRetryAfter, waitBefore } from "./retry.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
/** Beyond this a timer of JavaScript fires at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export interface AgentLinksOptions {
  /** Where AgentLinks is: `https://links.example.com`. */
  readonly url: string;
  /** A secret key of the app, `al_sk_…`. It never leaves the backend. */
  readonly secretKey: string;
  /** The most that one try takes, in milliseconds: 10,000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** How often a call that failed is sent again, 0–10: twice unless given. */
  readonly retries?: number | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What any call may be given besides. */
export interface CallOptions {
  /** Ends the call, and the wait between its tries. */
  readonly signal?: AbortSignal | undefined;
  /** For this call alone. */
  readonly timeoutMs?: number | undefined;
  readonly retries?: number | undefined;
}

/**
 * What sending a call twice does. `read`: nothing. `repeatable`: the same as once, by what it says. `keyed`: the same as once, by
 * its `event_id` or a key made for it. `once`: it would happen twice, so it is only sent again when it surely was not done.
 */
type Repetition = "read" | "repeatable" | "keyed" | "once";

export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly repetition: Repetition;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly body?: object;
  /** The end user's account that the call is about. */
  readonly account?: string | number;
  readonly options?: CallOptions | undefined;
}

/** Sends a call until it is answered, at most `1 + retries` times, and answers its parsed body. Throws AgentLinksError. */
export type Send = <Answer>(call: Call) => Promise<Answer>;

/** The one place that speaks to the server. Throws TypeError where the options make no sense. */
export function openTransport(options: AgentLinksOptions): Send {
  const base = baseOf(options.url);
  if (typeof options.secretKey !== "string" || options.secretKey === "") throw new TypeError("secretKey is missing");
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);

  return async <Answer>(call: Call): Promise<Answer> => {
    const settings = { ...options, ...call.options };
    const retries = within(settings.retries ?? DEFAULT_RETRIES, { name: "retries", min: 0, max: MAX_RETRIES });
    const timeoutMs = within(settings.timeoutMs ?? DEFAULT_TIMEOUT_MS, {
      name: "timeoutMs",
      min: 1,
      max: MAX_TIMEOUT_MS,
    });
    const key = keyOf(call);
    const url = urlOf(base, call);
    const init = { ...requestOf(call, key), redirect: "manual" } as const;
    init.headers.set("Authorization", `Bearer ${options.secretKey}`);

    const { signal } = call.options ?? {};
    let outcomeUnknown = false;
    for (let tries = 1; ; tries += 1) {
      const told = { idempotencyKey: key?.value ?? null, tries };
      if (signal?.aborted === true) {
        const failure = lineFailure("aborted", signal.reason, "nothing");
        throw new AgentLinksError({ ...failure, ...told, tries: tries - 1, outcomeUnknown });
      }
      const outcome = await trySending({ fetch, url, init, timeoutMs, signal });
      // What the types of answers promise, the server's own presenters make: a test of ours holds the two together.
      if (outcome.ok) return outcome.answer as Answer;
      const { failure } = outcome;
      if (call.repetition !== "read" && failure.tells !== "nothing") outcomeUnknown = failure.tells === "perhaps done";
      if (tries > retries || !mayRepeat(call, failure)) {
        throw new AgentLinksError({ ...failure, ...told, outcomeUnknown });
      }
      await pause(waitBefore(tries, { retryAfterMs: failure.retryAfterMs, random: Math.random() }), signal);
    }
  };
}

/** What a try says of the call: that it may have been done, that it was not, or nothing about the tries before it. */
type Tells = "perhaps done" | "not done" | "nothing";

interface Failure extends Omit<ErrorFacts, "outcomeUnknown" | "idempotencyKey" | "tries"> {
  readonly tells: Tells;
  /** Whether another try may go better. */
  readonly passes: boolean;
}

type Outcome = { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly failure: Failure };

interface Attempt {
  readonly fetch: typeof globalThis.fetch;
  readonly url: string;
  readonly init: {
    readonly method: string;
    readonly headers: Headers;
    readonly redirect: "manual";
    readonly body?: string;
  };
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

async function trySending({ fetch, url, init, timeoutMs, signal }: Attempt): Promise<Outcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      ...init,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    const code = signal?.aborted === true ? "aborted" : timeout.aborted ? "timeout" : "network";
    return failed(lineFailure(code, error, "perhaps done"));
  }
  if (response.ok) return readAnswer(response, text);
  return failed(refusalOf(response, text));
}

function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

const LINE_MESSAGES = {
  aborted: "The call was aborted.",
  timeout: "AgentLinks did not answer in time.",
  network: "AgentLinks could not be reached, or its answer was lost.",
} as const;

function lineFailure(code: keyof typeof LINE_MESSAGES, cause: unknown, tells: Tells): Failure {
  const message = LINE_MESSAGES[code];
  const passes = code !== "aborted";
  return { code, message, status: null, requestId: null, fields: [], retryAfterMs: null, tells, passes, cause };
}

function readAnswer(response: Response, text: string): Outcome {
  if (response.status === 204) return { ok: true, answer: null };
  const body = parse(text);
  if (isObject(body) || Array.isArray(body)) return { ok: true, answer: body };
  return failed(badAnswer(response, "perhaps done"));
}

/** What an answer that is no 2xx says. */
function refusalOf(response: Response, text: string): Failure {
  const { status, headers } = response;
  const tells = tellsOf(status);
  const body = parse(text);
  const error = isObject(body) ? body["error"] : null;
  if (!isObject(error) || typeof error["code"] !== "string") return badAnswer(response, tells);
  const fields = fieldsOf(error["fields"]);
  const message = [String(error["message"]), ...fields.map((field) => `${field.path} ${field.message}.`)].join(" ");
  return {
    code: asCode(error["code"]),
    message,
    status,
    requestId: typeof error["request_id"] === "string" ? error["request_id"] : null,
    fields,
    retryAfterMs: readRetryAfter(headers.get("Retry-After"), Date.now()),
    tells,
    passes: status === 429 || status >= 500,
    cause: undefined,
  };
}

function badAnswer({ status, headers }: Response, tells: Tells): Failure {
  const isRedirect = (status >= 300 && status < 400) || status === 0;
  const message = isRedirect
    ? "The server answers by a redirect: `url` must be where AgentLinks itself is."
    : `The answer (status ${status}) is not AgentLinks'.`;
  const retryAfterMs = readRetryAfter(headers.get("Retry-After"), Date.now());
  const passes = status === 429 || status >= 500;
  return {
    code: "bad_answer",
    message,
    status,
    requestId: null,
    fields: [],
    retryAfterMs,
    tells,
    passes,
    cause: undefined,
  };
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

function mayRepeat({ repetition }: Call, { passes, tells, retryAfterMs }: Failure): boolean {
  if (!passes || (retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) return false;
  return repetition !== "once" || tells === "nothing";
}

/** The key of a call that takes one. Made before the first try, so that all tries have the same. */
function keyOf({ repetition, body }: Call): { readonly value: string; readonly isOurs: boolean } | null {
  if (repetition !== "keyed") return null;
  const given = isObject(body) ? body["event_id"] : null;
  return typeof given === "string" ? { value: given, isOurs: false } : { value: crypto.randomUUID(), isOurs: true };
}

/** Throws TypeError for a header that cannot be sent, before anything is. */
function requestOf({ method, body, account }: Call, key: ReturnType<typeof keyOf>) {
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (account !== undefined) headers.set("X-Account-Id", String(account));
  if (key?.isOurs === true) headers.set("Idempotency-Key", key.value);
  return { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

function urlOf(base: string, { path, query = {} }: Call): string {
  const url = new URL(base + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError("url must be like https://links.example.com");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function within(value: number, { name, min, max }: { name: string; min: number; max: number }): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`${name} must be a whole number from ${min} to ${max}`);
}

/** Resolves after so many milliseconds, or at once when the signal ends the wait. */
function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal?.addEventListener("abort", end);
  });
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
