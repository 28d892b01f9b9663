import type { Stripe } from "stripe";
import { assert } from "../../domain/assert.ts";
import type { StripeConfig } from "../../env.ts";
import { openPayouts, type StripePayouts } from "./payouts.ts";
import { clientFor, isSigned, loadSdk } from "./sdk.ts";
import { failureOf, type StripeCredentials, StripeError } from "./stripe-error.ts";

export { type StripeCredentials, StripeError } from "./stripe-error.ts";

/**
 * Stripe as the product needs it. Objects come as Stripe has them: the caller translates. All but `verify` and
 * `authorizeUrl` throw `StripeError`; none is tried a second time, and none takes longer than five seconds.
 */
export interface StripeGateway extends StripePayouts {
  /**
   * Whether one of these secrets signed this raw text, within the last 300 s of real time: the clock of dev moves, Stripe's
   * does not.
   */
  verify(payload: string, header: string | null, secrets: readonly string[]): Promise<boolean>;
  customer(credentials: StripeCredentials, id: string): Promise<unknown>;
  /** At most `PAGE`; a payment has one session. */
  sessionsOfPaymentIntent(credentials: StripeCredentials, paymentIntent: string): Promise<readonly unknown[]>;
  /** At most `PAGE`; a subscription began with one. */
  sessionsOfSubscription(credentials: StripeCredentials, subscription: string): Promise<readonly unknown[]>;
  /** With its payments and the promotion codes of its discounts. */
  invoice(credentials: StripeCredentials, id: string): Promise<unknown>;
  /** At most `PAGE`; a payment intent pays one invoice. */
  invoicePaymentsOf(credentials: StripeCredentials, paymentIntent: string): Promise<readonly unknown[]>;
  promotionCode(credentials: StripeCredentials, id: string): Promise<unknown>;
  event(credentials: StripeCredentials, id: string): Promise<unknown>;
  /** One page of at most `PAGE` events of these types (Stripe takes up to 20), newest first, after the event `after`. */
  events(
    credentials: StripeCredentials,
    page: { readonly createdFrom: number; readonly types: readonly string[]; readonly after: string | null },
  ): Promise<{ readonly events: readonly unknown[]; readonly hasMore: boolean }>;
  /** Where an owner lets this installation into an account. Needs a client id. */
  authorizeUrl(request: { readonly state: string; readonly redirectUri: string }): string;
  /** Turns the code that Stripe sent an owner back with, which is good once, into the account. */
  exchange(code: string): Promise<{ readonly account: string; readonly livemode: boolean }>;
  /** Gives a connected account back. */
  deauthorize(account: string): Promise<void>;
}

/** The most that Stripe lists at once. */
const PAGE = 100;
const CONNECT = "https://connect.stripe.com";

/** The product of Stripe's SDK, which is loaded with the first call: a start does without its 240 KB. */
export function openStripe(config: StripeConfig): StripeGateway {
  return {
    ...openPayouts(call),
    verify: async (payload, header, secrets) => isSigned(await loadSdk(), { payload, header: header ?? "", secrets }),
    customer: (credentials, id) => call(credentials, (stripe) => stripe.customers.retrieve(id)),
    sessionsOfPaymentIntent: (credentials, paymentIntent) =>
      call(credentials, async (stripe) => {
        const list = await stripe.checkout.sessions.list({ payment_intent: paymentIntent, limit: PAGE });
        return list.data;
      }),
    sessionsOfSubscription: (credentials, subscription) =>
      call(credentials, async (stripe) => (await stripe.checkout.sessions.list({ subscription, limit: PAGE })).data),
    invoice: (credentials, id) =>
      call(credentials, (stripe) => stripe.invoices.retrieve(id, { expand: ["payments", "discounts.promotion_code"] })),
    invoicePaymentsOf: (credentials, paymentIntent) =>
      call(credentials, async (stripe) => {
        const payment = { type: "payment_intent", payment_intent: paymentIntent } as const;
        return (await stripe.invoicePayments.list({ payment, limit: PAGE })).data;
      }),
    promotionCode: (credentials, id) => call(credentials, (stripe) => stripe.promotionCodes.retrieve(id)),
    event: (credentials, id) => call(credentials, (stripe) => stripe.events.retrieve(id)),
    events: (credentials, { createdFrom, types, after }) =>
      call(credentials, async (stripe) => {
        const list = await stripe.events.list({
          created: { gte: createdFrom },
          types: [...types],
          limit: PAGE,
          ...(after === null ? {} : { starting_after: after }),
        });
        return { events: list.data, hasMore: list.has_more };
      }),
    authorizeUrl({ state, redirectUri }) {
      assert(config.clientId !== null, "only an installation with a client id offers Connect");
      const url = new URL("/oauth/authorize", config.apiBase ?? CONNECT);
      url.search = new URLSearchParams({
        response_type: "code",
        client_id: config.clientId,
        scope: config.oauthScope,
        state,
        redirect_uri: redirectUri,
        // Whoever connects an account has one.
        stripe_landing: "login",
      }).toString();
      return url.href;
    },
    exchange: (code) =>
      call(platform(), async (stripe) => {
        const token = await stripe.oauth.token({ grant_type: "authorization_code", code });
        if (token.stripe_user_id === undefined || token.livemode === undefined) {
          throw new StripeError("unavailable", ["oauth.token without an account"]);
        }
        return { account: token.stripe_user_id, livemode: token.livemode };
      }),
    deauthorize: (account) =>
      call(platform(), async (stripe) => {
        await stripe.oauth.deauthorize({ client_id: config.clientId ?? "", stripe_user_id: account });
      }),
  };

  function platform(): StripeCredentials {
    assert(config.secretKey !== null, "only an installation with a secret key speaks for connected accounts");
    return { key: config.secretKey, account: null };
  }

  /** Runs one call, and says in our words what went wrong. */
  async function call<T>(credentials: StripeCredentials, run: (stripe: Stripe) => Promise<T>): Promise<T> {
    const sdk = await loadSdk();
    try {
      return await run(clientFor(sdk, credentials, config.apiBase));
    } catch (error) {
      if (!(error instanceof sdk.Stripe.errors.StripeError)) throw error;
      const { statusCode, code, rawType, requestId } = error;
      const kind = failureOf({ statusCode, code, type: rawType });
      throw new StripeError(kind, [statusCode, code ?? rawType ?? error.type, requestId], code ?? rawType);
    }
  }
}
