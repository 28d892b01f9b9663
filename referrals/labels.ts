/** A sentence, or one for each plural form (`Intl.PluralRules`) of the number in it. */
export type Label = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

export type Labels = Readonly<Record<string, Label>>;

/** Puts a number, or what else, in the place of `{name}`. */
export type Say = (label: string, values?: Readonly<Record<string, string | number>>) => string;

/** Every word of the element. `{n}` and the other names in braces are filled in. */
export const ENGLISH = {
  title: "Invite friends",
  intro: "Share your link or your code, and earn credits when friends join.",
  balance: "Credits to spend",
  code: "Your code",
  copyCode: "Copy code",
  link: "Your link",
  copyLink: "Copy link",
  share: "Share",
  shareText: "Join me with this link:",
  copied: "Copied",
  copyByHand: "Please copy it by hand.",
  invite: "Invite by email",
  inviteHint: "One address, or several with commas. Each gets one email with your link.",
  send: "Send invitations",
  sending: "Sending…",
  sent: "Sent",
  sentOf: "{n} of {total} invitations sent",
  noAddress: "Enter an email address.",
  tooMany: "Up to {n} addresses at once.",
  referrals: "Friends referred",
  earned: "Credits earned",
  progress: "{n} of {max} credits earned",
  limit: "Limit reached: you have earned all {max} credits.",
  history: "Your referrals",
  friend: "A friend",
  credits: { one: "+{n} credit", other: "+{n} credits" },
  noCredits: "No credits",
  pending: "Waiting",
  none: "Nobody yet. Share your link to begin.",
  more: "Show more",
  newCode: "Get a new code",
  newCodeWarning: "Your old code and link stop working.",
  newCodeNow: "Replace my code",
  replaced: "This is your new code: {code}",
  loading: "Loading…",
  failed: "This cannot be shown right now.",
  retry: "Try again",
} satisfies Labels;

/**
 * Says the element's words in `lang`, a page's own before the English ones. A label that nobody knows is said as it is: what
 * the server answers can be reworded by its own sentence.
 */
export function speaker(own: Labels, lang: string | undefined): Say {
  const labels: Labels = { ...ENGLISH, ...own };
  return (label, values = {}) => {
    const form = labels[label] ?? label;
    const text =
      typeof form == "string"
        ? form
        : (form[new Intl.PluralRules(lang).select(Number(values["n"]))] ?? form.other ?? "");
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? "";
      return typeof value == "number" ? value.toLocaleString(lang) : value;
    });
  };
}
