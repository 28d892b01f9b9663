/** Whose Stripe account told something: `account` is empty for an app's own, `livemode` as the database has it. */
export interface StripeScope {
  readonly app: string;
  readonly account: string;
  readonly livemode: 0 | 1;
}

/**
 * A ref learnt this long after a payment still counts for it: backends write it to the customer right after the checkout,
 * and signups are sent while the payment is under way.
 */
export const GRACE_MS = 3_600_000;

/** A payment that nobody can be found for is closed after this time: Stripe keeps its events as long. */
export const PARKED_MS = 30 * 86_400_000;

/**
 * Lets the payments of a user be decided again that wait, once it is said whose the user is: a backend's signup and Stripe's
 * event race each other, and one payment's ref may be what another one lacks. `decided` are rows (app, user_id). Binds `:now`.
 */
export function wakePaymentsOf(decided: string): string {
  return `
    UPDATE stripe_payment SET look_at = :now FROM (${decided}) d
    WHERE stripe_payment.app = d.app AND stripe_payment.user_id = d.user_id AND stripe_payment.state = 'parked'`;
}
