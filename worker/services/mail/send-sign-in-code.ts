import type { Deps } from "../../deps.ts";
import { MailError } from "../../gateways/mail/mail.ts";

/** Mails a code at once, and never again. Throws MailError. */
export async function sendSignInCode(
  deps: Deps,
  { to, code, confirms }: { readonly to: string; readonly code: string; readonly confirms: boolean },
): Promise<void> {
  if (deps.mail === null) throw new MailError("unavailable", "no way out is set");
  const text = `${code} is your code to ${confirms ? "confirm that it is you" : "sign in"}. It is good for 10 minutes.`;
  await deps.mail.send({ to, subject: `${code} is your code`, text, html: `<p>${text}</p>`, id: null });
}
