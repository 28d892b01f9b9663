import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { ConnectionChange } from "../services/stripe/connect-stripe.ts";
import type { ConnectionView } from "../services/stripe/read-connection.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./fields.ts";
import { iso } from "./time.ts";

/** Enough for an endpoint in each place, each with the secret it is being rolled to. */
const MAX_WEBHOOK_SECRETS = 10;
const SECRETS_MESSAGE = `must be 1 to ${MAX_WEBHOOK_SECRETS} signing secrets`;

const webhookSecret = v.pipe(
  v.string("must be a string"),
  v.regex(/^whsec_[\x21-\x7e]{8,250}$/, "must be a signing secret, whsec_…"),
);

const restrictedKey = v.pipe(
  v.string("must be a string"),
  v.regex(/^[rs]k_(?:live|test)_[\x21-\x7e]{8,240}$/, "must be a key, rk_live_… or rk_test_…"),
);

const flag = v.boolean("must be true or false");

export const StripeConnectionSchema = v.object({
  webhook_secrets: v.optional(
    v.pipe(
      v.array(webhookSecret, SECRETS_MESSAGE),
      v.minLength(1, SECRETS_MESSAGE),
      v.maxLength(MAX_WEBHOOK_SECRETS, SECRETS_MESSAGE),
      v.transform((secrets) => [...new Set(secrets)]),
    ),
  ),
  restricted_key: v.optional(v.nullable(restrictedKey)),
  net_of_tax: v.optional(flag),
  bare_client_reference_ids: v.optional(flag),
  out_of_band: v.optional(flag),
});

/** What to change of a connection: a key that is absent stays. */
export function parseConnectionChange(body: JsonObject): Result<ConnectionChange> {
  const parsed = check(StripeConnectionSchema, body);
  if (!parsed.ok) return parsed;
  const given = parsed.value;
  return ok({
    webhookSecrets: given.webhook_secrets,
    restrictedKey: given.restricted_key,
    netOfTax: given.net_of_tax,
    bareRefs: given.bare_client_reference_ids,
    outOfBand: given.out_of_band,
  });
}

/** A connection without its secrets, and the address that Stripe is to send the app's events to. */
export function presentConnection(view: ConnectionView, { publicUrl }: { readonly publicUrl: string }) {
  return {
    mode: view.mode,
    account: view.account,
    webhook_secrets: view.webhookSecrets,
    webhook_url: `${publicUrl}/api/stripe/webhook/${view.appId}`,
    restricted_key: view.restrictedKey,
    net_of_tax: view.netOfTax,
    bare_client_reference_ids: view.bareRefs,
    out_of_band: view.outOfBand,
    changed_at: view.changedAt === null ? null : iso(view.changedAt),
  };
}
