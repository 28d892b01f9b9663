/** The rules of an app's friend-referral program. Credits are whole numbers; 100 of them are 1 USD. */
export interface CreditProgram {
  /** What the referrer gets for a friend, as long as the cap leaves room. */
  readonly referrerAward: number;
  /** What the friend gets. */
  readonly refereeAward: number;
  /** The most that a referrer earns with friends in a lifetime. */
  readonly cap: number;
  /** What makes a friend count: the redemption itself, or their first payment. */
  readonly qualifyingEvent: (typeof QUALIFYING_EVENTS)[number];
  /** Whether the friend gets theirs also where the referrer is at the cap. */
  readonly bonusWhenCapped: boolean;
  /** After so many days a pending redemption counts no more; null: never. */
  readonly pendingDays: number | null;
  /** Who may refer: everybody, the accounts on the app's list, or nobody. */
  readonly accounts: (typeof REFERRING_ACCOUNTS)[number];
  /** Where friends may come from; none: everywhere. ISO 3166-1 alpha-2, in capitals. */
  readonly countries: readonly string[];
  /** The link to share, with `{code}` in it; null: the app's site. */
  readonly shareUrl: string | null;
  /** What the product is, for who is invited. */
  readonly about: string | null;
}

export const QUALIFYING_EVENTS = ["signup", "first_payment"] as const;
export const REFERRING_ACCOUNTS = ["all", "listed", "none"] as const;

export const MAX_AWARD = 1_000_000;
export const MAX_CAP = 1_000_000_000;
export const MAX_PENDING_DAYS = 3_650;
export const MAX_ABOUT_LENGTH = 256;
/** What stands for the code in `shareUrl`. */
export const CODE_IN_URL = "{code}";

/**
 * The link that an account shares: the template's, else the app's own site's; while the app has neither, this installation's, so that
 * there always is one.
 */
export function shareLink(
  ref: string,
  { shareUrl, domain, publicUrl }: { shareUrl: string | null; domain: string | null; publicUrl: string },
): string {
  const site = domain === null ? publicUrl : `https://${domain}`;
  return (shareUrl ?? `${site}/auth?ref=${CODE_IN_URL}`).replaceAll(CODE_IN_URL, encodeURIComponent(ref));
}
