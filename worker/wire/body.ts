import { fail, ok, type Result } from "../domain/result.ts";

/** An object as it came off the wire: safe to look into, its fields not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Longer strings are refused; an e-mail address has its own limit. */
export const MAX_STRING_LENGTH = 256;
/** Deeper nesting is refused: no call needs it. */
const MAX_DEPTH = 8;
const HOSTILE_KEYS = new Set(["__proto__", "constructor", "prototype"]);
/** Read loosely, every broken byte becomes U+FFFD, and two ids of theirs become one. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
/** A key that may be one of ours. Any other is the caller's input, and an error does not repeat it. */
const NAMED_KEY = /^[a-z][a-z_]{0,31}$/;

/**
 * Parses a request body: a JSON object, whatever content type it came under. Refuses what no honest caller sends: keys that
 * reach prototypes, control characters, broken Unicode, strings over `MAX_STRING_LENGTH`. Fails with `invalid_json` and
 * `invalid_request`. Fields named in `prose` may be long and have line breaks: their schema says what they may hold.
 */
export function parseBody(bytes: ArrayBuffer, prose: readonly string[] = []): Result<JsonObject> {
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(bytes));
  } catch {
    return fail("invalid_json", "The body is not JSON.");
  }
  if (!isJsonObject(value)) return fail("invalid_request", "The body must be a JSON object.");
  const strict = Object.fromEntries(Object.entries(value).filter(([key]) => !prose.includes(key)));
  const checked = refuseHostile(prose.length === 0 ? value : strict);
  return checked.ok ? { ok: true, value } : checked;
}

/** The same value, or what of it no honest caller sends. */
export function refuseHostile<T>(value: T): Result<T> {
  const problem = findProblem(value, { path: "", depth: 0 });
  return problem === null
    ? ok(value)
    : fail("invalid_request", "The body holds something that is not accepted.", [problem]);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function findProblem(value: unknown, at: { path: string; depth: number }): { path: string; message: string } | null {
  if (typeof value === "string") return stringProblem(value, at.path);
  if (typeof value !== "object" || value === null) return null;
  if (at.depth >= MAX_DEPTH) return { path: at.path, message: `must not be nested deeper than ${MAX_DEPTH}` };
  for (const [key, item] of Object.entries(value)) {
    if (HOSTILE_KEYS.has(key)) return { path: at.path, message: "has a key that is not accepted" };
    const keyProblem = stringProblem(key, at.path);
    if (keyProblem !== null) return { path: at.path, message: "has a key that is not accepted" };
    const path = NAMED_KEY.test(key) ? `${at.path}${at.path === "" ? "" : "."}${key}` : at.path;
    const problem = findProblem(item, { path, depth: at.depth + 1 });
    if (problem !== null) return problem;
  }
  return null;
}

function stringProblem(value: string, path: string): { path: string; message: string } | null {
  if (value.length > MAX_STRING_LENGTH)
    return { path, message: `must not be longer than ${MAX_STRING_LENGTH} characters` };
  if (/\p{Cc}/u.test(value)) return { path, message: "must not hold control characters" };
  return value.isWellFormed() ? null : { path, message: "must be well-formed Unicode" };
}
