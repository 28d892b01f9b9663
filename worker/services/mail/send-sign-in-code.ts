import type { Deps } from "../../deps.ts";
import { MailError } from "../../gateways/mail/mail.ts";
import { codeWords, PRODUCT } from "../../texts/mail.ts";
import { renderMail } from "./render-mail.ts";

/**
 * Sends a code to sign in, or to confirm something, at once: a code that waits is of no use. It goes to suppressed addresses too, because
 * somebody has just asked for it. Throws a MailError; `unavailable` also where the installation has no way out for mail.
 */
export async function sendSignInCode(
  deps: Pick<Deps, "mail">,
  { to, code, confirms }: { to: string; code: string; confirms: boolean },
): Promise<void> {
  if (deps.mail === null) throw new MailError("unavailable", "MAIL_URL is not set");
  const words = codeWords({ code, confirms });
  const mail = renderMail({ heading: PRODUCT, words, url: null, code, unsubscribeUrl: null });
  await deps.mail.send({ to, ...mail, id: null, headers: { "Auto-Submitted": "auto-generated" } });
}
