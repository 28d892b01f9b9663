import { type Child, useContext } from "hono/jsx";
import { FormContext } from "./page.tsx";

/** The name of the hidden field in which a form proves that it is one of the session's own pages. */
export const CSRF_FIELD = "csrf";

/**
 * A form that changes something: by POST, with the proof in it. `kind`: how its fields stand, `stack` below each other. `files`:
 * with a `<FileField>`.
 */
export function Form({
  action,
  kind = "stack",
  id,
  files = false,
  children,
}: {
  action: string;
  kind?: "stack" | "row" | "filters";
  id?: string;
  files?: boolean;
  children?: Child;
}) {
  const { csrf } = useContext(FormContext);
  return (
    <form method="post" action={action} class={kind} id={id} enctype={files ? "multipart/form-data" : undefined}>
      <input type="hidden" name={CSRF_FIELD} value={csrf} />
      {children}
    </form>
  );
}

/** A form that only asks: its fields become the page's query. `kind`: beside each other, or below, where they have hints. */
export function FilterForm({
  action,
  label,
  kind = "filters",
  children,
}: {
  action: string;
  label: string;
  kind?: "filters" | "stack";
  children?: Child;
}) {
  return (
    <form method="get" action={action} class={kind} role="search" aria-label={label}>
      {children}
    </form>
  );
}

interface Labelled {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with what was sent, in words. */
  readonly problem?: string | undefined;
  /** Where a page has several fields of one name. */
  readonly id?: string | undefined;
}

/** A field of one line. `affix` stands behind it, such as "%" or "USD". */
export function Field({
  type = "text",
  value,
  required = false,
  affix,
  ...labelled
}: Labelled & {
  type?: "text" | "email" | "url" | "number" | "date" | "datetime-local" | "password" | "search";
  value?: string | number | undefined;
  required?: boolean;
  affix?: string | undefined;
  autocomplete?: string;
  inputmode?: "text" | "numeric" | "decimal" | "email" | "url";
  min?: string | number;
  max?: string | number;
  step?: string | number;
  minlength?: number;
  maxlength?: number;
  pattern?: string;
  placeholder?: string;
  class?: string;
  autofocus?: boolean;
}) {
  const { label, hint, problem, id, name, ...rest } = labelled;
  const field = idOf({ id, name });
  const input = (
    <input
      {...rest}
      id={field}
      name={name}
      type={type}
      value={value}
      required={required}
      aria-invalid={problem === undefined ? undefined : "true"}
      aria-describedby={describedBy(field, { hint, problem })}
    />
  );
  return (
    <div class="field">
      <label for={field}>{label}</label>
      <Hint field={field} hint={hint} />
      {affix === undefined ? (
        input
      ) : (
        <div class="affixed">
          {input}
          <span>{affix}</span>
        </div>
      )}
      <Problem field={field} problem={problem} />
    </div>
  );
}

/** A file from the visitor's machine: its form says `files`. `accept` as HTML has it. */
export function FileField({ accept, ...labelled }: Labelled & { accept: string }) {
  const { label, hint, problem, name } = labelled;
  const field = idOf(labelled);
  return (
    <div class="field">
      <label for={field}>{label}</label>
      <Hint field={field} hint={hint} />
      <input
        id={field}
        name={name}
        type="file"
        accept={accept}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(field, { hint, problem })}
      />
      <Problem field={field} problem={problem} />
    </div>
  );
}

