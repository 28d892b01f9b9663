import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { WebhookAttempt } from "../../../store/webhook-delivery-store.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { readDeliveries } from "../../../services/webhooks/read-deliveries.ts";
import { sendTestEvent } from "../../../services/webhooks/send-test-event.ts";
import { updateEndpoint } from "../../../services/webhooks/update-endpoint.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { toPage } from "../../../wire/page.ts";
import { parseDeliveryPage } from "../../../wire/webhooks.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { parsed, sentBy } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, settingsHead } from "../head.ts";
import { goOn, notThere, Outcome, statusOf, type Tried } from "../program/form-state.tsx";
import { linksOf, queryOf } from "../program/paging.ts";
import type { Guards } from "../setup/guards.ts";
import { EndpointActions, EndpointView, Tested } from "./endpoint-view.tsx";
import { findEndpoint } from "./find-endpoint.ts";
import { nameOf, WEBHOOKS_PATH } from "./parts.tsx";

/** Deliveries of one page of the list. */
const PAGE = 25;

/** What is shown besides: a form that was refused, or what came of a test. */
interface Shown {
  readonly tried?: Tried;
  readonly tested?: WebhookAttempt;
}

/** `…/settings/webhooks/:endpointId`: how an endpoint stands, what was sent to it, a test, and switching it on and off. */
export function endpointPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `/apps/:appId${WEBHOOKS_PATH}/:endpointId`;

  routes.get(path, own, async (c) => {
    const endpoint = await findEndpoint(c, deps);
    return endpoint === null ? notThere(c) : show(c, endpoint);
  });

  // Answered at once: what came of it is of this moment, and no address says it.
  routes.post(`${path}/test`, own, async (c) => {
    const endpoint = await findEndpoint(c, deps);
    if (endpoint === null) return notThere(c);
    // What could not be shown is not done.
    const place = placeOf(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { actor } = accessOf(c);
    const tested = await sendTestEvent(deps, c.get("app").id, { actor, endpointId: endpoint.id });
    const now = (await findEndpoint(c, deps)) ?? endpoint;
    if (!tested.ok) return show(c, now, { tried: { form: "test", sent: {}, failure: tested.failure } });
    return show(c, now, { tested: tested.value });
  });

  routes.post(`${path}/on`, own, async (c) => {
    const skipMissed = (await sentBy(c))["missed"] === "skip";
    return change(c, { enabled: true, skipMissed }, skipMissed ? "onFromNow" : "on");
  });

  routes.post(`${path}/off`, own, (c) => change(c, { enabled: false }, "off"));

  return routes;

  async function change(
    c: Context<PageEnv>,
    switched: { readonly enabled: boolean; readonly skipMissed?: boolean },
    done: string,
  ): Promise<Response> {
    const endpoint = await findEndpoint(c, deps);
    if (endpoint === null) return notThere(c);
    const call = { actor: accessOf(c).actor, endpointId: endpoint.id, change: switched };
    const changed = await updateEndpoint(deps, c.get("app").id, call);
    if (!changed.ok) return show(c, endpoint, { tried: { form: "switch", sent: {}, failure: changed.failure } });
    return goOn(c, `${WEBHOOKS_PATH}/${endpoint.id}`, { done });
  }

  async function show(
    c: Context<PageEnv>,
    endpoint: WebhookEndpoint,
    { tried, tested }: Shown = {},
  ): Promise<Response> {
    const place = placeOf(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { status, after } = place.value;
    const asked = { endpointId: endpoint.id, after, status, limit: PAGE + 1 };
    const rows = await readDeliveries(deps, c.get("app").id, asked);
    const { items, nextCursor } = toPage(
      rows.map((row) => ({ ...row, id: row.eventId })),
      PAGE,
    );
    return page(
      c,
      settingsHead(c, "webhooks", {
        title: nameOf(endpoint),
        lead: endpoint.description === null ? undefined : <code>{endpoint.url}</code>,
        actions: <EndpointActions c={c} endpoint={endpoint} />,
      }),
      <div class="stack">
        <Outcome c={c} tried={tried ?? null} done={WEBHOOKS.done} />
        {tested === undefined ? null : <Tested attempt={tested} />}
        <EndpointView
          c={c}
          endpoint={endpoint}
          deliveries={items}
          status={status}
          isFirst={after === null}
          links={linksOf(c, { next: nextCursor })}
          now={endpoint.status === "active" ? deps.now() : null}
        />
      </div>,
      statusOf(tried ?? null),
    );
  }
}

/** Where in the list of deliveries somebody is. */
function placeOf(c: Context<PageEnv>) {
  return parsed(queryOf(c, ["status", "cursor"]), parseDeliveryPage);
}
