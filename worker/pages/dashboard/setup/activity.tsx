import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { type Activity, readActivity } from "../../../services/track/read-activity.ts";
import { readDrops } from "../../../services/track/read-drops.ts";
import { readDrop, rerunDrop } from "../../../services/track/rerun-drop.ts";
import type { DropLine } from "../../../store/drop-store.ts";
import { COMMON } from "../../../texts/common.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parseDropFilter, parseDropId, parseRerun } from "../../../wire/drops.ts";
import { parseNumberedPage, toPage } from "../../../wire/page.ts";
import { Badge, Card, Empty, Facts, Notice, Pager, Stat, Stats, Table, Time } from "../../components/data.tsx";
import { Button, Field, FilterForm, Form, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, sentBy, withQuery, parsed } from "../../forms.ts";
import { Live, streamPart } from "../../live.tsx";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf, activityHead, appPath } from "../head.ts";
import { Events, refusalInWords, Who } from "./events.tsx";
import type { Guards } from "./guards.ts";
import { DoneNotice, type Draft, goOn, htmlOf, problem, refused, RefusedNotice, statusOf, stored } from "./parts.tsx";

const { activity: WORDS } = SETUP;

/** Refused calls of one page of the list. */
const PAGE = 25;
/** Codes that the count of clicks names. */
const MAX_CODES = 8;

const pathOf = (c: Context<PageEnv>) => appPath(c.get("app").id, "/activity");

