import type { Deps } from "../../deps.ts";
import { isOptionalMail, type OptionalMail } from "../../domain/mail-template.ts";
import { insertOptOut } from "../../store/mail-store.ts";
import { hmac } from "../hashing.ts";

/** Where a mail's recipient says that they want no more of it. */
export const UNSUBSCRIBE_PATH = "/mail/unsubscribe";

/** Which mails of which affiliate such a link is about. */
export interface Subscription {
  readonly appId: string;
  readonly affiliateId: string;
  readonly template: OptionalMail;
}

/** The link for one affiliate and mail, signed: whoever has the mail may unsubscribe, and nobody else. */
export async function unsubscribeUrl(deps: Pick<Deps, "config">, subscription: Subscription): Promise<string> {
  const { appId, affiliateId, template } = subscription;
  const query = new URLSearchParams({ app: appId, creator: affiliateId, mail: template });
  query.set("sig", await signature(deps, subscription));
  return `${deps.config.publicUrl}${UNSUBSCRIBE_PATH}?${query.toString()}`;
}

/** What a link's parameters are about; null for one that we did not sign. */
export async function readUnsubscribe(
  deps: Pick<Deps, "config">,
  { app, creator, mail, sig }: Readonly<Record<string, string>>,
): Promise<Subscription | null> {
  if (app === undefined || creator === undefined || mail === undefined || sig === undefined) return null;
  if (!isOptionalMail(mail)) return null;
  const subscription = { appId: app, affiliateId: creator, template: mail };
  return isSame(await signature(deps, subscription), sig) ? subscription : null;
}

/** The affiliate gets no more of these mails. A repeat changes nothing. */
export async function unsubscribe(deps: Deps, { appId, affiliateId, template }: Subscription): Promise<void> {
  await deps.db.batch([insertOptOut(appId, { affiliateId, template, now: deps.now() })]);
}

async function signature({ config }: Pick<Deps, "config">, { appId, affiliateId, template }: Subscription) {
  return hmac(config.authSecret, JSON.stringify(["mail-unsubscribe", appId, affiliateId, template]));
}

/** Looks at every character, so that the time it takes tells nothing of where the first wrong one is. */
function isSame(expected: string, given: string): boolean {
  if (expected.length !== given.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= expected.charCodeAt(at) ^ given.charCodeAt(at);
  return difference === 0;
}
