import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { Child } from "hono/jsx";
import type { Deps } from "../../deps.ts";
import { BULK_UNDONE_BY, LINE_STATES, type LineState } from "../../domain/bulk-action.ts";
import { formatMoney } from "../../domain/currency.ts";
import { actorOf } from "../../services/accounts/person.ts";
import {
  type BulkPreview,
  continueBulkChange,
  draftUndo,
  previewBulkChange,
  readBulkChange,
  readBulkChanges,
  readBulkLines,
  runBulkChange,
} from "../../services/affiliates/bulk-change.ts";
import type { BulkChange, BulkLine } from "../../store/bulk-store.ts";
import { AFFILIATES } from "../../texts/affiliates.ts";
import { BULK, CONSOLE_AFFILIATES } from "../../texts/console-affiliates.ts";
import { parseReason } from "../../wire/bulk.ts";
import { toPage } from "../../wire/page.ts";
import { Badge, Card, Empty, Facts, Pager, Stat, Stats, Table, Time, type Tone } from "../components/data.tsx";
import { Button, Field, FilterForm, Form, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { Actor } from "../dashboard/program/actor.tsx";
import { formState, idFrom, notThere, Outcome, statusOf, type Tried } from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn } from "../dashboard/program/paging.ts";
import { CreatorLink, CreatorStatus } from "../dashboard/program/parts.tsx";
import { parsed, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";

/** Lines of a page. */
const LINES = 50;
const PATH = consolePath("/bulk");
const ONE = `${PATH}/:id`;

/** `/settings/affiliates/bulk`: changes of many affiliates at once: looked at, started, followed, and taken back. */
export function bulkPages(deps: Deps, { own, fresh }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  /** What cannot be taken back asks for a fresh code. */
  const freshForRevocation: MiddlewareHandler<PageEnv> = async (c, next) => {
    const change = await find(c);
    return change?.action === "revoke" ? fresh(c, next) : next();
  };

  routes.get(PATH, own, async (c) => {
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const { items, nextCursor } = toPage(await readBulkChanges(deps, { after, limit: limit + 1 }), limit);
    return page(
      c,
      consoleHead(c, "affiliates", { title: BULK.title, lead: BULK.lead }),
      <Card>
        {items.length === 0 ? (
          <Empty title={BULK.none}>
            <p>{BULK.noneText}</p>
          </Empty>
        ) : (
          <Changes changes={items} />
        )}
        <Pager {...linksOf(c, { next: nextCursor })} />
      </Card>,
    );
  });

  routes.get(ONE, own, async (c) => {
    const change = await find(c);
    return change === null ? notThere(c) : show(c, change, null);
  });

  routes.post(`${ONE}/run`, own, freshForRevocation, async (c) => {
    const changeId = idFrom(c, "id") ?? "";
    const run = await runBulkChange(deps, { actor: actorOf(personOf(c)), changeId });
    return run.ok ? c.redirect(`${PATH}/${changeId}`, 303) : notThere(c);
  });

  routes.post(`${ONE}/continue`, own, async (c) => {
    const changeId = idFrom(c, "id") ?? "";
    const run = await continueBulkChange(deps, changeId);
    return run.ok ? c.redirect(`${PATH}/${changeId}`, 303) : pageRefusal(c, run.failure);
  });

  routes.post(`${ONE}/undo`, own, async (c) => {
    const change = await find(c);
    if (change === null) return notThere(c);
    const sent = await sentBy(c);
    const wanted = parsed({ reason: sent["reason"] ?? "" }, parseReason);
    if (!wanted.ok) return show(c, change, { form: "undo", sent, failure: wanted.failure });
    const call = { changeId: change.id, reason: wanted.value.reason };
    const made = await draftUndo(deps, actorOf(personOf(c)), call);
    return made.ok ? c.redirect(`${PATH}/${made.value.id}`, 303) : pageRefusal(c, made.failure);
  });

  return routes;

  async function find(c: Context<PageEnv>): Promise<BulkChange | null> {
    const id = idFrom(c, "id");
    return id === null ? null : readBulkChange(deps, id);
  }

  async function show(c: Context<PageEnv>, change: BulkChange, tried: Tried | null): Promise<Response> {
    const state = LINE_STATES.find((known) => known === c.req.query("state")) ?? null;
    const from = Number(c.req.query("after") ?? "0");
    const after = Number.isSafeInteger(from) && from >= 0 ? from : 0;
    const [rows, preview] = await Promise.all([
      readBulkLines(deps, change.id, { after, limit: LINES + 1, state }),
      change.startedAt === null ? previewBulkChange(deps, change) : null,
    ]);
    const lines = rows.slice(0, LINES);
    const here = withQuery(`${PATH}/${change.id}`, { state });
    const last = rows.length > LINES ? (lines.at(-1)?.seq ?? null) : null;
    return page(
      c,
      consoleHead(c, "affiliates", { title: BULK.name(CONSOLE_AFFILIATES.actions[change.action]) }),
      <div class="stack">
        <p class="small">
          <a href={PATH}>{BULK.back}</a>
        </p>
        <Outcome c={c} tried={tried} done={{}} />
        <div class="columns aside">
          <div class="stack">
            {preview === null ? <Progress change={change} /> : <Preview change={change} preview={preview} />}
            <Lines lines={lines} change={change} state={state}>
              <Pager
                older={last === null ? null : withQuery(here, { after: String(last) })}
                newest={after === 0 ? null : here}
              />
            </Lines>
          </div>
          <div class="stack">
            <About change={change} />
            {change.endedAt === null || change.counts.done === 0 ? null : <Undo change={change} tried={tried} />}
          </div>
        </div>
      </div>,
      statusOf(tried),
    );
  }
}

type Listed = Pick<BulkChange, "id" | "action" | "reason" | "createdAt" | "startedAt" | "endedAt">;

function Changes({ changes }: { changes: readonly Listed[] }) {
  const { head } = BULK;
  return (
    <Table
      caption={BULK.title}
      unseen
      rows={changes}
      columns={[
        {
          head: head.at,
          cell: ({ id, createdAt }) => (
            <a href={`${PATH}/${id}`}>
              <Time at={createdAt} />
            </a>
          ),
        },
        { head: head.action, cell: ({ action }) => <>{CONSOLE_AFFILIATES.actions[action]}</> },
        { head: head.reason, cell: ({ reason }) => <>{reason}</> },
        { head: head.state, cell: (change) => <State change={change} /> },
      ]}
    />
  );
}

function State({ change: { startedAt, endedAt } }: { change: Pick<Listed, "startedAt" | "endedAt"> }) {
  if (endedAt !== null) return <Badge tone="good">{BULK.states.ended}</Badge>;
  return startedAt === null ? <Badge>{BULK.states.draft}</Badge> : <Badge tone="wait">{BULK.states.running}</Badge>;
}

function Preview({ change, preview }: { change: BulkChange; preview: BulkPreview }) {
  const { action, id } = change;
  return (
    <Card title={BULK.effect} danger={action === "revoke"}>
      <ul class="points">
        {effectsOf(change, preview).map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      {action === "revoke" ? <p class="soft">{BULK.fresh}</p> : null}
      <Form action={`${PATH}/${id}/run`}>
        <div class="row">
          {preview.changed === 0 ? null : (
            <Button kind={action === "revoke" ? "danger" : undefined}>{BULK.start}</Button>
          )}
          <Button kind="quiet" href={consolePath("/affiliates")}>
            {BULK.discard}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function effectsOf({ action }: BulkChange, preview: BulkPreview): readonly string[] {
  const { changed, left, codesDying, currencies } = preview;
  return [
    changed === 0 ? BULK.nobody : BULK.will[action](BULK.creators(changed)),
    ...(codesDying === 0 ? [] : [BULK.dying(codesDying)]),
    ...currencies.flatMap(({ currency, voidedCents, keptCents }) => [
      ...(voidedCents === 0 ? [] : [BULK.voided(formatMoney(voidedCents, currency))]),
      ...(keptCents === 0 ? [] : [BULK.kept(formatMoney(keptCents, currency))]),
    ]),
    ...[...left].map(([status, n]) => BULK.left(BULK.creators(n), BULK.leftStatus[status])),
  ];
}

function Progress({ change }: { change: BulkChange }) {
  const { counts, endedAt, id } = change;
  const all = LINE_STATES.reduce((sum, state) => sum + counts[state], 0);
  const done = all - counts.waiting;
  const said = BULK.progressOf(done.toLocaleString("en"), all.toLocaleString("en"));
  return (
    <Card title={endedAt === null ? BULK.progress : BULK.ended}>
      {endedAt === null ? (
        <>
          <p>
            <progress max={all} value={done} aria-label={BULK.progress}></progress> {said}
          </p>
          <p class="soft">{BULK.goesOn}</p>
          <div data-goes-on>
            <Form action={`${PATH}/${id}/continue`} kind="row">
              <Button kind="quiet">{BULK.goOn}</Button>
            </Form>
          </div>
        </>
      ) : null}
      <Stats>
        <Stat label={BULK.result.done} tone={counts.done > 0 ? "good" : undefined}>
          {counts.done.toLocaleString("en")}
        </Stat>
        <Stat label={BULK.result.skipped}>{counts.skipped.toLocaleString("en")}</Stat>
        <Stat label={BULK.result.failed} tone={counts.failed > 0 ? "bad" : undefined}>
          {counts.failed.toLocaleString("en")}
        </Stat>
      </Stats>
    </Card>
  );
}

const TONES = { waiting: "wait", done: "good", skipped: undefined, failed: "bad" } satisfies Record<
  LineState,
  Tone | undefined
>;

function Lines({
  lines,
  change,
  state,
  children,
}: {
  lines: readonly BulkLine[];
  change: BulkChange;
  state: LineState | null;
  children?: Child;
}) {
  const { lineHead: head } = BULK;
  const options = [
    { value: "", label: BULK.everyLine },
    ...LINE_STATES.map((value) => ({ value, label: BULK.result[value] })),
  ];
  return (
    <Card title={BULK.lines}>
      {change.startedAt === null ? null : (
        <FilterForm action={`${PATH}/${change.id}`} label={BULK.filter}>
          <Select name="state" label={BULK.lineHead.state} options={options} value={state ?? ""} />
          <Button kind="quiet">{BULK.show}</Button>
        </FilterForm>
      )}
      {lines.length === 0 ? (
        <p class="soft">{CONSOLE_AFFILIATES.none}</p>
      ) : (
        <Table
          caption={BULK.lines}
          unseen
          rows={lines}
          columns={[
            {
              head: head.who,
              cell: ({ appId, affiliateId, name }) => <CreatorLink appId={appId} id={affiliateId} name={name} />,
            },
            { head: head.app, cell: ({ appName }) => <>{appName}</> },
            { head: head.status, cell: ({ status }) => <CreatorStatus status={status} /> },
            ...(change.startedAt === null
              ? []
              : [{ head: head.state, cell: (line: BulkLine) => <LineResult line={line} /> }]),
          ]}
        />
      )}
      {children}
    </Card>
  );
}

function LineResult({ line: { state, note, wasStatus } }: { line: BulkLine }) {
  const why = state === "skipped" ? (AFFILIATES.statuses as Readonly<Record<string, string>>)[note ?? ""] : note;
  const said = state === "done" && wasStatus !== null ? `${BULK.lineHead.was}: ${AFFILIATES.statuses[wasStatus]}` : why;
  return (
    <>
      <Badge tone={TONES[state]}>{BULK.result[state]}</Badge>
      {said === null || said === undefined ? null : <div class="soft small">{said}</div>}
    </>
  );
}

function About({ change }: { change: BulkChange }) {
  const { facts } = BULK;
  const { reason, actor, createdAt, startedAt, endedAt, undoes } = change;
  return (
    <Card>
      <Facts
        facts={[
          [BULK.head.state, <State change={change} />],
          [facts.reason, reason],
          [facts.actor, <Actor actor={actor} names={new Map()} />],
          [facts.made, <Time at={createdAt} />],
          ...(startedAt === null ? [] : [[facts.started, <Time at={startedAt} />] as const]),
          ...(endedAt === null ? [] : [[facts.ended, <Time at={endedAt} />] as const]),
          ...(undoes === null ? [] : [[facts.undoes, <a href={`${PATH}/${undoes}`}>{BULK.theChange}</a>] as const]),
        ]}
      />
    </Card>
  );
}

function Undo({ change, tried }: { change: BulkChange; tried: Tried | null }) {
  const { field } = formState(tried, "undo");
  if (BULK_UNDONE_BY[change.action] === null) return <p class="soft">{BULK.noUndo[change.action]}</p>;
  return (
    <Card title={BULK.undo} lead={BULK.undoLead[change.action]}>
      <Form action={`${PATH}/${change.id}/undo`}>
        <Field {...field("reason")} label={CONSOLE_AFFILIATES.reason} required maxlength={256} />
        <div class="row">
          <Button kind="quiet">{BULK.undoButton}</Button>
        </div>
      </Form>
    </Card>
  );
}
