import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { AffiliateStatus } from "../../domain/affiliate-status.ts";
import { BULK_ACTIONS } from "../../domain/bulk-action.ts";
import { percentOf } from "../../domain/percent.ts";
import { draftBulkChange, MAX_LINES } from "../../services/affiliates/bulk-change.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { findAnyAffiliates, readAllAffiliates } from "../../services/operations/read-console.ts";
import type { AffiliatesFilter, AnyAffiliate } from "../../store/all-affiliates-store.ts";
import type { Picked } from "../../store/bulk-store.ts";
import { AFFILIATES } from "../../texts/affiliates.ts";
import { BULK, CONSOLE_AFFILIATES as WORDS } from "../../texts/console-affiliates.ts";
import { parseAffiliateFilter } from "../../wire/affiliates.ts";
import { parseBulk } from "../../wire/bulk.ts";
import { toPage } from "../../wire/page.ts";
import { Card, Empty, Notice, Pager, Table, Time } from "../components/data.tsx";
import { Button, Choice, Field, FilterForm, Form, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { formState, Outcome, statusOf, type Tried, wrongField } from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn, queryOf } from "../dashboard/program/paging.ts";
import { CreatorLink, CreatorStatus, nameOf } from "../dashboard/program/parts.tsx";
import { parsed, type Sent, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";

const STATUSES = ["active", "applied", "suspended", "revoked"] as const satisfies readonly AffiliateStatus[];
/** A box of the list: whose it is stands in its name, as a form has one value a name. */
const PICK = /^pick\.(app_[\w-]{1,64})\.([\w-]{1,80})$/;
const PATH = "/affiliates";

interface Asked extends AffiliatesFilter {
  readonly text: string;
}

/** `/settings/affiliates/affiliates`: creators of all apps, to be found and to be changed, one or many. */
export function allAffiliatePages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(consolePath(PATH), own, (c) => show(c, null));

  routes.post(consolePath(PATH), own, async (c) => {
    const sent = await sentBy(c);
    const asked = askedIn(c);
    if (asked === null) return pageRefusal(c, { code: "invalid_request", message: "The filter is not valid." });
    const { action = "", reason = "", commission_percent = "" } = sent;
    const wanted = parsed({ action, reason, ...(commission_percent === "" ? {} : { commission_percent }) }, parseBulk);
    if (!wanted.ok) return show(c, { form: "bulk", sent, failure: wanted.failure });
    const picked = pickedBy(sent, asked);
    if (picked === null) return show(c, { form: "bulk", sent, failure: wrongField("whom", BULK.pickSomebody).failure });
    const made = await draftBulkChange(deps, actorOf(personOf(c)), { ...wanted.value, picked });
    if (!made.ok) return show(c, { form: "bulk", sent, failure: made.failure });
    return c.redirect(consolePath(`/bulk/${made.value.id}`), 303);
  });

  return routes;

  async function show(c: Context<PageEnv>, tried: Tried | null): Promise<Response> {
    const asked = askedIn(c);
    const place = placeIn(c);
    if (asked === null) return pageRefusal(c, { code: "invalid_request", message: "The filter is not valid." });
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const rows =
      asked.text === ""
        ? await readAllAffiliates(deps, asked, { after, limit: limit + 1 })
        : await findAnyAffiliates(deps, asked, { text: asked.text, limit: limit + 1 });
    const { items, nextCursor } = toPage(
      rows.map((row) => ({ ...row, id: row.affiliate.id, createdAt: row.affiliate.createdAt })),
      limit,
    );
    const links = linksOf(c, { next: asked.text === "" ? nextCursor : null });
    return page(
      c,
      consoleHead(c, "affiliates", {
        title: WORDS.title,
        lead: WORDS.lead,
        actions: (
          <Button kind="quiet" href={consolePath("/bulk")}>
            {WORDS.history}
          </Button>
        ),
      }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={{}} />
        <Card>
          <Filter asked={asked} />
        </Card>
        {items.length === 0 ? (
          <Card>
            <Empty title={WORDS.none}>
              <p>{WORDS.noneText}</p>
            </Empty>
          </Card>
        ) : (
          <Form action={hereOf(asked)}>
            <Card>
              <List rows={items} sent={tried?.sent ?? {}} />
              {asked.text !== "" && nextCursor !== null ? <p class="soft">{WORDS.more}</p> : null}
              <Pager {...links} />
            </Card>
            <Bulk asked={asked} tried={tried} />
          </Form>
        )}
      </div>,
      statusOf(tried),
    );
  }
}

/** What the query asks for; null for a status or an app that cannot be. */
function askedIn(c: Context<PageEnv>): Asked | null {
  const { q = "", app = "" } = queryOf(c, ["q", "app"]);
  const filter = parseAffiliateFilter(queryOf(c, ["status"]));
  if (!filter.ok || (app !== "" && !/^app_[\w-]{1,64}$/.test(app)) || q.length > 256) return null;
  return { status: filter.value.status, appId: app === "" ? null : app, text: q };
}

function hereOf({ status, appId, text }: Asked): string {
  return withQuery(consolePath(PATH), { q: text === "" ? null : text, status, app: appId });
}

/** Those who are ticked, or everybody that the list matches; null for nobody, and a search has no everybody. */
function pickedBy(sent: Sent, asked: Asked): Picked | null {
  if (sent["whom"] === "matching" && asked.text === "") return { by: "filter", filter: asked };
  const affiliates = Object.keys(sent).flatMap((name) => {
    const [, appId, affiliateId] = PICK.exec(name) ?? [];
    return appId === undefined || affiliateId === undefined ? [] : [[appId, affiliateId] as const];
  });
  return affiliates.length === 0 ? null : { by: "hand", affiliates };
}

function Filter({ asked }: { asked: Asked }) {
  const options = [
    { value: "", label: WORDS.any },
    ...STATUSES.map((value) => ({ value, label: AFFILIATES.statuses[value] })),
  ];
  return (
    <FilterForm action={consolePath(PATH)} label={WORDS.filter}>
      <Field type="search" name="q" label={WORDS.search} hint={WORDS.searchHint} value={asked.text} maxlength={256} />
      <Select name="status" label={WORDS.status} options={options} value={asked.status ?? ""} />
      <Field name="app" label={WORDS.app} value={asked.appId ?? ""} maxlength={68} placeholder="app_…" />
      <Button kind="quiet">{WORDS.find}</Button>
    </FilterForm>
  );
}

function List({ rows, sent }: { rows: readonly AnyAffiliate[]; sent: Sent }) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.list}
      unseen
      rows={rows}
      columns={[
        { head: head.pick, cell: (row) => <Pick row={row} sent={sent} /> },
        { head: head.who, cell: (row) => <Who row={row} /> },
        { head: head.app, cell: ({ app }) => <a href={consolePath(`/apps/${app.id}`)}>{app.name}</a> },
        { head: head.code, cell: ({ affiliate }) => <code>{affiliate.ref}</code> },
        { head: head.status, cell: ({ affiliate }) => <CreatorStatus status={affiliate.status} /> },
        { head: head.rate, end: true, cell: (row) => <Rate row={row} /> },
        { head: head.joined, cell: ({ affiliate }) => <Time at={affiliate.createdAt} as="date" /> },
      ]}
    />
  );
}

