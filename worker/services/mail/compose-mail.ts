import type { Deps } from "../../deps.ts";
import { MAX_ABOUT_LENGTH } from "../../domain/credit-program.ts";
import type { AffiliateStatus } from "../../domain/affiliate-status.ts";
import { isOptionalMail, type MailTemplate } from "../../domain/mail-template.ts";
import { referralLink } from "../../domain/referral-link.ts";
import type { Mail } from "../../gateways/mail/mail.ts";
import { type Affiliate, findAffiliate } from "../../store/affiliate-store.ts";
import type { App } from "../../store/app-store.ts";
import { findInviter } from "../../store/friend-invitation-store.ts";
import { findOpenInvitation } from "../../store/invitation-store.ts";
import { findCommissionFact, readWeek } from "../../store/mail-fact-store.ts";
import type { ClaimedMail } from "../../store/outbox-store.ts";
import { findBatch } from "../../store/payout-batch-store.ts";
import { findPayout } from "../../store/payout-store.ts";
import { findEndpoint } from "../../store/webhook-store.ts";
import {
  applicationDecidedWords,
  applicationReceivedWords,
  applicationWords,
  firstCommissionWords,
  friendInvitationWords,
  invitationWords,
  type MailWords,
  noEventsWords,
  payoutDueWords,
  payoutMethodChangedWords,
  payoutSentWords,
  statusChangedWords,
  webhookDisabledWords,
  weeklyDigestWords,
  welcomeWords,
} from "../../texts/mail.ts";
import { readReferralCode } from "../credits/read-referral-code.ts";
import { readFlags } from "../programs/read-flags.ts";
import { oneLine, renderMail } from "./render-mail.ts";
import { unsubscribeUrl } from "./unsubscribe.ts";

/** A mail without whom it goes to, and its id. */
export type ComposedMail = Pick<Mail, "subject" | "text" | "html"> & { readonly headers: Record<string, string> };

/** Names of apps and creators in a subject or sentence are cut there. */
const MAX_NAME_LENGTH = 60;

/**
 * What a claimed mail says, from the database as it is now: `obsolete` where what it tells of is no more, `unreadable` where its row
 * makes no sense. Throws DbError.
 */
