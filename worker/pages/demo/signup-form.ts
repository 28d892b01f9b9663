import * as v from "valibot";
import { check, email } from "../../wire/fields.ts";

/** The signup form as it stands: what was typed, and what is wrong with it. */
export interface SignupForm {
  readonly values: { readonly name: string; readonly email: string };
  readonly problems: { readonly name?: string; readonly email?: string };
}

export const EMPTY_FORM: SignupForm = { values: { name: "", email: "" }, problems: {} };

/** Fits a greeting. */
const MAX_NAME_LENGTH = 60;

const FormSchema = v.object({
  name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(MAX_NAME_LENGTH), v.regex(/^\P{Cc}*$/u)),
  email: v.pipe(email, v.regex(/^\P{Cc}*$/u)),
});

/** The name and address typed, or the form with its problems in words. */
export function readSignupForm(values: SignupForm["values"]): { name: string; email: string } | { form: SignupForm } {
  const parsed = check(FormSchema, values);
  if (parsed.ok) return parsed.value;
  const isWrong = (path: string) => (parsed.failure.fields ?? []).some((field) => field.path === path);
  return {
    form: {
      values,
      problems: {
        ...(isWrong("name") ? { name: `Please tell us your name, in up to ${MAX_NAME_LENGTH} characters.` } : {}),
        ...(isWrong("email") ? { email: "Please give an e-mail address, like ada@example.com." } : {}),
      },
    },
  };
}
