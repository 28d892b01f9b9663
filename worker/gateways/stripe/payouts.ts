import type { Stripe } from "stripe";
import { fieldsOf, idOf, itemsOf, type Json, textOf, wholeOf } from "./read-object.ts";
import { type StripeCredentials, StripeError } from "./stripe-error.ts";

/** A transfer of the platform's to a creator's account. */
export interface StripeTransfer {
  /** `tr_…` */
  readonly id: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly destination: string;
}

export interface TransferRequest {
  /** The payout: the transfer's group, and with `attempt` its idempotency key. */
  readonly payoutId: string;
  readonly attempt: number;
  readonly appId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly destination: string;
}

export interface RecipientRequest {
  /** The idempotency key: it stands for everything else here, because under one key Stripe takes no other request. */
  readonly key: string;
  readonly email: string | null;
  /** ISO 3166-1; null: the platform's own. */
  readonly country: string | null;
  /** The country is another one than the platform's. */
  readonly isAbroad: boolean;
}

/** How creators are paid, by the key of the platform that pays them. Everything throws `StripeError`. */
export interface StripePayouts {
  /** Sends money, once for each attempt of a payout: repeated within 24 h it is the same transfer, and answers its id. */
  transfer(credentials: StripeCredentials, request: TransferRequest): Promise<string>;
  /** At most `PAGE`, the latest first; a payout has one, unless somebody sends another by hand. */
  transfersOfGroup(credentials: StripeCredentials, group: string): Promise<readonly StripeTransfer[]>;
  /** The country of the platform's own account. */
  ownCountry(credentials: StripeCredentials): Promise<string | null>;
  /** Makes an account that does nothing but receive transfers; answers its id, `acct_…`. */
  createRecipient(credentials: StripeCredentials, request: RecipientRequest): Promise<string>;
  /** Whether an account may receive transfers by now. */
  recipient(credentials: StripeCredentials, account: string): Promise<{ readonly isActive: boolean }>;
  /** Where a creator tells Stripe who they are and where their bank is. Good once, for a few minutes. */
  onboardingLink(
    credentials: StripeCredentials,
    link: { readonly account: string; readonly refreshUrl: string; readonly returnUrl: string },
  ): Promise<string>;
}

/** Runs one call, and throws what went wrong as a `StripeError`. */
export type StripeCall = <T>(credentials: StripeCredentials, run: (stripe: Stripe) => Promise<T>) => Promise<T>;

/** The most that Stripe lists at once. */
const PAGE = 100;

export function openPayouts(call: StripeCall): StripePayouts {
  return {
    transfer: (credentials, { payoutId, attempt, appId, amountCents, currency, destination }) =>
      call(credentials, async (stripe) => {
        const made = await stripe.transfers.create(
          {
            amount: amountCents,
            currency,
            destination,
            transfer_group: payoutId,
            metadata: { agentlinks_payout: payoutId, agentlinks_app: appId },
          },
          { idempotencyKey: `${payoutId}:${attempt}` },
        );
        return answered("transfer", idOf(made.id));
      }),
    transfersOfGroup: (credentials, group) =>
      call(credentials, async (stripe) => {
        const list = await stripe.transfers.list({ transfer_group: group, limit: PAGE });
        return itemsOf(list.data).flatMap(transferOf);
      }),
    ownCountry: (credentials) =>
      call(credentials, async (stripe) => textOf((await stripe.accounts.retrieveCurrent()).country)),
    createRecipient: (credentials, request) =>
      call(credentials, async (stripe) => {
        const made = await stripe.accounts.create(recipientOf(request), { idempotencyKey: request.key });
        return answered("account", idOf(made.id));
      }),
    recipient: (credentials, account) =>
      call(credentials, async (stripe) => {
        const { capabilities } = await stripe.accounts.retrieve(account);
        return { isActive: capabilities?.transfers === "active" };
      }),
    onboardingLink: (credentials, { account, refreshUrl, returnUrl }) =>
      call(credentials, async (stripe) => {
        const link = await stripe.accountLinks.create({
          account,
          refresh_url: refreshUrl,
          return_url: returnUrl,
          type: "account_onboarding",
        });
        return answered("account_link", typeof link.url === "string" ? link.url : null);
      }),
  };
}

/**
 * What was called an Express account: Stripe asks the creator for everything, the platform pays Stripe's fees and answers for
 * negative balances (docs.stripe.com/connect/migrate-to-controller-properties). It can take no payments. Across borders
 * Stripe pays only who is under the recipient agreement, and within one country nobody needs it
 * (docs.stripe.com/connect/service-agreement-types).
 */
function recipientOf({ email, country, isAbroad }: RecipientRequest): Stripe.AccountCreateParams {
  return {
    controller: {
      fees: { payer: "application" },
      losses: { payments: "application" },
      requirement_collection: "stripe",
      stripe_dashboard: { type: "express" },
    },
    capabilities: { transfers: { requested: true } },
    ...(email === null ? {} : { email }),
    ...(country === null ? {} : { country }),
    ...(isAbroad ? { tos_acceptance: { service_agreement: "recipient" } } : {}),
  };
}

function transferOf(object: Json): readonly StripeTransfer[] {
  const { id, amount, currency, destination } = fieldsOf(object);
  const [transfer, cents, unit, account] = [idOf(id), wholeOf(amount), textOf(currency), idOf(destination)];
  if (transfer === null || cents === null || unit === null || account === null) return [];
  return [{ id: transfer, amountCents: cents, currency: unit, destination: account }];
}

/** Without what was asked for it is not known what was done. */
function answered(what: string, value: string | null): string {
  if (value === null) throw new StripeError("unavailable", [`${what} without what it is`]);
  return value;
}
