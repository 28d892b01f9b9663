import type { Deps } from "../../deps.ts";
import { isOptionalMail, type OptionalMail } from "../../domain/mail-template.ts";
import { findApp } from "../../store/app-store.ts";
import { optOutOfInvitations } from "../../store/friend-invitation-store.ts";
import { insertOptOut } from "../../store/mail-store.ts";
import { hmac } from "../hashing.ts";

/** Where a mail's recipient says that they want no more of it. */
export const UNSUBSCRIBE_PATH = "/mail/unsubscribe";

/** Which mails such a link is about. */
export type Subscription = AffiliateSubscription | AddressSubscription;

/** One mail to an affiliate. */
export interface AffiliateSubscription {
  readonly template: OptionalMail;
  readonly appId: string;
  readonly affiliateId: string;
}

/** All invitations of an app's users to an address, which is known by its HMAC alone (`invitedAddress`). */
export interface AddressSubscription {
  readonly template: "friend_invitation";
  readonly appId: string;
  readonly address: string;
}

/** The link for one subscription, signed: whoever has the mail may unsubscribe, and nobody else. No address is in it. */
export async function unsubscribeUrl(deps: Pick<Deps, "config">, subscription: Subscription): Promise<string> {
  const { appId, template } = subscription;
  const who =
    template === "friend_invitation" ? { address: subscription.address } : { creator: subscription.affiliateId };
  const query = new URLSearchParams({ app: appId, ...who, mail: template });
  query.set("sig", await signature(deps, subscription));
  return `${deps.config.publicUrl}${UNSUBSCRIBE_PATH}?${query.toString()}`;
}

/** What a link's parameters are about; null for one that we did not sign. */
export async function readUnsubscribe(
  deps: Pick<Deps, "config">,
  parameters: Readonly<Record<string, string>>,
): Promise<Subscription | null> {
  const subscription = subscriptionOf(parameters);
  const { sig } = parameters;
  if (subscription === null || sig === undefined) return null;
  return isSame(await signature(deps, subscription), sig) ? subscription : null;
}

/** The name of the app that a subscription is to; null where it is gone. */
export async function readSubscribedApp(deps: Deps, { appId }: Subscription): Promise<string | null> {
  return (await findApp(deps.db, appId, deps.now()))?.name ?? null;
}

/** They get no more of these mails. A repeat changes nothing. */
export async function unsubscribe(deps: Deps, subscription: Subscription): Promise<void> {
  const { appId, template } = subscription;
  const now = deps.now();
  await deps.db.batch([
    template === "friend_invitation"
      ? optOutOfInvitations(appId, { address: subscription.address, now })
      : insertOptOut(appId, { affiliateId: subscription.affiliateId, template, now }),
  ]);
}

function subscriptionOf({ app, creator, address, mail }: Readonly<Record<string, string>>): Subscription | null {
  if (app === undefined || mail === undefined) return null;
  if (mail === "friend_invitation") return address === undefined ? null : { template: mail, appId: app, address };
  return creator !== undefined && isOptionalMail(mail) ? { template: mail, appId: app, affiliateId: creator } : null;
}

/** What is signed begins with its kind, so that no signature of one kind is one of the other. */
async function signature({ config }: Pick<Deps, "config">, subscription: Subscription): Promise<string> {
  const { appId, template } = subscription;
  const signed =
    template === "friend_invitation"
      ? ["mail-unsubscribe-address", appId, subscription.address]
      : ["mail-unsubscribe", appId, subscription.affiliateId, template];
  return hmac(config.authSecret, JSON.stringify(signed));
}

/** Looks at every character, so that the time it takes tells nothing of where the first wrong one is. */
function isSame(expected: string, given: string): boolean {
  if (expected.length !== given.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= expected.charCodeAt(at) ^ given.charCodeAt(at);
  return difference === 0;
}
