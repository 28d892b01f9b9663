import type { MailConfig } from "../../env.ts";
import { isEmailBinding, openCloudflareMail } from "./cloudflare-mail.ts";
import { openPrintedMail } from "./log-mail.ts";
import type { MailGateway } from "./mail.ts";
import { openResendMail } from "./resend-mail.ts";

/** The way out that MAIL_URL names, on Workers, where there is no SMTP; null: none, mails wait. Or why there is none. */
export function openEdgeMail(
  { url, from }: MailConfig,
  binding: unknown,
  print: (text: string) => void,
): { readonly mail: MailGateway | null } | { readonly problem: string } {
  if (url === null) return { mail: null };
  if (url === "log:") return { mail: openPrintedMail(print) };
  if (url.startsWith("resend:")) return { mail: openResendMail({ key: url.slice("resend:".length), from }) };
  if (url !== "cloudflare:") return { problem: "MAIL_URL: must be resend:re_… or cloudflare: on Workers" };
  if (!isEmailBinding(binding)) return { problem: "MAIL_URL: cloudflare: needs the binding EMAIL: [[send_email]]" };
  return { mail: openCloudflareMail({ binding, from }) };
}