/** `/apps/:appId/activity`: what arrives, and what was refused and why. */
export function activityPages(deps: Deps, { own }: Guards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/activity", own, async (c) => {
    const { id } = c.get("app");
    const [activity, drops] = await Promise.all([readActivity(deps, id), listOf(c)]);
    return page(
      c,
      activityHead(c, "log", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <DoneNotice c={c} />
        <Live src={appPath(id, "/live/activity")}>
          <Log appId={id} activity={activity} />
        </Live>
        <Refused path={pathOf(c)} {...drops} />
      </div>,
    );
  });

  routes.get("/apps/:appId/live/activity", own, (c) => {
    const { id } = c.get("app");
    return streamPart(c, async () => htmlOf(<Log appId={id} activity={await readActivity(deps, id)} />));
  });

  routes.get("/apps/:appId/activity/calls/:id", own, (c) => askRerun(c, stored({})));

  routes.post("/apps/:appId/activity/calls/:id", own, async (c) => {
    const sent = await sentBy(c);
    const seq = parseDropId(c.req.param("id"));
    if (seq === null) return pageRefusal(c, NO_CALL);
    const asked = parsed(filled({ ref: sent["ref"] ?? "", reason: sent["reason"] ?? "" }), parseRerun);
    if (!asked.ok) return askRerun(c, refused(sent, asked.failure));
    const outcome = await rerunDrop(deps, c.get("app").id, { actor: accessOf(c).actor, seq, ...asked.value });
    return outcome.ok ? goOn(c, pathOf(c), "rerun") : askRerun(c, refused(sent, outcome.failure));
  });

  return routes;

  async function listOf(c: Context<PageEnv>) {
    const query = { kind: c.req.query("kind") ?? "", reason: c.req.query("reason") ?? "" };
    const filter = parsed(filled(query), parseDropFilter);
    const { kind, reason } = filter.ok ? filter.value : { kind: null, reason: null };
    const asked = parseNumberedPage({ cursor: c.req.query("cursor") });
    const after = asked.ok ? asked.value.after : null;
    const rows = await readDrops(deps, c.get("app").id, { kind, reason, after, limit: PAGE + 1 });
    return { ...toPage(rows, PAGE), kind, reason, isFirst: after === null };
  }

  async function askRerun(c: Context<PageEnv>, draft: Draft) {
    const seq = parseDropId(c.req.param("id") ?? "");
    const call = seq === null ? null : await readDrop(deps, c.get("app").id, seq);
    if (call === null) return pageRefusal(c, NO_CALL);
    const { failure } = draft;
    return page(
      c,
      activityHead(c, "log", { title: WORDS.rerunTitle, lead: WORDS.rerunLead, shape: "text" }),
      <div class="stack">
        <RefusedNotice failure={failure} />
        <Rerun call={call} draft={draft} path={pathOf(c)} />
      </div>,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

const NO_CALL = { code: "not_found", message: "No such call." } as const;

function Log({ appId, activity }: { appId: string; activity: Activity }) {
  return (
    <div class="stack">
      <Clicks activity={activity} />
      <Card title={WORDS.newest}>
        {activity.events.length === 0 ? (
          <Empty title={WORDS.emptyTitle}>
            <p class="pulse">{WORDS.emptyText}</p>
          </Empty>
        ) : (
          <Events appId={appId} events={activity.events} />
        )}
      </Card>
    </div>
  );
}

function Clicks({ activity }: { activity: Activity }) {
  const { clicks, today } = activity;
  const countOf = (day: number) =>
    clicks.filter((count) => count.day === day).reduce((total, count) => total + count.clicks, 0);
  const codes = clicks.filter(({ day }) => day === today).slice(0, MAX_CODES);
  const named = codes.map(({ code, clicks: count }) => WORDS.byCode(code, count)).join(", ");
  return (
    <Stats>
      <Stat label={WORDS.today} note={named === "" ? WORDS.noClicks : named}>
        {String(countOf(today))}
      </Stat>
      <Stat label={WORDS.yesterday} note={WORDS.yesterdayNote}>
        {String(countOf(today - 1))}
      </Stat>
    </Stats>
  );
}

function Refused({
  path,
  items,
  nextCursor,
  kind,
  reason,
  isFirst,
}: {
  path: string;
  items: readonly DropLine[];
  nextCursor: string | null;
  kind: string | null;
  reason: string | null;
  isFirst: boolean;
}) {
  const here = withQuery(path, { kind, reason });
  const isNarrowed = kind !== null || reason !== null;
  return (
    <Card title={WORDS.refusedTitle} lead={WORDS.refusedLead} id="refused">
      {items.length === 0 && isFirst && !isNarrowed ? null : <Filter path={path} kind={kind} reason={reason} />}
      {items.length === 0 ? (
        <Empty title={WORDS.refusedEmptyTitle}>
          <p>{WORDS.refusedEmptyText}</p>
        </Empty>
      ) : (
        <Calls path={path} calls={items} />
      )}
      <Pager
        older={nextCursor === null ? null : withQuery(here, { cursor: nextCursor })}
        newest={isFirst ? null : here}
      />
    </Card>
  );
}

function Filter({ path, kind, reason }: { path: string; kind: string | null; reason: string | null }) {
  const options = (words: Readonly<Record<string, string>>) => [
    { value: "", label: WORDS.all },
    ...Object.entries(words).map(([value, label]) => ({ value, label })),
  ];
  return (
    <FilterForm action={`${path}#refused`} label={WORDS.filter}>
      <Select name="kind" label={WORDS.kindLabel} value={kind ?? ""} options={options(WORDS.kindOf)} />
      <Select name="reason" label={WORDS.reasonLabel} value={reason ?? ""} options={options(WORDS.reasons)} />
      <Button kind="quiet">{WORDS.show}</Button>
    </FilterForm>
  );
}

function Calls({ path, calls }: { path: string; calls: readonly DropLine[] }) {
  return (
    <Table
      caption={WORDS.refusedTitle}
      unseen
      rows={calls}
      columns={[
        { head: WORDS.when, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: WORDS.what, cell: ({ kind }) => <strong>{WORDS.kindOf[kind]}</strong> },
        { head: WORDS.reasonLabel, cell: ({ reason }) => refusalInWords(reason) },
        { head: WORDS.who, cell: ({ userId, code }) => <Who userId={userId} code={code} /> },
        { head: "", end: true, cell: (call) => <Action call={call} path={path} /> },
      ]}
    />
  );
}

function Action({ call, path }: { call: DropLine; path: string }) {
  if (call.rerunAt !== null) return <Badge tone="good">{WORDS.rerunDone}</Badge>;
  if (call.body === null) return null;
  return (
    <Button kind="quiet" slim href={`${path}/calls/${call.id}`} about={WORDS.kindOf[call.kind]}>
      {WORDS.rerun}
    </Button>
  );
}

function Rerun({ call, draft, path }: { call: DropLine; draft: Draft; path: string }) {
  const { kind, reason, code, userId, createdAt, rerunAt, body, id } = call;
  return (
    <Card>
      <Facts
        facts={[
          [WORDS.what, WORDS.kindOf[kind]],
          [WORDS.when, <Time at={createdAt} />],
          [WORDS.reasonLabel, refusalInWords(reason)],
          [WORDS.code, code === null ? COMMON.none : <code>{code}</code>],
          [WORDS.who, userId === null ? COMMON.none : <code>{userId}</code>],
        ]}
      />
      {rerunAt === null ? null : (
        <Notice>
          <p>{WORDS.rerunWas}</p>
        </Notice>
      )}
      {body === null ? (
        <Notice tone="wait">
          <p>{WORDS.rerunNothing}</p>
        </Notice>
      ) : (
        <Form action={`${path}/calls/${id}`}>
          <Field
            name="ref"
            label={WORDS.rerunRef}
            hint={WORDS.rerunRefHint}
            value={draft.values["ref"]}
            problem={problem(draft, "ref")}
            maxlength={64}
          />
          <Field
            name="reason"
            label={WORDS.rerunReason}
            hint={WORDS.rerunReasonHint}
            value={draft.values["reason"]}
            problem={problem(draft, "reason")}
            required
            maxlength={256}
          />
          <div class="row">
            <Button>{WORDS.rerun}</Button>
            <Button kind="quiet" href={path}>
              {COMMON.cancel}
            </Button>
          </div>
        </Form>
      )}
    </Card>
  );
}
