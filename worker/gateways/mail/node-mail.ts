import type { MailConfig } from "../../env.ts";
import type { MailGateway } from "./mail.ts";
import { openResendMail } from "./resend-mail.ts";
import { openSmtpMail } from "./smtp-mail.ts";

/** The way out that MAIL_URL names, on Node; null: none, mails wait. Or why there is none. */
export function openNodeMail({ url, from }: MailConfig): { readonly mail: MailGateway | null } | { problem: string } {
  if (url === null || url === "log:") return { mail: null };
  if (url === "cloudflare:") return { problem: "MAIL_URL: cloudflare: is for Workers alone" };
  if (url.startsWith("resend:")) return { mail: openResendMail({ key: url.slice("resend:".length), from }) };
  if (!URL.canParse(url))
    return { problem: "MAIL_URL: is no URL: escape what a user name or password has of @ : / ? #" };
  return { mail: openSmtpMail({ url, from }) };
}
