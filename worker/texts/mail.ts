import { formatMoney } from "../domain/currency.ts";
import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import { startOfDay } from "../domain/maturation.ts";

/** The product, as mails call it. */
export const PRODUCT = "AgentLinks";

/** What a mail says, without its form. */
export interface MailWords {
  readonly subject: string;
  /** What lists of mails show after the subject. */
  readonly preview: string;
  readonly lines: readonly string[];
  /** Numbers and names, each under its label. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  /** What its button says; where it leads to is no matter of words. */
  readonly button?: string;
  /** Who sends it, and why. */
  readonly footer: string;
}

/** Somebody's money in one currency. */
export interface MoneyFact {
  readonly cents: number;
  readonly currency: string;
}

/** A creator's link, or while the app has none, the code. */
export interface LinkFact {
  readonly link: string | null;
  readonly ref: string;
}

const toCreator = (app: string) =>
  `You get this mail because you are a creator in the program of ${app}, which runs on ${PRODUCT}.`;
const toOwner = (app: string) => `You get this mail because you look after ${app} on ${PRODUCT}.`;

const linkFact = ({ link, ref }: LinkFact) => [link === null ? "Your code" : "Your link", link ?? ref] as const;
const money = ({ cents, currency }: MoneyFact) => formatMoney(cents, currency);
const plural = (count: number, one: string) => `${count.toLocaleString("en-US")} ${count === 1 ? one : `${one}s`}`;

/** A UTC day as people write it: "15 January 2026". */
function dayInWords(day: number): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(startOfDay(day));
}

export function welcomeWords({ app, ...link }: { app: string } & LinkFact): MailWords {
  return {
    subject: `Welcome to ${app}: your link is ready`,
    preview: "Share your link and earn on what people pay.",
    lines: [
      `You are now a creator in the program of ${app}.`,
      link.link === null
        ? "Share your code. When people use it and pay, you earn a commission."
        : "Share your link. When people come by it and pay, you earn a commission.",
    ],
    facts: [linkFact(link)],
    button: "Open your page",
    footer: toCreator(app),
  };
}

export function applicationReceivedWords({ app }: { app: string }): MailWords {
  return {
    subject: `${app} has your application`,
    preview: "You get a mail as soon as it is decided.",
    lines: [
      `You have applied to the program of ${app}.`,
      "Somebody there will look at it. You get a mail as soon as it is decided.",
    ],
    footer: toCreator(app),
  };
}

export function applicationDecidedWords({
  app,
  isAccepted,
  ...link
}: { app: string; isAccepted: boolean } & LinkFact): MailWords {
  if (!isAccepted) {
    return {
      subject: `Your application to ${app}`,
      preview: "It was not accepted.",
      lines: [`Thank you for applying to the program of ${app}. This time your application was not accepted.`],
      footer: `You get this mail because you applied to the program of ${app}, which runs on ${PRODUCT}.`,
    };
  }
  return {
    subject: `You are in: ${app} accepted your application`,
    preview: "Your link is ready to share.",
    lines: [`${app} accepted your application.`, "From now on you earn a commission when people you send there pay."],
    facts: [linkFact(link)],
    button: "Open your page",
    footer: toCreator(app),
  };
}

export function firstCommissionWords(fact: {
  app: string;
  earned: MoneyFact;
  /** The day from which it is available. */
  availableOn: number;
  isInReview: boolean;
}): MailWords {
  const { app, earned, availableOn, isInReview } = fact;
  return {
    subject: `Your first commission from ${app}: ${money(earned)}`,
    preview: "Somebody you sent has paid.",
    lines: [
      `Somebody you sent to ${app} has paid, and you earn ${money(earned)}.`,
      isInReview
        ? `It is in review: ${app} looks at it before it can be paid out.`
        : `It is pending until ${dayInWords(availableOn)}, in case the payment is refunded. Then it is available.`,
      "From here on a weekly mail tells you how your link is doing.",
    ],
    facts: [["You earned", money(earned)]],
    button: "See your earnings",
    footer: toCreator(app),
  };
}

