import { bodyLimit as honoBodyLimit } from "hono/body-limit";
import { refuse } from "../context.ts";

/** No call needs more; a larger body is refused before it is parsed. */
const MAX_BODY_BYTES = 16 * 1024;

export const bodyLimit = honoBodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => refuse(c, { code: "body_too_large", message: `The body must not exceed ${MAX_BODY_BYTES} bytes.` }),
});
