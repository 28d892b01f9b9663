import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Deps } from "../deps.ts";
import { receiveEvent } from "../services/stripe/receive-event.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";

/** An invoice of 250 lines, each with its metadata, is some 600 KB. */
const MAX_EVENT_BYTES = 1024 * 1024;

/** `text()` would leave out a byte order mark, which was not signed. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

const eventLimit = bodyLimit({
  maxSize: MAX_EVENT_BYTES,
  onError: (c) => refuse(c, { code: "body_too_large", message: `The body must not exceed ${MAX_EVENT_BYTES} bytes.` }),
});

/**
 * `/api/stripe/webhook`: the endpoint of the installation, for its own account and for those connected to it; with an app's id
 * behind it, an endpoint of that app's own. Only what Stripe signed is read.
 */
export function stripeWebhookRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  routes.post("/", eventLimit, (c) => take(c, null));
  routes.post("/:app_id", eventLimit, (c) => take(c, c.req.param("app_id")));
  for (const path of ["/", "/:app_id"]) routes.all(path, methodNotAllowed);
  return routes;

  async function take(c: Context<AppEnv>, appId: string | null): Promise<Response> {
    const payload = UTF8.decode(await c.req.arrayBuffer());
    const taken = await receiveEvent(deps, { payload, signature: c.req.header("Stripe-Signature") ?? null, appId });
    if (!taken.ok) return refuse(c, taken.failure);
    deps.metrics.add("agentlinks_stripe_events_total", { outcome: taken.value });
    return c.json({ received: true, outcome: taken.value });
  }
}