function Pick({ row: { app, affiliate }, sent }: { row: AnyAffiliate; sent: Sent }) {
  const name = `pick.${app.id}.${affiliate.id}`;
  return (
    <input
      type="checkbox"
      name={name}
      value="1"
      checked={sent[name] !== undefined}
      aria-label={WORDS.pick(nameOf(affiliate, affiliate.ref), app.name)}
    />
  );
}

function Who({ row: { app, affiliate } }: { row: AnyAffiliate }) {
  const { id, name, email, ref } = affiliate;
  return (
    <>
      <CreatorLink appId={app.id} id={id} name={nameOf(affiliate, ref)} />
      {name === null || email === null ? null : <div class="soft small">{email}</div>}
    </>
  );
}

function Rate({ row: { app, affiliate } }: { row: AnyAffiliate }) {
  return (
    <>
      {percentOf(affiliate.rateBps ?? app.rateBps)} {WORDS.percent}
      {affiliate.rateBps === null ? null : <div class="soft small">{WORDS.ownRate}</div>}
    </>
  );
}

function Bulk({ asked, tried }: { asked: Asked; tried: Tried | null }) {
  const { field, value, problem } = formState(tried, "bulk");
  const options = BULK_ACTIONS.map((action) => ({ value: action, label: WORDS.actions[action] }));
  const isMatching = value("whom") === "matching" && asked.text === "";
  return (
    <Card title={WORDS.bulk} lead={WORDS.bulkLead}>
      {problem("whom") === undefined && problem("picked") === undefined ? null : (
        <Notice tone="bad">
          <p>{BULK.pickSomebody}</p>
        </Notice>
      )}
      <fieldset class="field">
        <legend>{WORDS.whom}</legend>
        <Choice type="radio" name="whom" id="whom-picked" value="picked" label={WORDS.picked} checked={!isMatching} />
        {asked.text === "" ? (
          <Choice
            type="radio"
            name="whom"
            id="whom-matching"
            value="matching"
            label={WORDS.matching}
            hint={WORDS.matchingHint(MAX_LINES.toLocaleString("en"))}
            checked={isMatching}
          />
        ) : null}
      </fieldset>
      <div class="columns">
        <Select {...field("action", "suspend")} label={WORDS.action} options={options} />
        <Field
          {...field("commission_percent")}
          label={WORDS.rate}
          hint={WORDS.rateHint}
          affix={WORDS.percent}
          inputmode="decimal"
        />
      </div>
      <Field {...field("reason")} label={WORDS.reason} hint={WORDS.reasonHint} required maxlength={256} />
      <div class="row">
        <Button>{WORDS.preview}</Button>
      </div>
    </Card>
  );
}
