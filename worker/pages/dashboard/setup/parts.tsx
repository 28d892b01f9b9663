import type { Context } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { type Failure, fail, type Result } from "../../../domain/result.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { STATUS_OF } from "../../../wire/errors.ts";
import { Notice } from "../../components/data.tsx";
import type { PageEnv } from "../../context.ts";
import { problemOf, type Sent, withQuery } from "../../forms.ts";

/** What a page says was done before it was shown. */
export type Done = keyof typeof SETUP.done;

/** A form as it is shown: with what was sent when it was refused, else with what is stored. */
export interface Draft {
  readonly values: Sent;
  readonly failure: Failure | null;
}

export const stored = (values: Sent): Draft => ({ values, failure: null });
export const refused = (values: Sent, failure: Failure): Draft => ({ values, failure });

/** Goes on to a page that says what was done. */
export function goOn(c: Context<PageEnv>, path: string, done: Done): Response {
  return c.redirect(withQuery(path, { done }), 303);
}

/** The status of a page whose form was refused; the log learns of it. */
export function statusOf(c: Context<PageEnv>, failure: Failure) {
  c.set("failure", failure.code);
  if (failure.retryAfterS !== undefined) c.header("Retry-After", String(failure.retryAfterS));
  return STATUS_OF[failure.code];
}

/** What was done, of the closed list: nothing else that an address says is shown. */
export function DoneNotice({ c }: { c: Context<PageEnv> }) {
  const said = c.req.query("done");
  const known = Object.entries<string>(SETUP.done).find(([name]) => name === said);
  if (known === undefined) return null;
  return (
    <Notice tone="good">
      <p>{known[1]}</p>
    </Notice>
  );
}

/** That a form was refused, and why where no field says so. */
export function RefusedNotice({ failure }: { failure: Failure | null }) {
  if (failure === null) return null;
  const hasFields = (failure.fields ?? []).length > 0;
  return (
    <Notice tone="bad" title={SETUP.refused}>
      <p>{hasFields ? COMMON.problems : failure.message}</p>
    </Notice>
  );
}

/** What is wrong with a field, as a sentence. */
export function problem(draft: Pick<Draft, "failure">, field: string): string | undefined {
  const message = problemOf(draft.failure, field);
  return message === undefined
    ? undefined
    : SETUP.problem(/^(?:must|is|has) /.test(message) ? `it ${message}` : message);
}

/** Whole numbers as numbers; anything else stays as it is, and its field says what is wrong with it. */
export function whole(text: string | undefined): string | number | undefined {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The same where an empty field means none at all. */
export function wholeOrNull(text: string | undefined): string | number | null | undefined {
  return text === "" ? null : whole(text);
}

/** A field's own refusal, in the words of a page. */
export function wrong(path: string, message: string): Result<never> {
  return fail("invalid_request", SETUP.refused, [{ path, message }]);
}

/** A part of a page as HTML. */
export async function htmlOf(part: Child): Promise<string> {
  return String(await html`${part}`);
}

/** A form that is sent once: sent again, by a reload, it does nothing. */
export function Once({ token }: { token: string }) {
  return <input type="hidden" name="once" value={token} />;
}
