import { type Mail, MailError, type MailGateway } from "./mail.ts";

/** Longer than any of ours; RFC 5322 §2.1.1 ends a line at 998 octets, and each character may become four, in base64 six. */
const MAX_SUBJECT_LENGTH = 160;
/** Holds a link with its signature. */
const MAX_HEADER_LENGTH = 900;

/** One address and nothing else: no list, no group, no display name, no quoted part, no route. */
const ADDRESS = /^[^\s<>@,;:"()[\]\\\p{C}\p{Z}]{1,64}@[^\s<>@,;:"()[\]\\\p{C}\p{Z}]{1,190}$/u;
/** An address, or a name that needs no quotes and an address in angle brackets. */
const SENDER = /^(?:([^<>@,;:"\\\p{C}\p{Zl}\p{Zp}]{1,100}) <([^<>]+)>|([^<>]+))$/u;
/** What our mails add. Any other, such as Bcc, could address a mail to somebody else. */
const HEADERS: ReadonlySet<string> = new Set(["List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted"]);
/** Control characters, line and paragraph separators, and halves of characters, which some encoders turn into them. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u;
/** It becomes part of a Message-ID and of an HTTP header. */
const ID = /^[\w.-]{1,200}$/;

/** Whom a mail is from. */
export interface Sender {
  /** Null: the address alone. */
  readonly name: string | null;
  readonly address: string;
}

/** The parts of MAIL_FROM. Throws a MailError for what is no sender. */
export function senderOf(from: string): Sender {
  const [, name, address, bare] = SENDER.exec(from) ?? [];
  const found = address ?? bare ?? "";
  if (!ADDRESS.test(found)) throw refused("from");
  return { name: name?.trim() ?? null, address: found };
}

/**
 * Throws a MailError for a mail that says more than it seems to: a line break or control character in a field that becomes a header,
 * more than one recipient, a header that is not ours. Libraries differ in what they let through; no way out is asked to.
 */
function assertMail(mail: Mail, from: string): void {
  senderOf(from);
  if (!ADDRESS.test(mail.to)) throw refused("to");
  if (mail.subject === "" || mail.subject.length > MAX_SUBJECT_LENGTH || BREAKS.test(mail.subject)) {
    throw refused("subject");
  }
  if (mail.id !== null && !ID.test(mail.id)) throw refused("id");
  for (const [name, value] of Object.entries(mail.headers ?? {})) {
    if (!HEADERS.has(name)) throw refused("header name");
    if (value === "" || value.length > MAX_HEADER_LENGTH || BREAKS.test(value)) throw refused(name);
  }
}

/** A way out behind the one check that all of them share; whatever `send` throws becomes a MailError. */
export function checkedMail(from: string, send: (mail: Mail, sender: Sender) => Promise<void>): MailGateway {
  return {
    async send(mail) {
      assertMail(mail, from);
      try {
        await send(mail, senderOf(from));
      } catch (error) {
        if (error instanceof MailError) throw error;
        throw new MailError("unavailable", "no answer", { cause: error });
      }
    },
  };
}

function refused(field: string): MailError {
  return new MailError("refused", `${field} is not as a mail may have it`);
}
