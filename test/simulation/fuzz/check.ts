import { MARKER } from "../../support/hostile-bodies.ts";
import type { Operation, Reference } from "./reference.ts";
import type { Answer, Input } from "./send.ts";

/** No answer takes longer. */
export const MAX_MS = 5_000;

/** What an answer is held to. */
export interface Held {
  readonly reference: Reference;
  readonly input: Input;
  readonly answer: Answer;
  /** What no answer may hold: whatever was ever a secret. */
  readonly secrets: ReadonlySet<string>;
  /** Origins that some app lists. */
  readonly origins: ReadonlySet<string>;
}

/** Whether the product answered, and not the server before it: it says of every answer what a browser may make of it. */
export function isOurs({ headers }: Answer): boolean {
  return headers.has("content-security-policy");
}

/** What is wrong with an answer of the API, in words. */
export function problemsOf(held: Held): readonly string[] {
  const { answer, input } = held;
  const slow = answer.ms > MAX_MS && input.raw === undefined ? [`took ${Math.round(answer.ms)} ms`] : [];
  if (!isOurs(answer)) return [...slow, ...problemsOfServer(held)];
  const { method, path } = sentOf(input);
  const operations = held.reference.find(method === "HEAD" ? "GET" : method, path);
  const documented = operations.length === 0 ? problemsOfStray(held) : problemsOfOperation(held, operations);
  return [...slow, ...documented, ...problemsOfHeaders(held), ...problemsOfText(held)];
}

/** Of the server before the product: a refusal of what is no request, and no more. */
const SERVER_STATUSES = new Set([400, 408, 413, 414, 417, 426, 431]);

function problemsOfServer({ answer, input }: Held): readonly string[] {
  const isAllowed =
    input.raw !== undefined
      ? answer.status === 501 || answer.status === 0 || answer.status === 505
      : answer.status === 0;
  return isAllowed || SERVER_STATUSES.has(answer.status) ? [] : [`${answer.status} without the product's headers`];
}

/** The request line as the server read it. */
function sentOf({ method, path, raw }: Input): { readonly method: string; readonly path: string } {
  if (raw === undefined) return { method, path: path.split("#", 1).join("") };
  const [sentMethod = "", target = ""] = raw.toString("latin1").split("\r\n", 1).join("").split(" ");
  const absolute = /^https?:\/\/[^/]*(\/.*)$/.exec(target);
  return { method: sentMethod.toUpperCase(), path: (absolute?.[1] ?? target).split("#", 1).join("") };
}

/** Of what no operation is documented for: a refusal in the one shape, or the answer to a question about CORS. */
function problemsOfStray({ reference, answer, input }: Held): readonly string[] {
  if (sentOf(input).method === "OPTIONS" && answer.status === 204) return [];
  if (answer.status >= 500) return [`${answer.status}`];
  // A path that is turned into a page's is answered as one.
  if (answer.headers.get("content-type")?.startsWith("text/html") === true) return [];
  if (answer.status < 400) return sentOf(input).path.startsWith("/api/") ? [`${answer.status} is not documented`] : [];
  if (sentOf(input).method === "HEAD") return [];
  return reference.isError(parsed(answer.body)) ? [] : [`${answer.status} is in another shape: ${start(answer.body)}`];
}

function problemsOfOperation(held: Held, operations: readonly Operation[]): readonly string[] {
  const { answer, input, reference } = held;
  const { status, body, headers } = answer;
  if (status >= 500) return [`${status} ${start(body)}`];
  if (sentOf(input).method === "HEAD") return body === "" ? [] : ["HEAD has a body"];
  // What is no address is refused before there is a route.
  if (input.raw !== undefined && status === 400 && codeOf(parsed(body)) === "invalid_request") return [];
  const answers = operations.flatMap((operation) => operation.answers.get(status) ?? []);
  if (answers.length === 0) return [`${status} is not documented: ${start(body)}`];
  const type = headers.get("content-type")?.split(";", 1).join("") ?? "";
  const [documented] = answers;
  if (documented === undefined || documented.content.size === 0) return body === "" ? [] : [`${status} has a body`];
  const isValid = documented.content.get(type);
  if (isValid === undefined) return [`${status} is ${type === "" ? "of no type" : type}`];
  const value = type === "application/json" ? parsed(body) : body;
  if (value === undefined) return [`${status} is no JSON: ${start(body)}`];
  if (status < 400)
    return isValid(value) ? [] : [`${status} is not as documented: ${wrongOf(isValid.errors)} ${start(body, 600)}`];
  if (!reference.isError(value)) return [`${status} is in another shape: ${start(body)}`];
  const code = codeOf(value);
  return answers.some(({ codes }) => codes.has(code)) ? [] : [`${status} ${code} is not documented`];
}

export function codeOf(value: unknown): string {
  const error: unknown = typeof value === "object" && value !== null && "error" in value ? value.error : null;
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongOf(
  errors: readonly { readonly instancePath: string; readonly message?: string }[] | null | undefined,
): string {
  return (errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`).join("; ");
}

function start(text: string, length = 160): string {
  return text.slice(0, length);
}

function problemsOfHeaders({ answer, origins, input }: Held): readonly string[] {
  const { headers, status, body } = answer;
  const value = (name: string) => headers.get(name);
  const allowed = value("access-control-allow-origin");
  const isApi = sentOf(input).path.startsWith("/api/");
  return [
    ...(value("x-content-type-options") === "nosniff" ? [] : ["no nosniff"]),
    ...(value("referrer-policy") === undefined ? ["no Referrer-Policy"] : []),
    ...(body !== "" && value("content-type") === undefined ? ["a body of no type"] : []),
    ...(status === 401 && value("www-authenticate") !== "Bearer" ? ["401 without WWW-Authenticate"] : []),
    ...(status === 429 && !/^\d+$/.test(value("retry-after") ?? "") ? ["429 without Retry-After"] : []),
    ...(isApi && headers.has("set-cookie") ? ["sets a cookie"] : []),
    ...(isApi && headers.has("location") ? ["leads elsewhere"] : []),
    ...(headers.has("x-powered-by") || headers.has("access-control-allow-credentials") ? ["a header too many"] : []),
    ...(allowed === undefined || allowed === "*" || origins.has(allowed)
      ? []
      : [`lets in the origin ${start(allowed)}`]),
    ...([...headers].some(([name, text]) => name.includes("x-injected") || text.includes(MARKER))
      ? ["a header repeats what was sent"]
      : []),
  ];
}

/** Words of the inside: a stack, a path of the machine, the database's own messages. */
const INSIDE =
  /\n\s+at \S+ \(|node_modules|\/tmp\/|dist\/node\.js|worker\.js:\d|SQLITE_|SqliteError|DbError|TypeError|RangeError|no such (?:table|column)/;

function problemsOfText({ answer, input, secrets }: Held): readonly string[] {
  const { status, body } = answer;
  const told = [...secrets].filter((secret) => body.includes(secret));
  const bearer = /^Bearer (\S{20,})$/.exec(String(input.headers["authorization"] ?? ""))?.[1];
  return [
    ...(told.length > 0 ? [`tells a secret: ${start(told.join(" "))}`] : []),
    ...(bearer !== undefined && body.includes(bearer) ? ["repeats the credential"] : []),
    ...(status >= 400 && body.includes(MARKER) ? [`${status} repeats what was sent: ${start(body)}`] : []),
    ...((status >= 400 || body.startsWith("{")) && INSIDE.test(body)
      ? [`tells of the inside: ${start(INSIDE.exec(body)?.[0] ?? "")}`]
      : []),
  ];
}
