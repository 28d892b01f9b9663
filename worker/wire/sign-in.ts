import * as v from "valibot";
import { foldEmail } from "../domain/email.ts";
import { email } from "./fields.ts";

/** The folded address that somebody typed, null for what is none. */
export function parseEmail(typed: unknown): string | null {
  const parsed = v.safeParse(email, typed);
  return parsed.success ? foldEmail(parsed.output) : null;
}

/** The code that somebody typed or pasted, with blanks and dashes between its 6 digits; null for what is none. */
export function parseCode(typed: unknown): string | null {
  const digits = typeof typed === "string" ? typed.replaceAll(/[\s-]/g, "") : "";
  return /^\d{6}$/.test(digits) ? digits : null;
}
