import type { Context } from "hono";
import { type Failure, type FailureCode, ok, type Result } from "../domain/result.ts";
import type { AccountAccess } from "../services/credits/authorize-account.ts";
import type { Access } from "../services/programs/authorize.ts";
import { type JsonObject, parseBody } from "../wire/body.ts";
import { errorBody, STATUS_OF } from "../wire/errors.ts";
import { parsePage } from "../wire/page.ts";

/** What a request carries from one handler to the next. `address`: whose it is, as limits count it; `pageRoute`: the pattern of the page that answered. */
export interface AppEnv {
  Variables: {
    requestId: string;
    address: string;
    access: Access;
    account: AccountAccess;
    failure: FailureCode;
    pageRoute: string;
  };
}

/** Seconds after which a call that could not be written may be tried again. */
const RETRY_AFTER_S = 1;

/** Answers a refusal in the one error shape. */
export function refuse(c: Context<AppEnv>, failure: Failure): Response {
  c.set("failure", failure.code);
  const retryAfterS = failure.retryAfterS ?? (failure.code === "unavailable" ? RETRY_AFTER_S : null);
  if (retryAfterS !== null) c.header("Retry-After", String(retryAfterS));
  if (failure.code === "unauthorized") c.header("WWW-Authenticate", "Bearer");
  return c.json(errorBody(failure, c.get("requestId")), STATUS_OF[failure.code]);
}

export function methodNotAllowed(c: Context<AppEnv>): Response {
  return refuse(c, { code: "method_not_allowed", message: "This route does not take this method." });
}

/** The request's body as `parse` reads it: JSON, whatever its content type says. `prose`: fields of several lines. */
export async function bodyOf<T>(
  c: Context<AppEnv>,
  parse: (body: JsonObject) => Result<T>,
  prose?: readonly string[],
): Promise<Result<T>> {
  const body = parseBody(await c.req.arrayBuffer(), prose);
  return body.ok ? parse(body.value) : body;
}

/** A list's filter together with its page. */
export function listQuery<Filter extends object>(c: Context<AppEnv>, parseFilter: (query: unknown) => Result<Filter>) {
  const filter = parseFilter(c.req.query());
  if (!filter.ok) return filter;
  const page = parsePage(c.req.query());
  return page.ok ? ok({ ...filter.value, ...page.value }) : page;
}
