import type { Context } from "hono";
import { EVENT_KINDS, type EventKind } from "../../../domain/event-kinds.ts";
import { needsAttention } from "../../../domain/webhook-attention.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { Badge, Notice, Time } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import type { PageEnv } from "../../context.ts";
import { appPath } from "../head.ts";

/** Where an app's endpoints are managed; as a route, and without its slash at the end. */
export const WEBHOOKS_PATH = "/settings/webhooks";

/** Where the page of an endpoint is, or one below it. */
export function endpointPath(c: Context<PageEnv>, endpointId: string, rest = ""): string {
  return appPath(c.get("app").id, `${WEBHOOKS_PATH}/${endpointId}${rest}`);
}

/** What an owner calls an endpoint: what they wrote, else where it is. */
export function nameOf({ url, description }: Pick<WebhookEndpoint, "url" | "description">): string {
  if (description !== null) return description;
  return URL.canParse(url) ? new URL(url).host : url;
}

/** How an endpoint stands, in one word or two. */
export function EndpointState({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { states } = WEBHOOKS;
  if (endpoint.status === "disabled") {
    return <Badge tone={endpoint.disabledReason === "owner" ? undefined : "bad"}>{states.off}</Badge>;
  }
  if (endpoint.failingSince !== null) return <Badge tone="bad">{states.failing}</Badge>;
  return endpoint.lastSuccessAt === null ? (
    <Badge tone="wait">{states.fresh}</Badge>
  ) : (
    <Badge tone="good">{states.working}</Badge>
  );
}

/** Whether something is wrong with an endpoint, however short. */
export function isInTrouble({ disabledReason, failingSince }: WebhookEndpoint): boolean {
  return disabledReason === null ? failingSince !== null : disabledReason !== "owner";
}

/** What is wrong with an endpoint, and what becomes of it. `href`: its page, where one is not on it. */
export function Attention({ endpoint, href }: { endpoint: WebhookEndpoint; href?: string }) {
  const { title, text } = attentionWords(endpoint);
  const { status, failingSince } = endpoint;
  return (
    <Notice tone="bad" title={title}>
      <p>
        {status === "disabled" || failingSince === null ? null : (
          <>
            {WEBHOOKS.attention.failingSince} <Time at={failingSince} />.{" "}
          </>
        )}
        {text}
      </p>
      {href === undefined ? null : <Look href={href} about={nameOf(endpoint)} />}
    </Notice>
  );
}

/** The same of all endpoints of an app: each by itself while they are few. `path`: where the list of them is. */
export function AttentionToAll({
  endpoints,
  path,
  now,
}: {
  endpoints: readonly WebhookEndpoint[];
  path: string;
  now: number;
}) {
  const wrong = endpoints.filter((endpoint) => needsAttention(endpoint, now));
  if (wrong.length <= MAX_NOTICES) {
    return (
      <>
        {wrong.map((endpoint) => (
          <Attention endpoint={endpoint} href={`${path}/${endpoint.id}`} />
        ))}
      </>
    );
  }
  return (
    <Notice tone="bad" title={WEBHOOKS.attention.several(wrong.length)}>
      <p>{WEBHOOKS.attention.severalText}</p>
      <Look href={path} about={WEBHOOKS.title} />
    </Notice>
  );
}

/** More would push everything else off the page. */
const MAX_NOTICES = 2;

function Look({ href, about }: { href: string; about: string }) {
  return (
    <Button kind="quiet" slim href={href} about={about}>
      {WEBHOOKS.attention.look}
    </Button>
  );
}

function attentionWords(endpoint: WebhookEndpoint): { readonly title: string; readonly text: string } {
  const { attention } = WEBHOOKS;
  const name = nameOf(endpoint);
  if (endpoint.status === "active") return { title: attention.failing(name), text: attention.failingText };
  if (endpoint.disabledReason === "gone") return { title: attention.offGone(name), text: attention.offGoneText };
  return { title: attention.offFailing(name), text: attention.offFailingText };
}

/** Which events an endpoint is told of, counted. */
export function kindsSaid(kinds: readonly EventKind[] | null): string {
  return kinds === null ? WEBHOOKS.allEvents : WEBHOOKS.someEvents(kinds.length, EVENT_KINDS.length);
}

/** All kinds of events by what they are about, in their order. */
export const KINDS_BY_SUBJECT: readonly (readonly [string, readonly EventKind[]])[] = [
  ...new Set(EVENT_KINDS.map(subjectOf)),
].map((subject) => [subject, EVENT_KINDS.filter((kind) => subjectOf(kind) === subject)]);

function subjectOf(kind: EventKind): string {
  return kind.split(".", 1)[0] ?? kind;
}
