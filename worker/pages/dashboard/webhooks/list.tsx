import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { MOST_WAITING, readEndpoints } from "../../../services/webhooks/read-endpoints.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { Card, Empty, Table, Time } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { appPath, settingsHead } from "../head.ts";
import { Outcome } from "../program/form-state.tsx";
import type { Guards } from "../setup/guards.ts";
import { EndpointState, kindsSaid, nameOf, WEBHOOKS_PATH } from "./parts.tsx";
import { HowToVerify } from "./secret-view.tsx";

/** `/apps/:appId/settings/webhooks`: the endpoints of an app, and how a backend verifies what they are sent. */
export function endpointListPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(`/apps/:appId${WEBHOOKS_PATH}`, own, async (c) => {
    const { id } = c.get("app");
    const path = appPath(id, WEBHOOKS_PATH);
    const endpoints = await readEndpoints(deps, id);
    return page(
      c,
      settingsHead(c, "webhooks", {
        title: WEBHOOKS.title,
        lead: WEBHOOKS.lead,
        actions: endpoints.length === 0 ? undefined : <Add path={path} />,
      }),
      <div class="stack">
        <Outcome c={c} tried={null} done={WEBHOOKS.done} />
        <Card>
          {endpoints.length === 0 ? (
            <Empty title={WEBHOOKS.none}>
              <p>{WEBHOOKS.noneText}</p>
              <div class="row">
                <Add path={path} />
              </div>
            </Empty>
          ) : (
            <Endpoints endpoints={endpoints} path={path} />
          )}
        </Card>
        <p class="soft">
          {WEBHOOKS.feed} <a href={appPath(id, "/activity/events")}>{WEBHOOKS.feedLink}</a>
        </p>
        <HowToVerify />
      </div>,
    );
  });

  return routes;
}

function Add({ path }: { path: string }) {
  return <Button href={`${path}/new`}>{WEBHOOKS.add}</Button>;
}

function Endpoints({ endpoints, path }: { endpoints: readonly WebhookEndpoint[]; path: string }) {
  const { head } = WEBHOOKS;
  return (
    <Table
      caption={WEBHOOKS.title}
      unseen
      rows={endpoints}
      columns={[
        {
          head: head.endpoint,
          cell: (endpoint) => (
            <>
              <a href={`${path}/${endpoint.id}`}>{nameOf(endpoint)}</a>
              <div>
                <code class="soft">{endpoint.url}</code>
              </div>
            </>
          ),
        },
        { head: head.events, cell: ({ kinds }) => kindsSaid(kinds) },
        { head: head.state, cell: (endpoint) => <State endpoint={endpoint} /> },
        { head: head.waiting, end: true, cell: ({ waiting }) => WEBHOOKS.waiting(waiting, MOST_WAITING) },
        {
          head: head.success,
          end: true,
          cell: ({ lastSuccessAt }) =>
            lastSuccessAt === null ? <span class="soft">{WEBHOOKS.never}</span> : <Time at={lastSuccessAt} />,
        },
      ]}
    />
  );
}

function State({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { status, disabledReason, failingSince } = endpoint;
  return (
    <>
      <EndpointState endpoint={endpoint} />
      <div class="soft small">
        {disabledReason === null ? null : WEBHOOKS.offBecause[disabledReason]}
        {status === "disabled" || failingSince === null ? null : (
          <>
            {WEBHOOKS.since} <Time at={failingSince} />
          </>
        )}
      </div>
    </>
  );
}
