import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  findStripeConnection,
  readStripeConnection,
  type StripeConnectionPatch,
  type StripeConnectionRow,
  writeStripeConnection,
} from "../../store/stripe-connection-store.ts";
import { isKeyOfMode } from "./key-mode.ts";
import { type ConnectionView, viewOf } from "./read-connection.ts";
import { sealText } from "./sealed-connection.ts";

/** What to change; what is absent stays. */
export interface ConnectionChange {
  /** All of them: those of before are forgotten. */
  readonly webhookSecrets?: readonly string[] | undefined;
  /** Null: no key any more. */
  readonly restrictedKey?: string | null | undefined;
  readonly netOfTax?: boolean | undefined;
  readonly bareRefs?: boolean | undefined;
  readonly outOfBand?: boolean | undefined;
}

/**
 * Changes what an app has said of its own Stripe account, and answers it as it stands then. Fails with `not_found`, and with
 * `invalid_request` for a key of the other mode than the app's.
 */
export async function connectStripe(
  deps: Deps,
  appId: string,
  { actor, change }: { readonly actor: string; readonly change: ConnectionChange },
): Promise<Result<ConnectionView>> {
  const before = await findStripeConnection(deps.db, appId);
  if (before === null) return fail("not_found", "No such app.");
  const { webhookSecrets, restrictedKey, netOfTax, bareRefs, outOfBand } = change;
  if (typeof restrictedKey === "string" && !isKeyOfMode(restrictedKey, before.mode)) {
    const message = `must be a key of the app's mode, ${before.mode}`;
    return fail("invalid_request", "The request is not valid.", [{ path: "restricted_key", message }]);
  }
  const bringsSecret = webhookSecrets !== undefined || typeof restrictedKey === "string";
  const results = await deps.db.batch(
    writeStripeConnection(appId, {
      patch: await patchOf(deps, change),
      audit: {
        id: deps.newId("aud"),
        actor,
        action: bringsSecret && !isConnected(before) ? "stripe.connected" : "stripe.changed",
        object: appId,
        before: describe(before),
        after: {
          netOfTax,
          bareClientReferenceIds: bareRefs,
          outOfBand,
          ...(webhookSecrets === undefined ? {} : { webhookSecrets: webhookSecrets.length }),
          ...(restrictedKey === undefined ? {} : { restrictedKey: restrictedKey !== null }),
        },
        now: deps.now(),
      },
    }),
  );
  const row = readStripeConnection(results.at(-1));
  assert(row !== null, "an app is never deleted");
  return ok(await viewOf(deps, row));
}

/** Whether there is anything to disconnect. */
function isConnected(row: StripeConnectionRow): boolean {
  return row.account !== null || row.sealedWebhookSecrets !== null || row.sealedRestrictedKey !== null;
}

/** A connection for the audit log: that there are secrets, not which. */
function describe(row: StripeConnectionRow) {
  const { account, netOfTax, bareRefs, outOfBand } = row;
  const secrets = {
    webhookSecrets: row.sealedWebhookSecrets !== null,
    restrictedKey: row.sealedRestrictedKey !== null,
  };
  return { account, ...secrets, netOfTax, bareClientReferenceIds: bareRefs, outOfBand };
}

async function patchOf(deps: Deps, change: ConnectionChange): Promise<StripeConnectionPatch> {
  const { webhookSecrets, restrictedKey, netOfTax, bareRefs, outOfBand } = change;
  return {
    ...(webhookSecrets === undefined ? {} : { webhook_secrets: await sealText(deps, JSON.stringify(webhookSecrets)) }),
    ...(restrictedKey === undefined
      ? {}
      : { restricted_key: restrictedKey === null ? null : await sealText(deps, restrictedKey) }),
    ...(netOfTax === undefined ? {} : { net_of_tax: Number(netOfTax) }),
    ...(bareRefs === undefined ? {} : { bare_refs: Number(bareRefs) }),
    ...(outOfBand === undefined ? {} : { out_of_band: Number(outOfBand) }),
  };
}
