import type { Context } from "hono";
import type { Failure, Result } from "../domain/result.ts";
import type { Access } from "../services/programs/authorize.ts";
import { type JsonObject, parseBody } from "../wire/body.ts";
import { errorBody, STATUS_OF } from "../wire/errors.ts";

/** What a request carries from one handler to the next. */
export interface AppEnv {
  Variables: { requestId: string; access: Access; failure: string };
}

/** Seconds after which a call that could not be written may be tried again. */
const RETRY_AFTER_S = 1;

/** Answers a refusal in the one error shape. */
export function refuse(c: Context<AppEnv>, failure: Failure): Response {
  c.set("failure", failure.code);
  if (failure.code === "unavailable") c.header("Retry-After", String(RETRY_AFTER_S));
  if (failure.code === "unauthorized") c.header("WWW-Authenticate", "Bearer");
  return c.json(errorBody(failure, c.get("requestId")), STATUS_OF[failure.code]);
}

export function methodNotAllowed(c: Context<AppEnv>): Response {
  return refuse(c, { code: "method_not_allowed", message: "This route does not take this method." });
}

/** The request's body as `parse` reads it: JSON, whatever its content type says. */
export async function bodyOf<T>(c: Context<AppEnv>, parse: (body: JsonObject) => Result<T>): Promise<Result<T>> {
  const body = parseBody(await c.req.arrayBuffer());
  return body.ok ? parse(body.value) : body;
}
