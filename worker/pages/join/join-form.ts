import { isVanityCode } from "../../domain/code.ts";
import { JOIN } from "../../texts/join.ts";
import { parseEmail } from "../../wire/sign-in.ts";
import type { Sent } from "../forms.ts";

/** What the form for joining asks. Empty where nothing was entered. */
export interface JoinForm {
  /** Folded. */
  readonly email: string;
  readonly name: string;
  readonly ref: string;
  /** Which offer was shown: `Offer.seen`. */
  readonly seen: string;
}

/** What is wrong with each field, in words. */
export type JoinProblems = Partial<Readonly<Record<"email" | "name" | "ref" | "accept" | "seen", string>>>;

/** It travels in a cookie while somebody waits for their code. */
const MAX_NAME_LENGTH = 100;

const { problems: words } = JOIN;

/** Reads what was sent. `email`: of whom is signed in, whatever the form says. */
export function parseJoinForm(
  sent: Sent,
  email?: string,
): { readonly form: JoinForm; readonly problems: JoinProblems } {
  const { name = "", ref = "", seen = "", accept } = sent;
  const address = email ?? parseEmail(sent["email"]);
  return {
    form: { email: address ?? sent["email"] ?? "", name, ref, seen },
    problems: {
      ...(address === null ? { email: words.email } : {}),
      ...(isName(name) ? {} : { name: words.name }),
      ...(ref === "" || isVanityCode(ref) ? {} : { ref: words.ref }),
      ...(accept === "1" ? {} : { accept: words.accept }),
      ...(/^[\w-]{0,64}$/.test(seen) ? {} : { seen: words.changed }),
    },
  };
}

function isName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(name) && name.isWellFormed();
}
