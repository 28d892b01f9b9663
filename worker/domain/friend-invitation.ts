import { foldEmail } from "./email.ts";
import { isMailAddress } from "./mail-address.ts";

/** Addresses of one call: more than anybody types. */
export const MAX_INVITED_AT_ONCE = 20;
/** Mails that an account has sent to people who asked for none, within 24 hours. */
export const MAX_INVITED_A_DAY = 20;
/** The same of a whole app: what its accounts send together goes out under one sender, whose name suffers for all. */
export const MAX_INVITED_BY_APP_A_DAY = 1_000;

/** RFC 5321 §4.5.3.1.3: a path has 256 octets with its angle brackets. */
const MAX_EMAIL_LENGTH = 254;

/** An address that somebody wants invited, in the form addresses are compared in, and what forbids it by itself. */
export interface Invitee {
  readonly email: string;
  readonly problem: "invalid" | "own" | null;
}

/** Whom a call means: each address once, in the order they came. `fromEmail` is the sender's own. */
export function inviteesOf(emails: readonly string[], fromEmail: string | null): readonly Invitee[] {
  const own = fromEmail === null ? null : foldEmail(fromEmail);
  return [...new Set(emails.map(foldEmail))].map((email) => ({ email, problem: problemOf(email, own) }));
}

function problemOf(email: string, own: string | null): Invitee["problem"] {
  if (email.length > MAX_EMAIL_LENGTH || !isMailAddress(email)) return "invalid";
  return email === own ? "own" : null;
}
