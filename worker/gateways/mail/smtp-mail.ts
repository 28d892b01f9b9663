import type { Transporter } from "nodemailer";
import { checkedMail } from "./checked-mail.ts";
import { MAIL_TIMEOUT_MS, MailError, type MailGateway } from "./mail.ts";

/** Enhanced status codes (RFC 3463) by which a server says that a mailbox is not there, or never will be again. */
const DEAD_ADDRESS = /\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b/;
/** What is answered to these is said of the mail. To any other: of the connection, the password or the sender, which somebody mends. */
const OF_THE_MAIL: ReadonlySet<string> = new Set(["RCPT TO", "DATA"]);
/** The server ends the connection, whatever it was asked. */
const CLOSING = 421;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/**
 * Mail by SMTP, on Node alone. `url`: `smtps://user:password@host`, or `smtp://…`, which must offer STARTTLS unless it is on this
 * machine. `id` becomes the Message-ID, by which a receiver may tell a repeat. A refusal that may pass (4yz) is `unavailable`.
 */
export function openSmtpMail({ url, from }: { readonly url: string; readonly from: string }): MailGateway {
  let opened: Promise<Transporter> | undefined;
  return checkedMail(from, async (mail, { name, address }) => {
    const transport = await (opened ??= open(url));
    const { to, subject, text, html, id, headers = {} } = mail;
    const host = address.slice(address.lastIndexOf("@") + 1);
    try {
      await transport.sendMail({
        // As parts: nothing is parsed out of a text.
        from: { name: name ?? "", address },
        to: { name: "", address: to },
        envelope: { from: address, to: [to] },
        subject,
        text,
        html,
        headers: { ...headers },
        ...(id === null ? {} : { messageId: `<${id}@${host}>` }),
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      throw toMailError(error);
    }
  });
}

async function open(url: string): Promise<Transporter> {
  // Loaded with the first mail: a start without mail has no use for it.
  const { createTransport } = await import("nodemailer");
  const { hostname, protocol } = new URL(url);
  return createTransport({
    url,
    requireTLS: protocol === "smtp:" && !LOOPBACK.test(hostname),
    connectionTimeout: MAIL_TIMEOUT_MS,
    greetingTimeout: MAIL_TIMEOUT_MS,
    socketTimeout: MAIL_TIMEOUT_MS,
    dnsTimeout: MAIL_TIMEOUT_MS,
  });
}

/** Only codes: what a server says beside them may hold the address. */
function toMailError(error: unknown): MailError {
  const { code, command, response, responseCode } = partsOf(error);
  const isOfMail = OF_THE_MAIL.has(command) && responseCode >= 400 && responseCode !== CLOSING;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? "";
  const message = ["SMTP", code, responseCode > 0 ? String(responseCode) : "", enhanced].filter(Boolean).join(" ");
  if (!isOfMail || responseCode < 500) return new MailError("unavailable", message, { cause: error, isOfMail });
  const isDeadAddress = command === "RCPT TO" && DEAD_ADDRESS.test(enhanced);
  return new MailError("refused", message, { cause: error, isDeadAddress });
}

function partsOf(error: unknown) {
  const parts = new Map(Object.entries(error instanceof Error ? error : {}));
  const textOf = (name: string) => String(parts.get(name) ?? "");
  return {
    code: textOf("code"),
    command: textOf("command"),
    response: textOf("response"),
    responseCode: Number(parts.get("responseCode") ?? 0),
  };
}