export function weeklyDigestWords(fact: {
  app: string;
  fromDay: number;
  clicks: number;
  signups: number;
  payments: number;
  earned: readonly MoneyFact[];
}): MailWords {
  const { app, fromDay, clicks, signups, payments, earned } = fact;
  const sums = earned.length === 0 ? null : earned.map(money).join(" + ");
  const week = `${dayInWords(fromDay)} to ${dayInWords(fromDay + 6)}`;
  const summary = `${plural(clicks, "click")}, ${plural(signups, "signup")}, ${plural(payments, "payment")}.`;
  return {
    subject: sums === null ? `Your week at ${app}` : `Your week at ${app}: ${sums}`,
    preview: summary,
    lines: [`This is what your link did from ${week}.`],
    facts: [
      ["Clicks", clicks.toLocaleString("en-US")],
      ["Signups", signups.toLocaleString("en-US")],
      ["Payments", payments.toLocaleString("en-US")],
      ...(sums === null ? [] : [["You earned", sums] as const]),
    ],
    button: "See your earnings",
    footer: toCreator(app),
  };
}

export function payoutSentWords({ app, paid }: { app: string; paid: MoneyFact }): MailWords {
  return {
    subject: `${app} paid you ${money(paid)}`,
    preview: "Your payout is on its way.",
    lines: [
      `${app} sent you a payout of ${money(paid)}.`,
      "Depending on how you are paid it may take a few days to arrive.",
    ],
    facts: [["Payout", money(paid)]],
    button: "See your payouts",
    footer: toCreator(app),
  };
}

const STATUS_LINES: Readonly<Record<AffiliateStatus, readonly string[]>> = {
  applied: ["Your place in the program waits for a decision."],
  active: ["Your place in the program is active again. What you earn is paid out as before."],
  suspended: [
    "Your place in the program is suspended.",
    "Your link still counts and what you earn is kept, but nothing is paid out for now.",
  ],
  revoked: [
    "Your place in the program has ended, and your link no longer counts.",
    "What was available to you before is still paid out.",
  ],
};
const STATUS_SUBJECTS: Readonly<Record<AffiliateStatus, (app: string) => string>> = {
  applied: (app) => `Your place at ${app}`,
  active: (app) => `Your place at ${app} is active again`,
  suspended: (app) => `Your place at ${app} is suspended`,
  revoked: (app) => `Your place at ${app} has ended`,
};

export function statusChangedWords({ app, status }: { app: string; status: AffiliateStatus }): MailWords {
  const lines = STATUS_LINES[status];
  return {
    subject: STATUS_SUBJECTS[status](app),
    preview: lines[0] ?? "",
    lines: [...lines, `If you have a question about this, write to ${app}.`],
    ...(status === "revoked" ? {} : { button: "Open your page" }),
    footer: toCreator(app),
  };
}

export function payoutMethodChangedWords({ app }: { app: string }): MailWords {
  return {
    subject: `Your payout details at ${app} were changed`,
    preview: "If that was not you, tell them now.",
    lines: [
      `Where ${app} pays you was changed. Payouts wait for 48 hours after a change.`,
      `If that was you, there is nothing to do. If it was not, write to ${app} now, before anything is paid.`,
    ],
    button: "Check your payout details",
    footer: `${toCreator(app)} Mails about your payout details cannot be switched off.`,
  };
}

export function applicationWords({ app, who }: { app: string; who: string }): MailWords {
  return {
    subject: `Somebody applied to ${app}`,
    preview: "They wait for your decision.",
    lines: [`${who} applied to the program of ${app} and waits for your decision.`],
    button: "Look at the application",
    footer: toOwner(app),
  };
}

export function payoutDueWords(fact: {
  app: string;
  sums: readonly (MoneyFact & { readonly creators: number })[];
}): MailWords {
  const { app, sums } = fact;
  const total = sums.map(money).join(" + ");
  return {
    subject: `Payouts of ${app} wait for you: ${total}`,
    preview: "Nothing is paid before you approve it.",
    lines: [
      `The scheduled payouts of ${app} are drafted. Nothing is paid before you have looked at them and approved them.`,
    ],
    facts: sums.map((sum) => [plural(sum.creators, "creator"), money(sum)] as const),
    button: "Look at the payouts",
    footer: toOwner(app),
  };
}

