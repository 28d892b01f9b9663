import type { DeliveryError } from "../../../domain/webhook-error.ts";
import type { WebhookDelivery } from "../../../store/webhook-delivery-store.ts";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { Badge, Card, Empty, Pager, Table, Time, type Tone } from "../../components/data.tsx";
import { Button, FilterForm, Select } from "../../components/form.tsx";

const { deliveries: WORDS } = WEBHOOKS;

type DeliveryStatus = WebhookDelivery["status"];

/** One page of what was sent to an endpoint. */
export interface DeliveryList {
  /** Where the endpoint's page is. */
  readonly path: string;
  readonly deliveries: readonly WebhookDelivery[];
  /** Which of them alone are shown; null for all. */
  readonly status: DeliveryStatus | null;
  readonly isFirst: boolean;
  readonly links: { readonly older: string | null; readonly newest: string | null };
  /** The moment up to which something is due; null while the endpoint is off, and nothing is. */
  readonly now: number | null;
}

/** What was sent to an endpoint, the newest first. */
export function Deliveries({ path, deliveries, status, isFirst, links, now }: DeliveryList) {
  const isEmpty = deliveries.length === 0;
  return (
    <Card title={WORDS.title} lead={WORDS.lead} id="deliveries">
      {isEmpty && isFirst && status === null ? null : <Filter path={path} status={status} />}
      {isEmpty ? (
        <Empty title={status === null ? WORDS.none : WORDS.noneOf}>
          <p>{status === null ? WORDS.noneText : WORDS.noneOfText}</p>
        </Empty>
      ) : (
        <Rows path={path} deliveries={deliveries} now={now} />
      )}
      <Pager {...links} />
    </Card>
  );
}

function Filter({ path, status }: { path: string; status: DeliveryStatus | null }) {
  return (
    <FilterForm action={`${path}#deliveries`} label={WORDS.filter}>
      <Select
        name="status"
        label={WORDS.status}
        value={status ?? ""}
        options={[
          { value: "", label: WORDS.everything },
          ...Object.entries(WORDS.states).map(([value, label]) => ({ value, label })),
        ]}
      />
      <Button kind="quiet">{WORDS.show}</Button>
    </FilterForm>
  );
}

function Rows({ path, deliveries, now }: Pick<DeliveryList, "path" | "deliveries" | "now">) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={deliveries}
      columns={[
        {
          head: head.event,
          cell: ({ eventId, kind, object }) => (
            <>
              <a href={`${path}/deliveries/${eventId}`}>
                <code>{kind}</code>
                <span class="unseen"> {eventId}</span>
              </a>
              {kind === "test" ? null : (
                <div class="soft small">
                  <code>{object}</code>
                </div>
              )}
            </>
          ),
        },
        { head: head.state, cell: (delivery) => <DeliveryOutcome delivery={delivery} now={now} /> },
        { head: head.at, end: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
      ]}
    />
  );
}

const TONES: Readonly<Record<DeliveryStatus, Tone>> = { waiting: "wait", delivered: "good", failed: "bad" };

export function DeliveryState({ status }: Pick<WebhookDelivery, "status">) {
  return <Badge tone={TONES[status]}>{WORDS.states[status]}</Badge>;
}

function DeliveryOutcome({ delivery, now }: { delivery: WebhookDelivery; now: number | null }) {
  const { status, attempts, lastError } = delivery;
  return (
    <>
      <DeliveryState status={status} />
      {status === "delivered" || lastError === null ? null : (
        <div class="soft small">
          {whyNot(delivery, lastError)} {attempts === 0 ? null : WORDS.tries(attempts)}
        </div>
      )}
      {status === "waiting" ? (
        <div class="soft small">
          <NextTry delivery={delivery} now={now} />
        </div>
      ) : null}
    </>
  );
}

function whyNot({ lastStatus }: WebhookDelivery, error: DeliveryError): string {
  return error === "status" && lastStatus !== null ? WORDS.answered(lastStatus) : WEBHOOKS.errors[error];
}

/** When it is tried next: of what is due, an endpoint that takes nothing is sent one at a time. */
export function NextTry({ delivery: { nextAt }, now }: { delivery: WebhookDelivery; now: number | null }) {
  if (now === null) return <>{WORDS.off}</>;
  if (nextAt === null) return <>{WORDS.behind}</>;
  if (nextAt <= now) return <>{WORDS.due}</>;
  return (
    <>
      {WORDS.next} <Time at={nextAt} />
    </>
  );
}
