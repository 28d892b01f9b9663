import type { Context } from "hono";
import { EVENT_KINDS } from "../../../domain/event-kinds.ts";
import { MOST_WAITING } from "../../../services/webhooks/read-endpoints.ts";
import type { WebhookAttempt } from "../../../store/webhook-delivery-store.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { Card, Facts, Notice, Stat, Stats, Time } from "../../components/data.tsx";
import { Button, Form } from "../../components/form.tsx";
import type { PageEnv } from "../../context.ts";
import { Deliveries, type DeliveryList } from "./deliveries-view.tsx";
import { Attention, EndpointState, endpointPath, isInTrouble } from "./parts.tsx";

const { endpoint: WORDS, tested: TESTED } = WEBHOOKS;

/** What an owner does most on the page of an endpoint. */
export function EndpointActions({ c, endpoint }: { c: Context<PageEnv>; endpoint: WebhookEndpoint }) {
  return (
    <>
      <Button kind="quiet" href={endpointPath(c, endpoint.id, "/change")}>
        {WORDS.edit}
      </Button>
      <Form action={endpointPath(c, endpoint.id, "/test")} kind="row">
        <Button>{WORDS.test}</Button>
      </Form>
    </>
  );
}

/** How an endpoint stands, with its deliveries. */
export function EndpointView({
  c,
  endpoint,
  ...list
}: { c: Context<PageEnv>; endpoint: WebhookEndpoint } & Omit<DeliveryList, "path">) {
  const path = endpointPath(c, endpoint.id);
  return (
    <>
      {isInTrouble(endpoint) ? <Attention endpoint={endpoint} /> : null}
      {endpoint.status === "disabled" ? <SwitchOn path={path} /> : null}
      <Numbers endpoint={endpoint} />
      <div class="columns aside">
        <Deliveries path={path} {...list} />
        <div class="stack">
          <Settings endpoint={endpoint} path={path} />
          {endpoint.status === "active" ? <SwitchOff path={path} /> : null}
        </div>
      </div>
    </>
  );
}

/** What came of a test, as it was answered. */
export function Tested({ attempt }: { attempt: WebhookAttempt }) {
  const { status, error, durationMs, responseExcerpt } = attempt;
  const took = WEBHOOKS.milliseconds(durationMs);
  if (error === null && status !== null) {
    return (
      <Notice tone="good" title={TESTED.ok}>
        <p>{TESTED.answered(status, took)}</p>
      </Notice>
    );
  }
  return (
    <Notice tone="bad" title={TESTED.failed}>
      <p>
        {status === null ? null : TESTED.answered(status, took)} {error === null ? null : WEBHOOKS.errors[error]}
      </p>
      {responseExcerpt === null || responseExcerpt === "" ? null : (
        <pre class="box" tabindex={0} role="region" aria-label={TESTED.answer}>
          {responseExcerpt}
        </pre>
      )}
    </Notice>
  );
}

function Numbers({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { waiting, lastSuccessAt, status } = endpoint;
  return (
    <Stats>
      <Stat label={WORDS.stateLabel}>
        <EndpointState endpoint={endpoint} />
      </Stat>
      <Stat label={WORDS.waiting} note={status === "active" ? WORDS.waitingNote : WORDS.waitingOff}>
        {WEBHOOKS.waiting(waiting, MOST_WAITING)}
      </Stat>
      <Stat label={WORDS.success}>{lastSuccessAt === null ? WEBHOOKS.never : <Time at={lastSuccessAt} />}</Stat>
    </Stats>
  );
}

function SwitchOn({ path }: { path: string }) {
  return (
    <Card title={WORDS.onTitle} lead={WORDS.onLead}>
      <Form action={`${path}/on`} kind="row">
        <Button name="missed" value="keep">
          {WORDS.onContinue}
        </Button>
        <Button kind="quiet" name="missed" value="skip">
          {WORDS.onSkip}
        </Button>
      </Form>
    </Card>
  );
}

function SwitchOff({ path }: { path: string }) {
  return (
    <Card title={WORDS.offTitle} lead={WORDS.offLead}>
      <Form action={`${path}/off`} kind="row">
        <Button kind="quiet">{WORDS.offAction}</Button>
      </Form>
    </Card>
  );
}

function Settings({ endpoint, path }: { endpoint: WebhookEndpoint; path: string }) {
  const { url, description, kinds, secretPrefix, previousSecretUntil, createdAt } = endpoint;
  return (
    <Card title={WORDS.settings}>
      <Facts
        facts={[
          [WORDS.url, <code>{url}</code>],
          ...(description === null ? [] : [[WORDS.description, description] as const]),
          [WORDS.events, <Kinds kinds={kinds} />],
          [WORDS.secret, <code>{WORDS.secretStart(secretPrefix)}</code>],
          ...(previousSecretUntil === null ? [] : [[WORDS.oldSecret, <Time at={previousSecretUntil} />] as const]),
          [WORDS.created, <Time at={createdAt} as="date" />],
        ]}
      />
      <div class="row">
        <Button kind="quiet" slim href={`${path}/roll`}>
          {WORDS.roll}
        </Button>
        <Button kind="danger" slim href={`${path}/delete`}>
          {WORDS.remove}
        </Button>
      </div>
    </Card>
  );
}

function Kinds({ kinds }: Pick<WebhookEndpoint, "kinds">) {
  if (kinds === null) return <>{WEBHOOKS.allEvents}</>;
  if (kinds.length === 0) return <>{COMMON.none}</>;
  return (
    <ul class="changes">
      {EVENT_KINDS.filter((kind) => kinds.includes(kind)).map((kind) => (
        <li>
          <code>{kind}</code>
        </li>
      ))}
    </ul>
  );
}
