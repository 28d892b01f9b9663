import type { WebhookAttempt, WebhookDelivery } from "../../../store/webhook-delivery-store.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { Badge, Card, Facts, Table, Time } from "../../components/data.tsx";
import { Button, Form } from "../../components/form.tsx";
import { AuditThing } from "../program/audit.tsx";
import { DeliveryState, NextTry } from "./deliveries-view.tsx";

const { delivery: WORDS } = WEBHOOKS;

/** What was sent, and what became of each try. */
export function DeliveryView({
  appId,
  delivery,
  attempts,
  body,
  now,
}: {
  appId: string;
  delivery: WebhookDelivery;
  attempts: readonly WebhookAttempt[];
  body: string;
  /** As of a list of deliveries. */
  now: number | null;
}) {
  return (
    <>
      <div class="columns">
        <What appId={appId} delivery={delivery} now={now} />
        <Card title={WORDS.body} lead={WORDS.bodyLead}>
          <CopyBlock value={laidOut(body)} label={WORDS.body} />
        </Card>
      </div>
      <Attempts attempts={attempts} />
      <Headers delivery={delivery} />
    </>
  );
}

/** Sends it once more. */
export function Resend({ action }: { action: string }) {
  return (
    <Form action={action} kind="row">
      <Button kind="quiet">{WORDS.resend}</Button>
    </Form>
  );
}

function What({ appId, delivery, now }: { appId: string; delivery: WebhookDelivery; now: number | null }) {
  const { kind, object, status, createdAt, deliveredAt } = delivery;
  return (
    <Card title={WORDS.facts}>
      <Facts
        facts={[
          [WORDS.state, <DeliveryState status={status} />],
          ...(status === "waiting" ? [[WORDS.next, <NextTry delivery={delivery} now={now} />] as const] : []),
          [WORDS.kind, <code>{kind}</code>],
          [WORDS.about, <AuditThing appId={appId} object={object} />],
          [WORDS.at, <Time at={createdAt} />],
          ...(deliveredAt === null ? [] : [[WORDS.delivered, <Time at={deliveredAt} />] as const]),
        ]}
      />
    </Card>
  );
}

function Headers({ delivery: { eventId } }: { delivery: WebhookDelivery }) {
  const { headerOf } = WORDS;
  const headers = [
    { name: "webhook-id", value: eventId, means: headerOf.id },
    { name: "webhook-timestamp", value: null, means: headerOf.timestamp },
    { name: "webhook-signature", value: null, means: headerOf.signature },
    { name: "content-type", value: "application/json", means: headerOf.type },
  ];
  return (
    <Card title={WORDS.headers} lead={WORDS.headersLead}>
      <Facts
        facts={headers.map(({ name, value, means }) => [
          name,
          <>
            {value === null ? null : (
              <div>
                <code>{value}</code>
              </div>
            )}
            <span class="soft small">{means}</span>
          </>,
        ])}
      />
    </Card>
  );
}

function Attempts({ attempts }: { attempts: readonly WebhookAttempt[] }) {
  const { head } = WORDS;
  return (
    <Card title={WORDS.attempts} lead={attempts.length === 0 ? WORDS.noAttempts : WORDS.attemptsLead}>
      {attempts.length === 0 ? null : (
        <Table
          caption={WORDS.attempts}
          unseen
          rows={attempts.toReversed()}
          columns={[
            {
              head: head.at,
              cell: ({ at, manual }) => (
                <>
                  <Time at={at} />
                  {manual ? <div class="soft small">{WORDS.byHand}</div> : null}
                </>
              ),
            },
            { head: head.result, cell: (attempt) => <AttemptResult attempt={attempt} /> },
            { head: head.took, end: true, cell: ({ durationMs }) => WEBHOOKS.milliseconds(durationMs) },
          ]}
        />
      )}
    </Card>
  );
}

function AttemptResult({ attempt: { status, error, responseExcerpt } }: { attempt: WebhookAttempt }) {
  return (
    <>
      <Badge tone={error === null ? "good" : "bad"}>{status === null ? WORDS.noResponse : String(status)}</Badge>
      {error === null ? null : <div class="soft small">{WEBHOOKS.errors[error]}</div>}
      {responseExcerpt === null || responseExcerpt === "" ? null : <Answer excerpt={responseExcerpt} />}
    </>
  );
}

function Answer({ excerpt }: { excerpt: string }) {
  return (
    <details class="small">
      <summary>{WORDS.excerpt}</summary>
      <pre class="box" tabindex={0} role="region" aria-label={WORDS.excerptOf}>
        {excerpt}
      </pre>
    </details>
  );
}

/** JSON with line breaks; anything else as it is. */
function laidOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
