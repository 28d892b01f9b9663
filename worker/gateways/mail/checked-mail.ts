import { isMailAddress, parseSender, type Sender } from "../../domain/mail-address.ts";
import { MAX_SEND_MS, type Mail, MailError, type MailGateway } from "./mail.ts";

/** Longer than any of ours; RFC 5322 §2.1.1 ends a line at 998 octets, and each character may become four, in base64 six. */
const MAX_SUBJECT_LENGTH = 160;
/** Holds a link with its signature. */
const MAX_HEADER_LENGTH = 900;

/** What our mails add. Any other, such as Bcc, could address a mail to somebody else. */
const HEADERS: ReadonlySet<string> = new Set(["List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"]);
/** Control characters, line and paragraph separators, and halves of characters, which some encoders turn into them. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u;
/** It becomes part of a Message-ID and of an HTTP header. */
const ID = /^[\w.-]{1,200}$/;

/**
 * Throws a MailError for a mail that says more than it seems to: a line break or control character in a field that becomes a header,
 * more than one recipient, a header that is not ours. Libraries differ in what they let through; no way out is asked to.
 */
function assertMail(mail: Mail): void {
  if (!isMailAddress(mail.to)) throw refused("to");
  if (mail.subject === "" || mail.subject.length > MAX_SUBJECT_LENGTH || BREAKS.test(mail.subject)) {
    throw refused("subject");
  }
  if (mail.id !== null && !ID.test(mail.id)) throw refused("id");
  for (const [name, value] of Object.entries(mail.headers ?? {})) {
    if (!HEADERS.has(name)) throw refused("header name");
    if (value === "" || value.length > MAX_HEADER_LENGTH || BREAKS.test(value)) throw refused(name);
  }
}

/**
 * A way out behind the one check that all of them share; whatever `send` throws becomes a MailError. A sender that is none is the
 * installation's fault, and so is a way out that takes more than 20 seconds: both are `unavailable`.
 */
export function checkedMail(from: string, send: (mail: Mail, sender: Sender) => Promise<void>): MailGateway {
  const sender = parseSender(from);
  return {
    async send(mail) {
      if (sender === null) throw new MailError("unavailable", "MAIL_FROM is no sender");
      assertMail(mail);
      try {
        await withinTime(send(mail, sender));
      } catch (error) {
        if (error instanceof MailError) throw error;
        throw new MailError("unavailable", "no answer", { cause: error });
      }
    },
  };
}

async function withinTime(sending: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MailError("unavailable", "no answer in time")), MAX_SEND_MS);
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refused(field: string): MailError {
  return new MailError("refused", `${field} is not as a mail may have it`);
}
