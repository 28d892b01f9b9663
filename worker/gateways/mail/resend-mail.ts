import { checkedMail } from "./checked-mail.ts";
import { MAIL_TIMEOUT_MS, MailError, type MailGateway } from "./mail.ts";

const RESEND = "https://api.resend.com";
/** What an answer's error may have. */
const MAX_ANSWER_LENGTH = 4_096;

/**
 * Mail by Resend's API. `id` is the idempotency key, which Resend knows for 24 hours. A wrong key, a sender that is
 * none or whose domain is not verified is the installation's fault: mails wait until somebody mends it.
 */
export function openResendMail({
  key,
  from,
  base = RESEND,
}: {
  readonly key: string;
  readonly from: string;
  /** Where Resend is, for tests. */
  readonly base?: string;
}): MailGateway {
  return checkedMail(from, async ({ to, subject, text, html, id, headers = {} }) => {
    const response = await fetch(`${base}/emails`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${key}`,
        "Content-Type": "application/json",
        ...(id === null ? {} : { "Idempotency-Key": id }),
      },
      body: JSON.stringify({ from, to: [to], subject, text, html, headers }),
      redirect: "manual",
      signal: AbortSignal.timeout(MAIL_TIMEOUT_MS),
    });
    const answer = (await response.text()).slice(0, MAX_ANSWER_LENGTH);
    if (!response.ok) refuse(response.status, answer);
  });
}

/** Throws what the answer means; nothing where the mail went out before. */
function refuse(status: number, answer: string): void {
  const { name, message } = errorOf(answer);
  // Sent under this key before, though its numbers read otherwise by now.
  if (name === "invalid_idempotent_request") return;
  const told = `Resend ${status} ${name}`.trim();
  const isRefused = (status === 400 || status === 422) && OF_THE_MAIL.has(name) && !/`from`/.test(message);
  if (!isRefused) throw new MailError("unavailable", told, { isOfMail: name === "concurrent_idempotent_requests" });
  throw new MailError("refused", told, { isDeadAddress: status === 422 && /`to`/.test(message) });
}

/** Names of errors that the mail has, not the key, the sender, the address of the call or how many were sent. */
const OF_THE_MAIL: ReadonlySet<string> = new Set([
  "validation_error",
  "invalid_parameter",
  "missing_required_field",
  "invalid_idempotency_key",
]);

function errorOf(answer: string): { readonly name: string; readonly message: string } {
  try {
    const { name, message } = Object(JSON.parse(answer));
    // Only a name in the form of Resend's own is passed on: it is logged.
    return { name: /^[a-z_]{1,60}$/.test(String(name)) ? String(name) : "", message: String(message) };
  } catch {
    return { name: "", message: "" };
  }
}
