import * as v from "valibot";
import { type ErrorBody, STATUS_OF } from "../../worker/wire/errors.ts";
import type { FailureCode } from "../../worker/domain/result.ts";
import { presented } from "../presented.ts";

/** Every code that there is. */
export const CODES = Object.keys(STATUS_OF) as readonly FailureCode[];

export const ErrorAnswer = presented<ErrorBody>()(
  v.strictObject({
    error: v.strictObject({
      code: v.picklist(CODES),
      message: v.pipe(v.string(), v.description("For a person; it may change.")),
      request_id: v.pipe(v.string(), v.description("The request in the log of the installation.")),
      fields: v.optional(
        v.pipe(
          v.array(v.strictObject({ path: v.string(), message: v.string() })),
          v.description("The fields at fault, by their dotted path. What was sent is never repeated."),
        ),
      ),
    }),
  }),
);
