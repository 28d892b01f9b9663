import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { nameAllActors } from "../../services/accounts/name-actors.ts";
import { readAllAudit } from "../../services/programs/read-all-audit.ts";
import type { AuditFilter, ListedAudit } from "../../store/console-audit-store.ts";
import { AUDIT } from "../../texts/audit.ts";
import { CONSOLE_AUDIT } from "../../texts/console-audit.ts";
import { parseAllAuditFilter } from "../../wire/audit.ts";
import { Card, Empty, Pager, Table, Time } from "../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { Actor, type ActorNames } from "../dashboard/program/actor.tsx";
import { AuditChange, AuditThing } from "../dashboard/program/audit.tsx";
import { linksOf, queryOf } from "../dashboard/program/paging.ts";
import { appPath } from "../dashboard/head.ts";
import { parsed, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { type AppChoices, AppFilter, readAppChoices } from "./app-filter.tsx";
import { consoleHead, consolePath } from "./head.ts";
import { numberedPage, numberedPlaceIn } from "./numbered.ts";

const PATH = consolePath("/audit");

/** `/settings/affiliates/audit`: who changed what, in all apps. */
export function auditPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(PATH, own, async (c) => {
    const filter = parsed(queryOf(c, ["app", "actor", "action", "object"]), parseAllAuditFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = numberedPlaceIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const [rows, apps] = await Promise.all([
      readAllAudit(deps, { ...filter.value, after, limit: limit + 1 }),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = numberedPage(rows, { limit, at: ({ createdAt }) => createdAt });
    const names = await nameAllActors(
      deps,
      items.map(({ actor }) => actor),
    );
    return page(
      c,
      consoleHead(c, "audit", { title: AUDIT.title, lead: CONSOLE_AUDIT.lead }),
      <Card>
        <Filter filter={filter.value} apps={apps} />
        {items.length === 0 ? (
          <Empty title={AUDIT.none}>
            <p>{AUDIT.noneText}</p>
          </Empty>
        ) : (
          <Lines lines={items} names={names} />
        )}
        <Pager {...linksOf(c, { next: nextCursor })} />
      </Card>,
    );
  });

  return routes;
}

function Filter({ filter, apps }: { filter: AuditFilter; apps: AppChoices }) {
  const { appId, actor, action, object } = filter;
  return (
    <FilterForm action={PATH} label={AUDIT.filter}>
      <AppFilter apps={apps} value={appId ?? undefined} />
      <Field
        name="actor"
        label={CONSOLE_AUDIT.actor}
        maxlength={256}
        value={actor ?? ""}
        placeholder={CONSOLE_AUDIT.actorHint}
      />
      <Select
        name="action"
        label={AUDIT.action}
        options={[{ value: "", label: AUDIT.everything }, ...AUDIT.actions]}
        value={action ?? ""}
      />
      <Field name="object" label={AUDIT.object} maxlength={256} value={object ?? ""} placeholder={AUDIT.objectHint} />
      <Button kind="quiet">{AUDIT.show}</Button>
    </FilterForm>
  );
}

function Lines({ lines, names }: { lines: readonly ListedAudit[]; names: ActorNames }) {
  const { head } = AUDIT;
  return (
    <Table
      caption={AUDIT.title}
      unseen
      rows={lines}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: CONSOLE_AUDIT.app, cell: ({ appId, appName }) => <a href={appPath(appId, "")}>{appName}</a> },
        {
          head: head.who,
          cell: ({ actor }) => (
            <a href={withQuery(PATH, { actor })}>
              <Actor actor={actor} names={names} />
            </a>
          ),
        },
        {
          head: head.what,
          cell: ({ appId, action, object }) => (
            <>
              {AUDIT.actionOf(action)}
              {object === appId ? null : (
                <div class="small">
                  <AuditThing appId={appId} object={object} />
                </div>
              )}
            </>
          ),
        },
        { head: head.change, cell: (line) => <AuditChange line={line} /> },
        { head: head.reason, cell: ({ reason }) => <>{reason ?? AUDIT.nothing}</> },
      ]}
    />
  );
}
