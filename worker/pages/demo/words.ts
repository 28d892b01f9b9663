import { formatMoney } from "../../domain/currency.ts";
import type { Story } from "./story.ts";

/** What the last form did. */
export type Done = "signup" | "purchase" | "refund" | "later" | "forget";

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** A UTC date as people read it: 5 December 2026. */
export function dateOf(instant: string | number): string {
  return DATE.format(new Date(instant));
}

/** 1 click, 2 clicks. */
export function count(many: number, thing: string): string {
  return `${many} ${thing}${many === 1 ? "" : "s"}`;
}

/** One sentence on what the visitor's last step did, else on where they are. */
export function headlineOf(story: Story, done: Done | null): string {
  switch (done) {
    case "signup":
      return signupHeadline(story);
    case "purchase":
      return purchaseHeadline(story);
    case "refund":
      return `Refunded: the same share of ${story.creator.name}’s commission went back.`;
    case "later":
      return `It is ${dateOf(story.now)} now. No job ran: a balance is read against the date.`;
    case "forget":
      return "Both cookies are gone. You are a new visitor.";
    case null:
      return visitHeadline(story);
  }
}

function visitHeadline({ cookieRef, creator, orders, customer, clicksBefore, counts }: Story): string {
  if (cookieRef === null) return "Nothing yet: you came without a link.";
  const name = cookieRef.toLowerCase() === creator.ref.toLowerCase() ? `${creator.name}’s link` : "a link";
  if (clicksBefore !== null && counts.clicks > clicksBefore) return `You came by ${name}, and the click was counted.`;
  const isNew = orders.length === 0 && customer === null;
  return isNew ? `You came by ${name}. Now sign up, or buy something.` : `You came by ${name}.`;
}

function signupHeadline({ creator, customer }: Story): string {
  const name = customer?.name ?? "You";
  const isReferral = (customer?.signup?.done ?? null) !== null;
  if (isReferral) return `${name} signed up, and counts as ${creator.name}’s referral.`;
  return `${name} signed up. Nobody is credited: there was no code that counts.`;
}

function purchaseHeadline({ orders, creator, currency }: Story): string {
  const [latest] = orders;
  if (latest === undefined) return "The order was not recorded.";
  const paid = `You paid ${formatMoney(latest.amountCents, currency)}.`;
  if (latest.commission === null) return `${paid} Nobody earns: you came without a link.`;
  return `${paid} ${creator.name} earned ${formatMoney(latest.commission.net_commission_cents, currency)}.`;
}
