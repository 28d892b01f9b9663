import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { readAllEvents, readWaitingPayments } from "../../services/stripe/read-all-events.ts";
import { replayEvent } from "../../services/stripe/replay-event.ts";
import type { ListedEvent, WaitingPayment } from "../../store/console-stripe-store.ts";
import { DELIVERIES } from "../../texts/console-deliveries.ts";
import { parseAppFilter, parseEventName } from "../../wire/console.ts";
import { presentStripeEvent } from "../../wire/stripe-events.ts";
import { Badge, Card, Empty, Pager, Table, Time, type Tone } from "../components/data.tsx";
import { Button, FilterForm, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { Outcome, statusOf, type Tried } from "../dashboard/program/form-state.tsx";
import { linksOf, queryOf } from "../dashboard/program/paging.ts";
import { parsed, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { AppFilter, readAppChoices } from "./app-filter.tsx";
import { deliveriesHead } from "./deliveries-head.ts";
import { consolePath } from "./head.ts";
import { numberedPage, numberedPlaceIn } from "./numbered.ts";

const { events: EVENTS, payments: PAYMENTS } = DELIVERIES;
const EVENTS_PATH = consolePath("/deliveries/stripe");
const PAYMENTS_PATH = consolePath("/deliveries/payments");

const MINUTE_MS = 60_000;
/** Later than that an event was sent again. */
const LATE_MS = 15 * MINUTE_MS;

/** `/settings/affiliates/deliveries/stripe` and `…/payments`: what Stripe told all apps, and what waits to be decided. */
export function stripeInboxPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(EVENTS_PATH, own, (c) => showEvents(c));

  routes.post(`${EVENTS_PATH}/replay`, own, async (c) => {
    const named = parsed(await sentBy(c), parseEventName);
    if (!named.ok) return showEvents(c, named.failure);
    const { appId, eventId } = named.value;
    const replayed = await replayEvent(deps, appId, { actor: actorOf(personOf(c)), eventId });
    if (!replayed.ok) return showEvents(c, replayed.failure);
    return c.redirect(withQuery(EVENTS_PATH, { app: appId, done: "replayed" }), 303);
  });

  routes.get(PAYMENTS_PATH, own, async (c) => {
    const filter = parsed(queryOf(c, ["app"]), parseAppFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = numberedPlaceIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const { appId } = filter.value;
    const [rows, apps] = await Promise.all([
      readWaitingPayments(deps, { appId, after, limit: limit + 1 }),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = numberedPage(rows, { limit, at: ({ lookAt }) => lookAt });
    return page(
      c,
      deliveriesHead(c, "payments", { title: PAYMENTS.title, lead: PAYMENTS.lead }),
      <Card>
        <FilterForm action={PAYMENTS_PATH} label={PAYMENTS.filter}>
          <AppFilter apps={apps} value={appId ?? undefined} />
          <Button kind="quiet">{DELIVERIES.show}</Button>
        </FilterForm>
        {items.length === 0 ? (
          <Empty title={PAYMENTS.none}>
            <p>{PAYMENTS.noneText}</p>
          </Empty>
        ) : (
          <Payments payments={items} />
        )}
        <Pager {...linksOf(c, { next: nextCursor })} />
      </Card>,
    );
  });

  return routes;

  async function showEvents(c: Context<PageEnv>, failure: Failure | null = null): Promise<Response> {
    const filter = parsed(queryOf(c, ["app"]), parseAppFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = numberedPlaceIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const { appId } = filter.value;
    const [rows, apps] = await Promise.all([
      readAllEvents(deps, { appId, after, limit: limit + 1 }),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = numberedPage(rows, { limit, at: ({ createdAt }) => createdAt });
    const tried: Tried | null = failure === null ? null : { form: "replay", sent: {}, failure };
    return page(
      c,
      deliveriesHead(c, "events", { title: EVENTS.title, lead: EVENTS.lead }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={EVENTS.done} />
        <Card>
          <FilterForm action={EVENTS_PATH} label={EVENTS.filter}>
            <AppFilter apps={apps} value={appId ?? undefined} />
            <Button kind="quiet">{DELIVERIES.show}</Button>
          </FilterForm>
          {items.length === 0 ? (
            <Empty title={EVENTS.none}>
              <p>{EVENTS.noneText}</p>
            </Empty>
          ) : (
            <Events events={items} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
      statusOf(tried),
    );
  }
}

function Events({ events }: { events: readonly ListedEvent[] }) {
  const { head } = EVENTS;
  return (
    <Table
      caption={EVENTS.title}
      unseen
      rows={events}
      columns={[
        { head: head.at, cell: (event) => <Received event={event} /> },
        { head: head.app, cell: ({ appId, appName }) => <a href={appPath(appId, "/settings/stripe")}>{appName}</a> },
        {
          head: head.what,
          cell: ({ type, object, livemode, id }) => (
            <>
              {type} {livemode ? null : <Badge>{EVENTS.test}</Badge>}
              <div class="soft small">
                <code>{object ?? id}</code>
              </div>
            </>
          ),
        },
        { head: head.outcome, cell: (event) => <Became event={event} /> },
        {
          head: "",
          end: true,
          cell: ({ appId, id }) => (
            <Form action={`${EVENTS_PATH}/replay`} kind="row">
              <input type="hidden" name="app" value={appId} />
              <input type="hidden" name="event" value={id} />
              <Button kind="quiet" slim about={id}>
                {EVENTS.replay}
              </Button>
            </Form>
          ),
        },
      ]}
    />
  );
}

function Received({ event: { createdAt, toldAt } }: { event: ListedEvent }) {
  const late = createdAt - toldAt;
  return (
    <>
      <Time at={createdAt} />
      {late < LATE_MS ? null : <div class="soft small">{EVENTS.late(Math.round(late / MINUTE_MS))}</div>}
    </>
  );
}

const TONES: Readonly<Record<string, Tone>> = { counted: "good", parked: "wait", deciding: "wait" };

function Became({ event }: { event: ListedEvent }) {
  const { outcome, reason, conversion_id: conversion } = presentStripeEvent(event);
  return (
    <>
      <Badge tone={TONES[outcome]}>{EVENTS.outcomes[outcome] ?? outcome}</Badge>
      {reason === null ? null : <div class="soft small">{DELIVERIES.reasons[reason] ?? reason}</div>}
      {conversion === null ? null : (
        <div class="small">
          <a href={appPath(event.appId, `/conversions/${conversion}`)}>
            <code>{conversion}</code>
          </a>
        </div>
      )}
    </>
  );
}

function Payments({ payments }: { payments: readonly WaitingPayment[] }) {
  const { head } = PAYMENTS;
  return (
    <Table
      caption={PAYMENTS.title}
      unseen
      rows={payments}
      columns={[
        { head: head.at, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
        { head: head.app, cell: ({ appId, appName }) => <a href={appPath(appId, "/settings/stripe")}>{appName}</a> },
        {
          head: head.payment,
          cell: ({ name, code }) => (
            <>
              <code>{name}</code>
              {code === null ? null : <div class="soft small">{code}</div>}
            </>
          ),
        },
        {
          head: head.why,
          cell: ({ reason, attempts }) => (
            <>
              {reason === null ? null : (DELIVERIES.reasons[reason] ?? reason)}
              {attempts === 0 ? null : <div class="soft small">{PAYMENTS.asked(attempts)}</div>}
            </>
          ),
        },
        { head: head.next, cell: ({ lookAt }) => <Time at={lookAt} /> },
        {
          head: "",
          end: true,
          cell: ({ appId, name }) =>
            name === null ? null : (
              <a href={withQuery(appPath(appId, "/activity/explain"), { payment_ref: name })}>
                {PAYMENTS.why}
                <span class="unseen"> {name}</span>
              </a>
            ),
        },
      ]}
    />
  );
}
