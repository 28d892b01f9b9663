import { EVENT_KINDS, type EventKind } from "../../../domain/event-kinds.ts";
import { EVENT_LOG, WEBHOOKS } from "../../../texts/webhooks.ts";
import type { presentEvent } from "../../../wire/events.ts";
import { CopyBlock } from "../../components/copy.tsx";
import { Card, Empty, Pager, Table, Time } from "../../components/data.tsx";
import { Button, FilterForm, Select } from "../../components/form.tsx";
import { appPath } from "../head.ts";
import { AuditThing } from "../program/audit.tsx";
import { WEBHOOKS_PATH } from "./parts.tsx";

/** An event as it is told, with what it is about. */
interface ListedEvent {
  readonly told: ReturnType<typeof presentEvent>;
  readonly object: string;
}

interface Log {
  readonly appId: string;
  readonly events: readonly ListedEvent[];
  /** Which alone are shown; null for all. */
  readonly kind: EventKind | null;
  readonly isFirst: boolean;
  readonly links: { readonly older: string | null; readonly newest: string | null };
}

interface Feed {
  readonly appId: string;
  readonly publicUrl: string;
  /** The id of the app's newest event, null where that is not known here. */
  readonly lastId: string | null;
}

/** An app's events, and how a backend asks for them. */
export function EventLog(parts: Log & Feed) {
  return (
    <div class="columns aside">
      <Events {...parts} />
      <HowToPoll {...parts} />
    </div>
  );
}

function Events({ appId, events, kind, isFirst, links }: Log) {
  const isEmpty = events.length === 0;
  return (
    <Card>
      {isEmpty && isFirst && kind === null ? null : <Filter appId={appId} kind={kind} />}
      {isEmpty ? (
        <Empty title={kind === null ? EVENT_LOG.none : EVENT_LOG.noneOf}>
          <p>{kind === null ? EVENT_LOG.noneText : EVENT_LOG.noneOfText}</p>
        </Empty>
      ) : (
        <Rows appId={appId} events={events} />
      )}
      <Pager {...links} />
    </Card>
  );
}

function Filter({ appId, kind }: { appId: string; kind: EventKind | null }) {
  return (
    <FilterForm action={appPath(appId, "/activity/events")} label={EVENT_LOG.filter}>
      <Select
        name="type"
        label={EVENT_LOG.kind}
        value={kind ?? ""}
        options={[{ value: "", label: EVENT_LOG.everything }, ...EVENT_KINDS.map((value) => ({ value, label: value }))]}
      />
      <Button kind="quiet">{EVENT_LOG.show}</Button>
    </FilterForm>
  );
}

function Rows({ appId, events }: { appId: string; events: readonly ListedEvent[] }) {
  const { head } = EVENT_LOG;
  return (
    <Table
      caption={EVENT_LOG.title}
      unseen
      rows={events}
      columns={[
        { head: head.at, cell: ({ told }) => <Time at={told.timestamp} /> },
        { head: head.what, cell: ({ told }) => <What event={told} /> },
        {
          head: head.about,
          end: true,
          cell: ({ object }) => (
            <span class="small">
              <AuditThing appId={appId} object={object} />
            </span>
          ),
        },
      ]}
    />
  );
}

function What({ event }: { event: ListedEvent["told"] }) {
  return (
    <>
      <code>{event.type}</code>
      <div class="soft small">{WEBHOOKS.kinds[event.type]}</div>
      <details class="small">
        <summary>
          {EVENT_LOG.data}
          <span class="unseen"> {event.id}</span>
        </summary>
        <pre class="box" tabindex={0} role="region" aria-label={EVENT_LOG.dataOf(event.id)}>
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
    </>
  );
}

function HowToPoll({ appId, publicUrl, lastId }: Feed) {
  return (
    <Card title={EVENT_LOG.feed} lead={EVENT_LOG.feedLead}>
      <h3>{EVENT_LOG.feedFirst}</h3>
      <CopyBlock value={pollCommand(publicUrl, "")} label={EVENT_LOG.feedFirst} />
      <h3>{EVENT_LOG.feedNext}</h3>
      <CopyBlock value={pollCommand(publicUrl, `?after=${lastId ?? "evt_…"}`)} label={EVENT_LOG.feedNext} />
      <ul class="points">
        {EVENT_LOG.feedPoints.map((point) => (
          <li>{point}</li>
        ))}
      </ul>
      <p>
        <a href={appPath(appId, WEBHOOKS_PATH)}>{EVENT_LOG.hooks}</a>
      </p>
      <p>
        <a href="/docs/events">{EVENT_LOG.docs}</a>
      </p>
    </Card>
  );
}

/** A call of the feed, with the key where a shell has it. */
function pollCommand(publicUrl: string, query: string): string {
  return `curl -H "Authorization: Bearer $AGENTLINKS_KEY" \\\n  "${publicUrl}/api/v1/events${query}"`;
}
