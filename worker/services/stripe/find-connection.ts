import type { Deps } from "../../deps.ts";
import type { StripeCredentials } from "../../gateways/stripe/stripe.ts";
import {
  findAppOfAccount,
  findOnlyApp,
  findStripeConnection,
  type StripeAccount,
  type StripeConnectionRow,
} from "../../store/stripe-connection-store.ts";
import { isKeyOfMode } from "./key-mode.ts";
import { openRestrictedKey, openWebhookSecrets } from "./sealed-connection.ts";

/** How an app is connected to Stripe: whose word counts for it, and how Stripe is asked about it. */
export interface StripeConnection {
  readonly appId: string;
  readonly livemode: boolean;
  /** The connected account; empty for an account of the app's own, or of the installation's. */
  readonly account: string;
  /** Of the app's own endpoints alone. */
  readonly webhookSecrets: readonly string[];
  /** Null: Stripe cannot be asked. */
  readonly credentials: StripeCredentials | null;
  readonly netOfTax: boolean;
  /** A `client_reference_id` that is a code counts without `al-` before it. */
  readonly bareRefs: boolean;
  /** Payments that did not come through Stripe count. */
  readonly outOfBand: boolean;
}

/**
 * The connection of an app: the defaults, where it has said nothing; null without such an app. Throws when its secrets
 * cannot be read.
 */
export async function findConnection(deps: Deps, appId: string): Promise<StripeConnection | null> {
  const row = await findStripeConnection(deps.db, appId);
  if (row === null) return null;
  return {
    appId,
    livemode: row.mode === "live",
    account: row.account ?? "",
    webhookSecrets: await openWebhookSecrets(deps, row),
    credentials: await credentialsOf(deps, row),
    netOfTax: row.netOfTax,
    bareRefs: row.bareRefs,
    outOfBand: row.outOfBand,
  };
}

/** The connection of the app that a connected account belongs to; null when it is nobody's in this mode. */
export async function findConnectionOfAccount(deps: Deps, of: StripeAccount): Promise<StripeConnection | null> {
  const appId = await findAppOfAccount(deps.db, of);
  return appId === null ? null : findConnection(deps, appId);
}

/**
 * The connection of the app that the installation's own account belongs to: the one of `STRIPE_APP_ID` (null when there is
 * none, or of the other mode), else the only app of the mode. `ambiguous` when nothing says which: of several, or of none.
 */
export async function findOwnConnection(
  deps: Deps,
  { livemode }: { readonly livemode: boolean },
): Promise<StripeConnection | "ambiguous" | null> {
  const named = deps.config.stripe.appId;
  const appId = named ?? (await findOnlyApp(deps.db, livemode ? "live" : "test"));
  if (appId === null) return "ambiguous";
  const connection = await findConnection(deps, appId);
  return connection?.livemode === livemode ? connection : null;
}

/** The app's own key, else the platform's for the connected account, else the installation's for its own account. */
async function credentialsOf(deps: Deps, row: StripeConnectionRow): Promise<StripeCredentials | null> {
  const own = await openRestrictedKey(deps, row);
  if (own !== null) return { key: own, account: null };
  const { apiKey, secretKey } = deps.config.stripe;
  if (row.account !== null) return usable(secretKey, row, row.account);
  if (apiKey === null || !(await hasOwnAccount(deps, row))) return null;
  return usable(apiKey, row, null);
}

/** Whether the installation's own account is this app's. */
async function hasOwnAccount(deps: Deps, { appId, mode }: StripeConnectionRow): Promise<boolean> {
  const named = deps.config.stripe.appId;
  return appId === (named ?? (await findOnlyApp(deps.db, mode)));
}

/** An operator may change the keys' mode under an app's feet: then they read another world than its own. */
function usable(key: string | null, { mode }: StripeConnectionRow, account: string | null): StripeCredentials | null {
  return key === null || !isKeyOfMode(key, mode) ? null : { key, account };
}
