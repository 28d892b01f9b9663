import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { readEndpointsInTrouble } from "../../services/webhooks/read-endpoints-in-trouble.ts";
import type { EndpointInTrouble } from "../../store/console-webhook-store.ts";
import { DELIVERIES } from "../../texts/console-deliveries.ts";
import { WEBHOOKS } from "../../texts/webhooks.ts";
import { Badge, Card, Empty, Table, Time } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { nameOf, WEBHOOKS_PATH } from "../dashboard/webhooks/parts.tsx";
import type { ConsoleGuards } from "./access.ts";
import { deliveriesHead } from "./deliveries-head.ts";
import { consolePath } from "./head.ts";

const { webhooks: WORDS } = DELIVERIES;

/** What is more than this is an outage of our own. */
const MOST = 100;

/** `/settings/affiliates/deliveries/webhooks`: the endpoints of all apps that do not take what they are sent. */
export function webhookTroublePages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.get(consolePath("/deliveries/webhooks"), own, async (c) => {
    const found = await readEndpointsInTrouble(deps, MOST + 1);
    return page(
      c,
      deliveriesHead(c, "webhooks", { title: WORDS.title, lead: WORDS.lead }),
      <Card>
        {found.length === 0 ? (
          <Empty title={WORDS.none}>
            <p>{WORDS.noneText}</p>
          </Empty>
        ) : (
          <Endpoints endpoints={found.slice(0, MOST)} />
        )}
        {found.length > MOST ? <p class="soft">{WORDS.most(MOST)}</p> : null}
      </Card>,
    );
  });
  return routes;
}

function Endpoints({ endpoints }: { endpoints: readonly EndpointInTrouble[] }) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={endpoints}
      columns={[
        { head: head.app, cell: ({ appId, appName }) => <a href={appPath(appId, "")}>{appName}</a> },
        {
          head: head.endpoint,
          cell: (endpoint) => (
            <a href={appPath(endpoint.appId, `${WEBHOOKS_PATH}/${endpoint.id}`)}>{nameOf(endpoint)}</a>
          ),
        },
        { head: head.state, cell: ({ disabledReason }) => <State disabledReason={disabledReason} /> },
        { head: head.since, end: true, cell: ({ failingSince }) => <Time at={failingSince} /> },
      ]}
    />
  );
}

function State({ disabledReason }: Pick<EndpointInTrouble, "disabledReason">) {
  const { states, offBecause } = WEBHOOKS;
  if (disabledReason === null) return <Badge tone="bad">{states.failing}</Badge>;
  return (
    <>
      <Badge tone="bad">{states.off}</Badge>
      <div class="soft small">{offBecause[disabledReason]}</div>
    </>
  );
}
