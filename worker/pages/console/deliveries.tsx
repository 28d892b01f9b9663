import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { Failure } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import {
  MOST_MAILS,
  type MailCounts,
  type MailLine,
  readMailCounts,
  readMailLines,
  tryMailNow,
} from "../../services/mail/manage-outbox.ts";
import { DELIVERIES } from "../../texts/console-deliveries.ts";
import { parseMailFilter } from "../../wire/console.ts";
import { Badge, Card, Empty, Notice, Pager, Stat, Stats, Table, Time, type Tone } from "../components/data.tsx";
import { Button, FilterForm, Form, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { Outcome, statusOf, type Tried } from "../dashboard/program/form-state.tsx";
import { linksOf, queryOf } from "../dashboard/program/paging.ts";
import { parsed, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { type AppChoices, AppFilter, readAppChoices } from "./app-filter.tsx";
import { deliveriesHead } from "./deliveries-head.ts";
import { consolePath } from "./head.ts";
import { numberedPage, numberedPlaceIn } from "./numbered.ts";

const { mails: WORDS } = DELIVERIES;
const PATH = consolePath("/deliveries");

/** `/settings/affiliates/deliveries`: the mails of all apps, and one that waits tried at once. */
export function mailPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(PATH, own, (c) => show(c));

  routes.post(`${PATH}/try`, own, async (c) => {
    const sent = await sentBy(c);
    const { app = "", mail = "" } = sent;
    const tried = await tryMailNow(deps, app, { actor: actorOf(personOf(c)), mailId: mail });
    if (!tried.ok) return show(c, tried.failure);
    return c.redirect(withQuery(PATH, { which: "waiting", done: "hurried" }), 303);
  });

  return routes;

  async function show(c: Context<PageEnv>, failure: Failure | null = null): Promise<Response> {
    const query = queryOf(c, ["app", "which"]);
    const filter = parsed(query, parseMailFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = numberedPlaceIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const [rows, counts, apps] = await Promise.all([
      readMailLines(deps, { ...filter.value, after, limit: limit + 1 }),
      readMailCounts(deps, filter.value.appId),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = numberedPage(rows, { limit, at: ({ createdAt }) => createdAt });
    const tried: Tried | null = failure === null ? null : { form: "try", sent: {}, failure };
    return page(
      c,
      deliveriesHead(c, "mails", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={WORDS.done} />
        {deps.mail === null ? (
          <Notice tone="wait" title={WORDS.noWayOut}>
            <p>{WORDS.noWayOutText}</p>
          </Notice>
        ) : null}
        <Counts counts={counts} />
        <Card>
          <Filter query={query} apps={apps} />
          {items.length === 0 ? (
            <Empty title={WORDS.none}>
              <p>{WORDS.noneText}</p>
            </Empty>
          ) : (
            <Mails mails={items} now={deps.now()} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
      statusOf(tried),
    );
  }
}

function Counts({ counts: { waiting, sent, failed } }: { counts: MailCounts }) {
  const said = (count: number) => (count >= MOST_MAILS ? WORDS.most(MOST_MAILS) : String(count));
  return (
    <Stats>
      <Stat label={WORDS.counts.waiting} note={WORDS.waitingNote}>
        {said(waiting)}
      </Stat>
      <Stat label={WORDS.counts.sent} note={WORDS.countNote}>
        {said(sent)}
      </Stat>
      <Stat label={WORDS.counts.failed} note={WORDS.countNote} tone={failed > 0 ? "bad" : undefined}>
        {said(failed)}
      </Stat>
    </Stats>
  );
}

function Filter({ query, apps }: { query: Readonly<Record<string, string>>; apps: AppChoices }) {
  const outcomes = Object.entries(WORDS.outcomes).map(([value, label]) => ({ value, label }));
  return (
    <FilterForm action={PATH} label={WORDS.filter}>
      <AppFilter apps={apps} value={query["app"]} />
      <Select
        name="which"
        label={WORDS.which}
        options={[
          { value: "", label: WORDS.everything },
          { value: "waiting", label: WORDS.waiting },
          { value: "failed", label: WORDS.failed },
          ...outcomes,
        ]}
        value={query["which"] ?? ""}
      />
      <Button kind="quiet">{DELIVERIES.show}</Button>
    </FilterForm>
  );
}

function Mails({ mails, now }: { mails: readonly MailLine[]; now: number }) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.title}
      unseen
      rows={mails}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.app, cell: ({ appId, appName }) => <a href={appPath(appId, "")}>{appName}</a> },
        { head: head.what, cell: ({ template }) => <>{WORDS.templateOf(template)}</> },
        { head: head.to, cell: ({ to }) => (to === null ? <span class="soft">{WORDS.gone}</span> : <>{to}</>) },
        { head: head.state, cell: (mail) => <State mail={mail} /> },
        { head: "", end: true, cell: (mail) => <Try mail={mail} now={now} /> },
      ]}
    />
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  sent: "good",
  refused: "bad",
  dead_address: "bad",
  expired: "bad",
  unreadable: "bad",
};

function State({ mail }: { mail: MailLine }) {
  const { outcome, attempt, nextAt } = mail;
  if (outcome === null) {
    return (
      <>
        <Badge tone="wait">{WORDS.waiting}</Badge>
        {attempt === 0 ? null : (
          <div class="soft small">
            {WORDS.tries(attempt)}. {WORDS.next} <Time at={nextAt} />
          </div>
        )}
      </>
    );
  }
  const lead = WORDS.outcomeLead[outcome];
  return (
    <>
      <Badge tone={TONES[outcome]}>{WORDS.outcomes[outcome]}</Badge>
      {lead === undefined ? null : <div class="soft small">{lead}</div>}
    </>
  );
}

/** What is due is tried by itself. */
function Try({ mail, now }: { mail: MailLine; now: number }) {
  if (mail.outcome !== null || mail.nextAt <= now) return null;
  return (
    <Form action={`${PATH}/try`} kind="row">
      <input type="hidden" name="app" value={mail.appId} />
      <input type="hidden" name="mail" value={mail.id} />
      <Button kind="quiet" slim about={`${WORDS.templateOf(mail.template)} ${mail.seq}`}>
        {WORDS.tryNow}
      </Button>
    </Form>
  );
}
