import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findStripeConnection, type StripeConnectionRow } from "../../store/stripe-connection-store.ts";
import { openRestrictedKey, openWebhookSecrets } from "./sealed-connection.ts";

/** A connection as its owner sees it: what there is of secrets, never a secret. */
export interface ConnectionView {
  readonly appId: string;
  readonly mode: "live" | "test";
  readonly account: string | null;
  /** How many signing secrets there are. */
  readonly webhookSecrets: number;
  /** The key's beginning and last four characters. */
  readonly restrictedKey: string | null;
  readonly netOfTax: boolean;
  readonly bareRefs: boolean;
  readonly outOfBand: boolean;
  /** Null: never. */
  readonly changedAt: number | null;
}

/** What an app has said of its Stripe account. Fails with `not_found`. */
export async function readConnection(deps: Deps, appId: string): Promise<Result<ConnectionView>> {
  const row = await findStripeConnection(deps.db, appId);
  return row === null ? fail("not_found", "No such app.") : ok(await viewOf(deps, row));
}

/** Throws when the secrets cannot be read: then the owner gives them again, or disconnects. */
export async function viewOf(deps: Deps, row: StripeConnectionRow): Promise<ConnectionView> {
  const { appId, mode, account, netOfTax, bareRefs, outOfBand, changedAt } = row;
  const key = await openRestrictedKey(deps, row);
  return {
    appId,
    mode,
    account,
    webhookSecrets: (await openWebhookSecrets(deps, row)).length,
    restrictedKey: key === null ? null : masked(key),
    netOfTax,
    bareRefs,
    outOfBand,
    changedAt,
  };
}

function masked(key: string): string {
  return `${/^[rs]k_(?:live|test)_/.exec(key)?.[0] ?? ""}…${key.slice(-4)}`;
}
