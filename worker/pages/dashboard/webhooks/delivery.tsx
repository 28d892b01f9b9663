import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { readDelivery } from "../../../services/webhooks/read-deliveries.ts";
import { resendDelivery } from "../../../services/webhooks/resend-delivery.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { accessOf, settingsHead } from "../head.ts";
import { goOn, idFrom, notThere, Outcome, statusOf, type Tried } from "../program/form-state.tsx";
import type { Guards } from "../setup/guards.ts";
import { DeliveryView, Resend } from "./delivery-view.tsx";
import { findEndpoint } from "./find-endpoint.ts";
import { endpointPath, nameOf, WEBHOOKS_PATH } from "./parts.tsx";

/** `…/:endpointId/deliveries/:eventId`: one event as it was sent to an endpoint, each try of it, and sending it again. */
export function deliveryPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `/apps/:appId${WEBHOOKS_PATH}/:endpointId/deliveries/:eventId`;

  routes.get(path, own, (c) => show(c));

  routes.post(`${path}/resend`, own, async (c) => {
    const [endpoint, eventId] = [await findEndpoint(c, deps), idFrom(c, "eventId")];
    if (endpoint === null || eventId === null) return notThere(c);
    const call = { actor: accessOf(c).actor, endpointId: endpoint.id, eventId };
    const again = await resendDelivery(deps, c.get("app").id, call);
    if (!again.ok) return show(c, { form: "resend", sent: {}, failure: again.failure });
    return goOn(c, `${WEBHOOKS_PATH}/${endpoint.id}/deliveries/${eventId}`, { done: "resent" });
  });

  return routes;

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const found = await find(c);
    if (found === null) return notThere(c);
    const { endpoint, ...told } = found;
    const { delivery } = told;
    const back = endpointPath(c, endpoint.id);
    return page(
      c,
      settingsHead(c, "webhooks", {
        title: WEBHOOKS.delivery.title(delivery.kind),
        lead: (
          <>
            {WEBHOOKS.delivery.to} <a href={back}>{nameOf(endpoint)}</a>
          </>
        ),
        actions: <Resend action={`${back}/deliveries/${delivery.eventId}/resend`} />,
      }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={WEBHOOKS.done} />
        <DeliveryView appId={c.get("app").id} now={endpoint.status === "active" ? deps.now() : null} {...told} />
      </div>,
      statusOf(tried),
    );
  }

  async function find(c: Context<PageEnv>) {
    const [endpoint, eventId] = [await findEndpoint(c, deps), idFrom(c, "eventId")];
    if (endpoint === null || eventId === null) return null;
    const found = await readDelivery(deps, c.get("app").id, { endpointId: endpoint.id, eventId });
    return found.ok ? { endpoint, ...found.value } : null;
  }
}