export async function composeMail(
  deps: Deps,
  app: App,
  mail: ClaimedMail,
): Promise<ComposedMail | "obsolete" | "unreadable"> {
  const { template, affiliateId, to, from } = mail;
  if (template === null || to === null) return "unreadable";
  const affiliate = affiliateId === null ? null : await findAffiliate(deps.db, app.id, affiliateId, deps.now());
  const words = await WORDS[template]({
    deps,
    app,
    name: oneLine(app.name, MAX_NAME_LENGTH),
    affiliate,
    to,
    from,
    data: mail.data,
  });
  if (words === "obsolete" || words === "unreadable") return words;
  const stop = await stopUrl(deps, app, mail);
  const url = words.url ?? urlOf(deps, app, template);
  const rendered = renderMail({ heading: oneLine(app.name, MAX_NAME_LENGTH), words, url, unsubscribeUrl: stop });
  return {
    ...rendered,
    headers: {
      "Auto-Submitted": "auto-generated",
      // RFC 8058: a mailbox's own button unsubscribes by one POST, without a question.
      ...(stop === null
        ? {}
        : { "List-Unsubscribe": `<${stop}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
    },
  };
}

interface Facts {
  readonly deps: Deps;
  readonly app: App;
  /** The app's, on one line. */
  readonly name: string;
  readonly affiliate: Affiliate | null;
  readonly to: string;
  readonly from: string | null;
  readonly data: ClaimedMail["data"];
}

/** `url`: where its button leads to, where that is not the same for all mails of its kind. */
type Words = (MailWords & { readonly url?: string }) | "obsolete" | "unreadable";

const WORDS: Readonly<Record<MailTemplate, (facts: Facts) => Words | Promise<Words>>> = {
  welcome: ({ app, name, affiliate }) =>
    affiliate === null ? "unreadable" : welcomeWords({ app: name, ...linkOf(app, affiliate) }),
  application_received: ({ name }) => applicationReceivedWords({ app: name }),
  application_decided({ app, name, affiliate, data }) {
    if (affiliate === null) return "unreadable";
    return applicationDecidedWords({ app: name, isAccepted: data["status"] === "active", ...linkOf(app, affiliate) });
  },
  async first_commission({ deps, app, name, data }) {
    const fact = await findCommissionFact(deps.db, app.id, textOf(data, "conversion"));
    if (fact === null || fact.cents === 0 || fact.lane === "held") return "obsolete";
    return firstCommissionWords({
      app: name,
      earned: fact,
      availableOn: fact.matureDay,
      isInReview: fact.lane === "review",
    });
  },
  async weekly_digest({ deps, app, name, affiliate, data }) {
    const fromDay = data["from_day"];
    if (affiliate === null || typeof fromDay !== "number") return "unreadable";
    const week = await readWeek(deps.db, app.id, { affiliateId: affiliate.id, fromDay });
    return weeklyDigestWords({ app: name, fromDay, ...week });
  },
  async payout_sent({ deps, app, name, data }) {
    const payout = await findPayout(deps.db, app.id, textOf(data, "payout"));
    if (payout === null) return "unreadable";
    return payoutSentWords({ app: name, paid: { cents: payout.amountCents, currency: payout.currency } });
  },
  status_changed({ name, data }) {
    const status = STATUSES.find((known) => known === data["status"]);
    return status === undefined ? "unreadable" : statusChangedWords({ app: name, status });
  },
  payout_method_changed: ({ name }) => payoutMethodChangedWords({ app: name }),
  application({ name, affiliate }) {
    if (affiliate === null) return "unreadable";
    return affiliate.status === "applied" ? applicationWords({ app: name, who: whoIs(affiliate) }) : "obsolete";
  },
  async payout_due({ deps, app, name, data }) {
    const batch = await findBatch(deps.db, app.id, textOf(data, "batch"));
    if (batch === null) return "unreadable";
    if (batch.status !== "draft") return "obsolete";
    const sums = batch.sums.map(({ approvedCents, currency, lines }) => ({
      cents: approvedCents,
      currency,
      creators: lines,
    }));
    return payoutDueWords({ app: name, sums });
  },
  no_events_7d({ name, data }) {
    const lastDay = data["last_day"];
    return typeof lastDay === "number" ? noEventsWords({ app: name, lastDay }) : "unreadable";
  },
  async webhook_disabled({ deps, app, name, data }) {
    const endpoint = await findEndpoint(deps.db, app.id, { endpointId: textOf(data, "endpoint"), now: deps.now() });
    if (endpoint === null || endpoint.status === "active") return "obsolete";
    const host = oneLine(new URL(endpoint.url).host, MAX_NAME_LENGTH);
    return webhookDisabledWords({ app: name, host, isGone: endpoint.disabledReason === "gone" });
  },
  async invitation({ deps, app, name, to, data }) {
    const invitation = await findOpenInvitation(deps.db, app.id, to);
    return invitation?.id === data["invite"] ? invitationWords({ app: name }) : "obsolete";
  },
  async friend_invitation({ deps, app, name, from, data }) {
    const account = await findInviter(deps.db, app.id, textOf(data, "invite"));
    if (account === null || app.credits.accounts === "none") return "obsolete";
    // As it is now: the link of a code that was refreshed since would be dead.
    const code = await readReferralCode(deps, app.id, account);
    if (!code.ok) return "obsolete";
    const { about, refereeAward, qualifyingEvent } = app.credits;
    const words = friendInvitationWords({
      app: name,
      inviter: from === null ? null : oneLine(from, MAX_NAME_LENGTH),
      about: about === null ? null : oneLine(about, MAX_ABOUT_LENGTH),
      award: refereeAward,
      isForPayment: qualifyingEvent === "first_payment",
    });
    return { ...words, url: code.value.referralUrl };
  },
};

const STATUSES: readonly AffiliateStatus[] = ["applied", "active", "suspended", "revoked"];

function linkOf({ domain }: App, { ref }: Affiliate) {
  return { link: referralLink(ref, domain), ref };
}

/** Their name, unless it could be taken for a link, which a mail program would make of it; else their address. */
function whoIs({ name, email, id }: Affiliate): string {
  const looksLikeLink = name !== null && /[/@]|\S\.\S/.test(name);
  return oneLine((looksLikeLink ? null : name) ?? email ?? id, MAX_NAME_LENGTH);
}

/** Where the recipient says that they want no more of these; null for what nobody may switch off by a link. */
async function stopUrl(deps: Deps, app: App, { template, affiliateId, data }: ClaimedMail): Promise<string | null> {
  const appId = app.id;
  if (template === "friend_invitation") {
    return unsubscribeUrl(deps, { appId, template, address: textOf(data, "address") });
  }
  if (template === null || affiliateId === null || !isOptionalMail(template)) return null;
  return unsubscribeUrl(deps, { appId, affiliateId, template });
}

/** Where the button leads to; null while that side of the product is closed. */
function urlOf(deps: Deps, app: App, template: MailTemplate): string | null {
  const base = deps.config.publicUrl;
  const owner = `${base}/apps/${app.id}`;
  if (template === "invitation") return `${base}/join/${app.id}`;
  if (template === "application") {
    return readFlags(deps, app).settingsAffiliates.enabled ? `${owner}/affiliates?status=applied` : owner;
  }
  if (template === "payout_due") return `${owner}/payouts`;
  if (template === "no_events_7d") return owner;
  if (template === "webhook_disabled") return `${owner}/settings/webhooks`;
  return readFlags(deps, app).platformReferrals.enabled ? `${base}/referrals/${app.id}` : null;
}

function textOf(data: ClaimedMail["data"], name: string): string {
  const value = data[name];
  return typeof value === "string" ? value : "";
}
