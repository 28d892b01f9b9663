import { checkedMail } from "./checked-mail.ts";
import { MAIL_TIMEOUT_MS, MailError, type MailGateway } from "./mail.ts";

const RESEND = "https://api.resend.com";
/** What an answer's error may have. */
const MAX_ANSWER_LENGTH = 4_096;

/**
 * Mail by Resend's API. `id` is the idempotency key, which Resend knows for 24 hours. A wrong key or a domain that is not verified
 * (401, 403) is the installation's fault: mails wait until somebody mends it.
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
  const isForGood = status >= 400 && status < 500 && !PASSING.has(status);
  if (!isForGood) throw new MailError("unavailable", told);
  throw new MailError("refused", told, { isDeadAddress: status === 422 && /`to`/.test(message) });
}

/** Our key or domain (401, 403), the same key under way (409), too slow, too many. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 408, 409, 425, 429]);

function errorOf(answer: string): { readonly name: string; readonly message: string } {
  try {
    const { name, message } = Object(JSON.parse(answer));
    // Only a name in the form of Resend's own is passed on: it is logged.
    return { name: /^[a-z_]{1,60}$/.test(String(name)) ? String(name) : "", message: String(message) };
  } catch {
    return { name: "", message: "" };
  }
}
