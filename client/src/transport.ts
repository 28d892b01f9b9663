import { type Attempt, type Failure, lineFailure, trySending } from "./attempt.ts";
import { AgentLinksError } from "./errors.ts";
import { DEFAULT_RETRIES, MAX_RETRIES, MAX_RETRY_AFTER_MS, waitBefore } from "./retry.ts";

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
  const secretKey = secretKeyOf(options.secretKey);
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);

  return async <Answer>(call: Call): Promise<Answer> => {
    const own = call.options ?? {};
    const retries = within(own.retries ?? options.retries ?? DEFAULT_RETRIES, RETRIES);
    const timeoutMs = within(own.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS, TIMEOUT);
    const key = keyOf(call);
    const init = requestOf(call, { key, secretKey });
    const attempt = { fetch, url: urlOf(base, call), init, timeoutMs, signal: own.signal };
    const answer = await sendUntilAnswered(attempt, { call, retries, idempotencyKey: key?.value ?? null });
    // What the types of answers promise, the server's own presenters make: a test of ours holds the two together.
    return answer as Answer;
  };
}

const RETRIES = { name: "retries", min: 0, max: MAX_RETRIES };
const TIMEOUT = { name: "timeoutMs", min: 1, max: MAX_TIMEOUT_MS };

async function sendUntilAnswered(
  attempt: Attempt,
  { call, retries, idempotencyKey }: { call: Call; retries: number; idempotencyKey: string | null },
): Promise<unknown> {
  const { signal } = attempt;
  let outcomeUnknown = false;
  for (let tries = 1; ; tries += 1) {
    if (signal?.aborted === true) {
      const failure = lineFailure("aborted", signal.reason, "nothing");
      throw new AgentLinksError({ ...failure, idempotencyKey, tries: tries - 1, outcomeUnknown });
    }
    const outcome = await trySending(attempt);
    if (outcome.ok) return outcome.answer;
    const { failure } = outcome;
    if (call.repetition !== "read" && failure.tells !== "nothing") outcomeUnknown = failure.tells === "perhaps done";
    if (tries > retries || !mayRepeat(call, failure)) {
      throw new AgentLinksError({ ...failure, idempotencyKey, tries, outcomeUnknown });
    }
    await pause(waitBefore(tries, { retryAfterMs: failure.retryAfterMs, random: Math.random() }), signal);
  }
}

function mayRepeat({ repetition }: Call, { passes, tells, retryAfterMs }: Failure): boolean {
  if (!passes || (retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) return false;
  return repetition !== "once" || tells === "nothing";
}

interface Key {
  readonly value: string;
  readonly isOurs: boolean;
}

/** The key of a call that takes one. Made before the first try, so that all tries have the same. */
function keyOf({ repetition, body }: Call): Key | null {
  if (repetition !== "keyed") return null;
  const given = body !== undefined && "event_id" in body ? body.event_id : null;
  return typeof given === "string" ? { value: given, isOurs: false } : { value: crypto.randomUUID(), isOurs: true };
}

/** Throws TypeError for a header that cannot be sent, before anything is. */
function requestOf(
  { method, body, account }: Call,
  { key, secretKey }: { key: Key | null; secretKey: string },
): Attempt["init"] {
  const headers = new Headers({ Accept: "application/json", Authorization: `Bearer ${secretKey}` });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (account !== undefined) headers.set("X-Account-Id", String(account));
  if (key?.isOurs === true) headers.set("Idempotency-Key", key.value);
  return { method, headers, redirect: "manual", ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

function urlOf(base: string, { path, query = {} }: Call): string {
  const url = new URL(base + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** What cannot stand in a header is refused here: the platform's own error would repeat the key, for any log to keep. */
function secretKeyOf(text: unknown): string {
  const secretKey = typeof text === "string" ? text.trim() : "";
  if (secretKey === "") throw new TypeError("secretKey is missing");
  if (!/^[\x21-\x7e]+$/.test(secretKey)) throw new TypeError("secretKey holds characters that no key has");
  return secretKey;
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
