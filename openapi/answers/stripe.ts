import * as v from "valibot";
import type { presentConnection } from "../../worker/wire/stripe-connection.ts";
import type { presentStripeEvent } from "../../worker/wire/stripe-events.ts";
import { presented } from "../presented.ts";
import { count, listOf, time } from "./common.ts";

const mode = v.picklist(["live", "test"]);

export const StripeConnection = presented<ReturnType<typeof presentConnection>>()(
  v.strictObject({
    mode,
    account: v.pipe(v.nullable(v.string()), v.description("The connected account.")),
    webhook_secrets: v.pipe(count, v.description("How many signing secrets there are.")),
    webhook_url: v.pipe(v.string(), v.description("Where Stripe is to send the app's events.")),
    restricted_key: v.pipe(v.nullable(v.string()), v.description("How the stored key begins and ends.")),
    net_of_tax: v.boolean(),
    bare_client_reference_ids: v.boolean(),
    out_of_band: v.boolean(),
    changed_at: v.nullable(time),
  }),
);
export const OneStripeConnection = v.strictObject({ stripe: StripeConnection });

export const StripeConnect = v.strictObject({
  url: v.pipe(v.string(), v.description("Where an owner lets the installation in: good once, for ten minutes.")),
});

export const StripeEvent = presented<ReturnType<typeof presentStripeEvent>>()(
  v.strictObject({
    id: v.string(),
    type: v.string(),
    account: v.pipe(v.nullable(v.string()), v.description("The connected account; null: the endpoint's own.")),
    mode,
    object: v.pipe(v.nullable(v.string()), v.description("What it is about.")),
    outcome: v.pipe(
      v.string(),
      v.description(
        "`ignored`, `recorded`, or how the payment stands that it is about: `counted`, `parked`, `closed` and so on.",
      ),
    ),
    reason: v.pipe(v.nullable(v.string()), v.description("Why it is ignored, or for what the payment waits.")),
    conversion_id: v.nullable(v.string()),
    created_at: v.pipe(time, v.description("When Stripe made it.")),
    received_at: time,
  }),
);
export const OneStripeEvent = v.strictObject({ event: StripeEvent });
export const StripeEventList = listOf("events", StripeEvent);

export const StripeReceipt = v.strictObject({
  received: v.literal(true),
  outcome: v.pipe(v.string(), v.description("`recorded`, or why the event is ignored. Both are final.")),
});
