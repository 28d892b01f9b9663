import { bodyLimit as honoBodyLimit } from "hono/body-limit";
import { refuse } from "../context.ts";

/** No call needs more; a larger body is refused before it is parsed. */
const MAX_BODY_BYTES = 16 * 1024;

/** A file of 5,000 lines, each with some names and an account, is within it. */
const MAX_FILE_BYTES = 1024 * 1024;

export const bodyLimit = limitTo(MAX_BODY_BYTES);
export const fileLimit = limitTo(MAX_FILE_BYTES);

function limitTo(maxSize: number) {
  return honoBodyLimit({
    maxSize,
    onError: (c) => refuse(c, { code: "body_too_large", message: `The body must not exceed ${maxSize} bytes.` }),
  });
}
