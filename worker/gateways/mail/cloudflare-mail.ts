import { checkedMail } from "./checked-mail.ts";
import { MailError, type MailGateway } from "./mail.ts";

/** The binding `send_email`, as far as we need it (developers.cloudflare.com/email-service/api/send-emails/workers-api). */
export interface EmailBinding {
  send(message: {
    readonly to: string;
    readonly from: string | { readonly email: string; readonly name: string };
    readonly subject: string;
    readonly text: string;
    readonly html: string;
    readonly headers: Readonly<Record<string, string>>;
  }): Promise<unknown>;
}

/** Codes of a mail that will never go out, as it is written or addressed. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
  "E_HEADER_NOT_ALLOWED",
  "E_HEADER_USE_API_FIELD",
  "E_HEADER_VALUE_INVALID",
  "E_HEADER_VALUE_TOO_LONG",
  "E_HEADER_NAME_INVALID",
  "E_HEADERS_TOO_LARGE",
  "E_HEADERS_TOO_MANY",
]);

/** Whether a binding of the worker sends mail. */
export function isEmailBinding(binding: unknown): binding is EmailBinding {
  return typeof Object(binding).send === "function";
}

/**
 * Mail by Cloudflare's binding `EMAIL`. It takes no key for a repeat and makes the Message-ID itself: a mail whose answer was lost goes
 * out twice. Limits, an unverified sender and whatever has no code of its own are `unavailable`.
 */
export function openCloudflareMail({
  binding,
  from,
}: {
  readonly binding: EmailBinding;
  readonly from: string;
}): MailGateway {
  return checkedMail(from, async ({ to, subject, text, html, headers = {} }, { name, address }) => {
    const sender = name === null ? address : { email: address, name };
    try {
      await binding.send({ to, from: sender, subject, text, html, headers });
    } catch (error) {
      const code = codeOf(error);
      throw new MailError(FOR_GOOD.has(code) ? "refused" : "unavailable", `Cloudflare ${code}`.trim(), {
        cause: error,
        isDeadAddress: code === "E_RECIPIENT_SUPPRESSED",
        isOfMail: FOR_GOOD.has(code) || code === "E_DELIVERY_FAILED",
      });
    }
  });
}

function codeOf(error: unknown): string {
  const code = String(Object(error).code ?? "");
  return /^E_[A-Z_]{1,60}$/.test(code) ? code : "";
}
