import type { EventType } from "./events.ts";

/** What calls take, field by field as on the wire. Fields that are left out or null say nothing. */

type Maybe<Value> = Value | null | undefined;

/** Your own id of somebody or something. */
export type OwnId = string | number;

export interface SignupCall {
  /** The code that the visitor came by: `getRef(request)`. */
  readonly ref: string;
  readonly user_id: OwnId;
  readonly email?: Maybe<string>;
  /** Since when this person has been your customer, ISO 8601. */
  readonly customer_created_at?: Maybe<string>;
  readonly event_id?: Maybe<string>;
}

export interface ConversionCall {
  readonly user_id: OwnId;
  /** Minor units of the currency: 10.00 USD is 1000. */
  readonly amount_cents: number;
  /** ISO 4217; the app's currency unless given. */
  readonly currency?: Maybe<string>;
  /** Not needed once the user's signup was reported. */
  readonly ref?: Maybe<string>;
  /**
   * Your own id of the payment: reported again, it counts once. Without one each call is another payment, however like the one
   * before; only the tries of one call are one.
   */
  readonly event_id?: Maybe<string>;
  /** The payment's name where others tell of it too, like Stripe's `pi_…`. */
  readonly payment_ref?: Maybe<string>;
  readonly customer_created_at?: Maybe<string>;
  readonly metadata?: Maybe<Readonly<Record<string, unknown>>>;
}

/** Needs one of `user_id`, `conversion_id`, `payment_ref`, `ref`; without `amount_cents`, all that is left of the payment named. */
export interface RefundCall {
  readonly user_id?: Maybe<OwnId>;
  readonly amount_cents?: Maybe<number>;
  readonly currency?: Maybe<string>;
  readonly ref?: Maybe<string>;
  readonly conversion_id?: Maybe<string>;
  readonly payment_ref?: Maybe<string>;
  /** Your own id of the refund: reported again, it counts once. */
  readonly event_id?: Maybe<string>;
}

/** A landing that your server saw, where the script is not on the page. */
export interface ClickCall {
  readonly ref: string;
  /** Names the visitor, up to 128 characters: their further clicks within the hour count no more. Kept only as a hash. */
  readonly visitor?: Maybe<string>;
  /** The visitor's, so that bots are not counted. */
  readonly user_agent?: Maybe<string>;
  readonly referrer_host?: Maybe<string>;
}

export interface ValidateCall {
  readonly ref: string;
  readonly app_id: string;
}

export interface NewAffiliate {
  readonly email: string;
  readonly name?: Maybe<string>;
  /** The code they want: 3–32 of A–Z a–z 0–9 _ -, not digits alone. */
  readonly ref?: Maybe<string>;
  readonly account_id?: Maybe<OwnId>;
  readonly commission_percent?: Maybe<number | string>;
}

/** A page of a list: `limit` 1–100, 50 unless given; `cursor` is the last answer's `next_cursor`. */
export interface PageCall {
  readonly limit?: number | undefined;
  readonly cursor?: Maybe<string>;
}

export interface AffiliatesCall extends PageCall {
  readonly status?: "applied" | "active" | "suspended" | "revoked" | undefined;
}

export interface CommissionsCall extends PageCall {
  readonly status?: "pending" | "confirmed" | "paid" | "cancelled" | undefined;
  readonly currency?: string | undefined;
}

export interface TokenCall {
  /** Your own id of the user whose page it is. */
  readonly account_id: OwnId;
  /** If you know it to be the user's own. */
  readonly email?: Maybe<string>;
}

export interface SpendCall {
  readonly account_id: OwnId;
  /** Whole credits. */
  readonly amount: number;
  /** Your own id of what is paid: an order is paid once. */
  readonly reference: OwnId;
}

export interface RedeemCall {
  readonly code: string;
  /** Your own id of the user who came by it. */
  readonly referred_account_id: OwnId;
  readonly email?: Maybe<string>;
  /** ISO 3166-1 alpha-2. */
  readonly country?: Maybe<string>;
  /** True: it counts when `referrals.complete` says so. */
  readonly pending?: Maybe<boolean>;
  /** False: the account was made by joining somebody's team. */
  readonly new_workspace?: Maybe<boolean>;
}

export interface CompleteCall {
  readonly referred_account_id: OwnId;
}

export interface EventsCall {
  /** The id of the last event you took; from the first on unless given. */
  readonly after?: Maybe<string>;
  /** Of these types alone. */
  readonly type?: EventType | readonly EventType[] | undefined;
  /** 1–100 a page. */
  readonly limit?: number | undefined;
}

export interface NewEndpoint {
  /** https, on the public internet. */
  readonly url: string;
  readonly description?: Maybe<string>;
  /** All unless given. */
  readonly types?: Maybe<readonly EventType[]>;
}

export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: Maybe<string>;
  readonly types?: Maybe<readonly EventType[]>;
  readonly enabled?: boolean | undefined;
  /** With `enabled: true`: what happened while it was off is not sent. */
  readonly skip_missed?: boolean | undefined;
}

export interface RollCall {
  /** How long the secret before signs, too: 24 unless given. */
  readonly overlap_hours?: Maybe<number>;
}
