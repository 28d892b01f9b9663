import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { Failure } from "../../../domain/result.ts";
import { COMMON } from "../../../texts/common.ts";
import { creatorWords } from "../../../texts/creator-words.ts";
import { STATUS_OF } from "../../../wire/errors.ts";
import { Notice } from "../../components/data.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, withQuery } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appPath } from "../head.ts";

/** A form that was sent and refused: the page shows it once more, with what was typed. */
export interface Tried {
  /** Which of the page's forms. */
  readonly form: string;
  readonly sent: Sent;
  readonly failure: Failure;
}

/** What the fields of a form hold: what was typed where it was refused, else what is stored. */
export interface FormState {
  readonly value: (name: string, stored?: string) => string;
  readonly problem: (name: string) => string | undefined;
  /** Both, with its name, as a field takes them. */
  readonly field: (
    name: string,
    stored?: string,
  ) => { readonly name: string; readonly value: string; readonly problem: string | undefined };
}

export function formState(tried: Tried | null, form: string): FormState {
  const own = tried?.form === form ? tried : null;
  const value: FormState["value"] = (name, stored = "") => own?.sent[name] ?? stored;
  const problem: FormState["problem"] = (name) => {
    const message = own?.failure.fields?.find(({ path }) => path === name)?.message;
    return message === undefined ? undefined : COMMON.it(creatorWords(message));
  };
  const field: FormState["field"] = (name, stored) => ({ name, value: value(name, stored), problem: problem(name) });
  return { value, problem, field };
}

/** What became of a form: what was done, by its name in the query, or why it was refused. */
export function Outcome({
  c,
  tried,
  done,
}: {
  c: Context<PageEnv>;
  tried: Tried | null;
  done: Readonly<Record<string, string>>;
}) {
  if (tried !== null) return <Refused failure={tried.failure} />;
  const name = c.req.query("done");
  const words = name !== undefined && Object.hasOwn(done, name) ? done[name] : undefined;
  return words === undefined ? null : <Told>{words}</Told>;
}

function Told({ children }: { children?: Child }) {
  return (
    <Notice tone="good">
      <p>{children}</p>
    </Notice>
  );
}

/** Where a field is at fault the field says it; else the sentence of the refusal. */
function Refused({ failure }: { failure: Failure }) {
  const isOfFields = (failure.fields ?? []).length > 0;
  return <Notice tone="bad" title={isOfFields ? COMMON.problems : creatorWords(failure.message)} />;
}

export function statusOf(tried: Tried | null) {
  return tried === null ? 200 : STATUS_OF[tried.failure.code];
}

/** One field that is wrong, as a predicate: "must not be empty". */
export function wrongField(path: string, message: string): { readonly ok: false; readonly failure: Failure } {
  return {
    ok: false,
    failure: { code: "invalid_request", message: "The form is not valid.", fields: [{ path, message }] },
  };
}

/** On to a page of the app by GET, with what was done in the query, so that a reload sends nothing again. */
export function goOn(c: Context<PageEnv>, path: string, query: Readonly<Record<string, string | null>>): Response {
  return c.redirect(withQuery(appPath(c.get("app").id, path), query), 303);
}

/** An id of ours from the path; null for what no id is. */
export function idFrom(c: Context<PageEnv>, name: string): string | null {
  const id = c.req.param(name) ?? "";
  return /^[\w-]{1,80}$/.test(id) ? id : null;
}

export function notThere(c: Context<PageEnv>): Response | Promise<Response> {
  return pageRefusal(c, { code: "not_found", message: "No such page." });
}