/** A field of several lines. */
export function TextArea({
  value = "",
  required = false,
  rows = 4,
  maxlength,
  ...labelled
}: Labelled & { value?: string; required?: boolean; rows?: number; maxlength?: number }) {
  const { label, hint, problem, name } = labelled;
  const field = idOf(labelled);
  return (
    <div class="field">
      <label for={field}>{label}</label>
      <Hint field={field} hint={hint} />
      <textarea
        id={field}
        name={name}
        rows={rows}
        required={required}
        maxlength={maxlength}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(field, { hint, problem })}
      >
        {value}
      </textarea>
      <Problem field={field} problem={problem} />
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** One of several, folded away. */
export function Select({
  options,
  value,
  required = false,
  ...labelled
}: Labelled & { options: readonly Option[]; value?: string | undefined; required?: boolean }) {
  const { label, hint, problem, name } = labelled;
  const field = idOf(labelled);
  return (
    <div class="field">
      <label for={field}>{label}</label>
      <Hint field={field} hint={hint} />
      <select
        id={field}
        name={name}
        required={required}
        aria-invalid={problem === undefined ? undefined : "true"}
        aria-describedby={describedBy(field, { hint, problem })}
      >
        {options.map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
      <Problem field={field} problem={problem} />
    </div>
  );
}

/** One of several, all of them in sight with a sentence each. */
export function Choices({
  options,
  value,
  ...labelled
}: Labelled & { options: readonly (Option & { readonly hint?: string | undefined })[]; value?: string | undefined }) {
  const { label, hint, problem, name } = labelled;
  const field = idOf(labelled);
  return (
    <fieldset class="field" aria-describedby={describedBy(field, { hint, problem })}>
      <legend>{label}</legend>
      <Hint field={field} hint={hint} />
      {options.map((option) => (
        <Choice
          type="radio"
          name={name}
          id={`${field}-${option.value}`}
          value={option.value}
          label={option.label}
          hint={option.hint}
          checked={option.value === value}
        />
      ))}
      <Problem field={field} problem={problem} />
    </fieldset>
  );
}

/** A box to tick, or one of several to choose. A box that is not ticked sends nothing. */
export function Choice({
  type = "checkbox",
  name,
  value = "1",
  label,
  hint,
  checked = false,
  required = false,
  id = idOf({ name }),
}: {
  type?: "checkbox" | "radio";
  name: string;
  value?: string;
  label: string;
  hint?: string | undefined;
  checked?: boolean;
  required?: boolean;
  id?: string;
}) {
  return (
    <div class="choice">
      <input
        type={type}
        id={id}
        name={name}
        value={value}
        checked={checked}
        required={required}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      <label for={id}>{label}</label>
      {hint === undefined ? null : <p id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/** What a form is sent with, or a link that looks alike. `about` is read after the words, for a row's button. */
export function Button({
  kind,
  slim = false,
  href,
  name,
  value,
  about,
  children,
}: {
  kind?: "quiet" | "danger" | "text" | undefined;
  slim?: boolean;
  href?: string;
  name?: string;
  value?: string;
  about?: string;
  children?: Child;
}) {
  const looks = [kind, slim ? "slim" : undefined].filter((look) => look !== undefined);
  const said = (
    <>
      {children}
      {about === undefined ? null : <span class="unseen"> {about}</span>}
    </>
  );
  if (href !== undefined) {
    return (
      <a href={href} class={["button", ...looks].join(" ")}>
        {said}
      </a>
    );
  }
  return (
    <button type="submit" class={looks.join(" ") || undefined} name={name} value={value}>
      {said}
    </button>
  );
}

function Hint({ field, hint }: { field: string; hint: string | undefined }) {
  if (hint === undefined) return null;
  return (
    <p class="hint" id={`${field}-hint`}>
      {hint}
    </p>
  );
}

function Problem({ field, problem }: { field: string; problem: string | undefined }) {
  if (problem === undefined) return null;
  return (
    <p class="problem" id={`${field}-problem`}>
      {problem}
    </p>
  );
}

function idOf({ id, name }: { id?: string | undefined; name: string }): string {
  return id ?? `f-${name}`;
}

function describedBy(
  field: string,
  { hint, problem }: { hint: string | undefined; problem: string | undefined },
): string | undefined {
  const ids = [
    ...(problem === undefined ? [] : [`${field}-problem`]),
    ...(hint === undefined ? [] : [`${field}-hint`]),
  ];
  return ids.length === 0 ? undefined : ids.join(" ");
}
