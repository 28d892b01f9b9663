import { bodyLimit as honoBodyLimit } from "hono/body-limit";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type AppEnv, refuse } from "../context.ts";

/** No call needs more; a larger body is refused before it is parsed. */
const MAX_BODY_BYTES = 16 * 1024;

/** A file of 5,000 lines, each with some names and an account, is within it. */
const MAX_FILE_BYTES = 1024 * 1024;

export const bodyLimit = limitTo(MAX_BODY_BYTES);
export const fileLimit = limitTo(MAX_FILE_BYTES);

/**
 * A body that says its length is as long as that: HTTP ends it there. So it is not touched before its route reads it, for the
 * first to touch it has Node make a stream of it. Hono's limit counts a body that comes in chunks.
 */
function limitTo(maxSize: number) {
  const onError = (c: Context<AppEnv>) =>
    refuse(c, { code: "body_too_large", message: `The body must not exceed ${maxSize} bytes.` });
  const counting = honoBodyLimit({ maxSize, onError });
  return createMiddleware<AppEnv>((c, next) => {
    const length = c.req.header("Content-Length");
    if (length === undefined || c.req.header("Transfer-Encoding") !== undefined) return counting(c, next);
    return Number(length) > maxSize ? Promise.resolve(onError(c)) : next().then(() => undefined);
  });
}
