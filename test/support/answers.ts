import { expect } from "vitest";
import type { FailureCode } from "../../worker/domain/result.ts";

/** What `toEqual` compares an answer with: exactly this status and this body. */
export function answered(status: number, body: unknown) {
  return { status, body, headers: anyHeaders() };
}

/** The one shape of every refusal. `fields` is there exactly when `paths` are named, and names exactly those. */
export function refused(status: number, code: FailureCode, paths: readonly string[] = []) {
  const fields = paths.map((path) => ({ path, message: expect.stringMatching(/\S/) }));
  const error = { code, message: expect.stringMatching(/\S/), request_id: expect.stringMatching(/^req_[\w-]{21}$/) };
  return { status, body: { error: fields.length === 0 ? error : { ...error, fields } }, headers: anyHeaders() };
}

/** A refusal with whatever fields it names. */
export function refusedSomehow(status: number, code: FailureCode) {
  return {
    status,
    body: { error: expect.objectContaining({ code, request_id: expect.stringMatching(/^req_/) }) },
    headers: anyHeaders(),
  };
}

/** An id of ours by its prefix. */
export function anyId(prefix: string): unknown {
  return expect.stringMatching(new RegExp(`^${prefix}_[\\w-]{21}$`));
}

function anyHeaders(): unknown {
  return expect.any(Headers);
}