export function noEventsWords({ app, lastDay }: { app: string; lastDay: number }): MailWords {
  return {
    subject: `${app} has gone quiet`,
    preview: "No click, signup or payment for seven days.",
    lines: [
      `${PRODUCT} has heard nothing from ${app} since ${dayInWords(lastDay)}: no click, no signup, no payment.`,
      "If that surprises you, the script may be gone from your site, or your backend no longer reports payments.",
    ],
    button: "Check the installation",
    footer: toOwner(app),
  };
}

export function webhookDisabledWords(fact: { app: string; host: string; isGone: boolean }): MailWords {
  const { app, host, isGone } = fact;
  const why = isGone
    ? `${host} answered that it wants no more (410 Gone).`
    : `For five days nothing that was sent to ${host} was taken.`;
  return {
    subject: `${app}: webhooks to ${host} are stopped`,
    preview: "Nothing is lost: it goes on from where it stopped.",
    lines: [
      `${PRODUCT} tells your servers what happens in ${app}. ${why} So it was stopped.`,
      "Nothing is lost. When your server takes calls again, switch the endpoint on: what it missed is sent then, in its order.",
    ],
    button: "Look at the endpoint",
    footer: toOwner(app),
  };
}

export function invitationWords({ app }: { app: string }): MailWords {
  return {
    subject: `${app} invites you as a creator`,
    preview: "Share a link and earn on what people pay.",
    lines: [
      `${app} invites you to its program: you share a link, and earn a commission when people come by it and pay.`,
      "The page tells you the terms before you say yes.",
    ],
    button: "See the terms and join",
    footer: `You get this mail because ${app} entered your address on ${PRODUCT}. If you ignore it, nothing happens.`,
  };
}

export function friendInvitationWords(fact: {
  app: string;
  /** Their address, where the app vouches for it. */
  inviter: string | null;
  /** What the product is, in its owner's words. */
  about: string | null;
  /** Credits that the friend gets; 0: none. */
  award: number;
  isForPayment: boolean;
}): MailWords {
  const { app, inviter, about, award, isForPayment } = fact;
  const credits = `${award.toLocaleString("en-US")} ${award === 1 ? "credit" : "credits"}`;
  const gets = isForPayment ? `${credits} with your first payment` : credits;
  return {
    subject: `${inviter ?? "A friend"} invites you to ${app}`,
    preview: award > 0 ? `You get ${gets}.` : (about ?? `Have a look at ${app}.`),
    lines: [
      `${inviter ?? "A friend"} uses ${app} and invites you to join.`,
      ...(about === null ? [] : [about]),
      award > 0
        ? `Sign up through the link below and you get ${gets}.`
        : `Sign up through the link below, so that ${app} knows who sent you.`,
    ],
    button: "Accept the invitation",
    footer: `You get this mail because ${inviter ?? "somebody"} entered your address at ${app}, which sends invitations by ${PRODUCT}. If you ignore it, nothing happens.`,
  };
}

/** A code to sign in, or to confirm something. */
export function codeWords({ code, confirms }: { code: string; confirms: boolean }): MailWords {
  return {
    subject: `${code} is your ${PRODUCT} code`,
    preview: "It is valid for 10 minutes.",
    lines: [
      confirms
        ? "Enter this code to confirm that it is you. It is valid for 10 minutes."
        : "Enter this code to sign in. It is valid for 10 minutes.",
      "If you did not ask for it, ignore this mail and give the code to nobody.",
    ],
    footer: `You get this mail because somebody entered your address on ${PRODUCT}.`,
  };
}

/** What stands around every mail. */
export const MAIL_FRAME = {
  unsubscribe: "Send me no more of these",
  bareLink: "Or copy this address:",
} as const;

/** What the page behind that link says. */
export const UNSUBSCRIBE_TEXT = {
  title: "Mails you get",
  ask: (what: string) => `Do you want no more mails with ${what}?`,
  button: "Send me no more",
  done: (what: string) => `You will get no more mails with ${what}. Mails about your account still come.`,
  invalid: "This link is not complete. Open it once more from the mail.",
  mails: { first_commission: "your first commission", weekly_digest: "your week in numbers" },
  askInvitations: (app: string) => `Do you want no more invitations to ${app}, whoever sends them?`,
  doneInvitations: (app: string) => `You will get no more invitations to ${app}, whoever sends them.`,
} as const;
