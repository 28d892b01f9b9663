import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** An object as Stripe has it. Lists and expandable fields are filled in by the fake: it is put as a webhook shows it. */
export type FakeObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly object: string };

export interface FakeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The fields of a form. */
  readonly form: Readonly<Record<string, string>>;
}

export interface Call extends FakeRequest {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly key: string;
  /** `Stripe-Account`. */
  readonly account: string | null;
}

export type Answer = readonly [status: number, body: unknown];

/** Stripe's own, where none is asked for. */
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

export async function readCall(request: IncomingMessage): Promise<Call> {
  const { method = "GET", url: path = "/", headers } = request;
  const { pathname, searchParams } = new URL(path, "http://stripe.test");
  const account = headers["stripe-account"];
  return {
    method,
    path,
    headers,
    form: Object.fromEntries(new URLSearchParams(await text(request))),
    segments: pathname.split("/").slice(1).map(decodeURIComponent),
    query: searchParams,
    key: keyOf(headers.authorization ?? ""),
    account: typeof account === "string" ? account : null,
  };
}

/** A bearer, or the user name of Basic. */
function keyOf(authorization: string): string {
  const [scheme = "", value = ""] = authorization.split(" ");
  if (scheme.toLowerCase() === "bearer") return value;
  return scheme.toLowerCase() === "basic" ? (Buffer.from(value, "base64").toString().split(":")[0] ?? "") : "";
}

/** One page after a cursor. */
export function page({ query }: Call, objects: readonly FakeObject[], url: string): Answer {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  if (!(limit >= 1 && limit <= MAX_LIMIT)) return failed(400, "invalid_request_error", "Invalid limit.");
  const after = query.get("starting_after");
  const at = objects.findIndex(({ id }) => id === after);
  if (after !== null && at === -1) return missing("object", after, 400);
  const rest = objects.slice(at + 1);
  return [200, listOf(rest.slice(0, limit), rest.length > limit, url)];
}

export function listOf(data: readonly FakeObject[], hasMore: boolean, url: string): unknown {
  return { object: "list", data, has_more: hasMore, url };
}

/** The values of `name[]` or `name[0]`, `name[1]`, … */
export function many(query: URLSearchParams, name: string): readonly string[] {
  return [...query].filter(([key]) => key.replace(/\[\d*\]$/, "") === name).map(([, value]) => value);
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
}

export function missing(type: string, id: string, status = 404): Answer {
  return failed(status, "invalid_request_error", `No such ${type}: '${id}'`, "resource_missing");
}

export function failed(status: number, type: string, message: string, code?: string): Answer {
  return [status, { error: { ...(code === undefined ? {} : { code }), message, type } }];
}

export function oauthFailed(status: number, error: string, description: string): Answer {
  return [status, { error, error_description: description }];
}

export function send(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { "Content-Type": "application/json", "Request-Id": "req_fake" });
  response.end(JSON.stringify(body));
}
