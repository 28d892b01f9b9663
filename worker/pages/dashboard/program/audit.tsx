import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { nameActors } from "../../../services/accounts/name-actors.ts";
import { readAudit } from "../../../services/programs/read-audit.ts";
import type { AuditLine } from "../../../store/audit-log.ts";
import { AUDIT } from "../../../texts/audit.ts";
import { parseAuditFilter, presentAuditLine } from "../../../wire/audit.ts";
import { toPage } from "../../../wire/page.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card, Empty, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { pageRefusal } from "../../refusal.tsx";
import { activityHead, appPath } from "../head.ts";
import { Actor, type ActorNames } from "./actor.tsx";
import { parsed } from "../../forms.ts";
import { changesOf } from "./audit-changes.ts";

import { linksOf, placeIn, queryOf } from "./paging.ts";
import { CreatorLink } from "./parts.tsx";

/** `/apps/:appId/activity/audit`: who changed what, and why. */
export function auditPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps/:appId/activity/audit", signedIn(), appAccess(deps), async (c) => {
    const app = c.get("app");
    const filter = parsed(queryOf(c, ["action", "object"]), parseAuditFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const rows = await readAudit(deps, app.id, { ...filter.value, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    const names = await nameActors(
      deps,
      app.id,
      items.map(({ actor }) => actor),
    );
    return page(
      c,
      activityHead(c, "audit", { title: AUDIT.title, lead: AUDIT.lead }),
      <Card>
        <Filter appId={app.id} action={filter.value.action} object={filter.value.object} />
        {items.length === 0 ? (
          <Empty title={AUDIT.none}>
            <p>{AUDIT.noneText}</p>
          </Empty>
        ) : (
          <Lines appId={app.id} lines={items} names={names} />
        )}
        <Pager {...linksOf(c, { next: nextCursor })} />
      </Card>,
    );
  });

  return routes;
}

function Filter({ appId, action, object }: { appId: string; action: string | null; object: string | null }) {
  return (
    <FilterForm action={appPath(appId, "/activity/audit")} label={AUDIT.filter}>
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

function Lines({ appId, lines, names }: { appId: string; lines: readonly AuditLine[]; names: ActorNames }) {
  const { head } = AUDIT;
  return (
    <Table
      caption={AUDIT.title}
      unseen
      rows={lines}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.who, cell: ({ actor }) => <Actor actor={actor} names={names} /> },
        {
          head: head.what,
          cell: ({ action, object }) => (
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

/** Where a thing of ours has its page, by the beginning of its id. */
const PAGES: readonly (readonly [string, string])[] = [
  ["aff_", "/affiliates/"],
  ["conv_", "/conversions/"],
  ["bat_", "/payouts/"],
  ["po_", "/payouts/payout/"],
  ["rdm_", "/credits/"],
];

/** The thing that a line is about, with a link to its page where it has one. */
export function AuditThing({ appId, object }: { appId: string; object: string }) {
  const place = PAGES.find(([prefix]) => object.startsWith(prefix))?.[1];
  if (place === "/affiliates/") return <CreatorLink appId={appId} id={object} name={<code>{object}</code>} />;
  if (place === undefined || !/^[\w-]+$/.test(object)) return <code>{object}</code>;
  return (
    <a href={appPath(appId, `${place}${object}`)}>
      <code>{object}</code>
    </a>
  );
}

/** What changed, thing by thing. */
export function AuditChange({ line }: { line: AuditLine }) {
  const { before, after } = presentAuditLine(line);
  const changes = changesOf(before, after);
  if (changes.length === 0) return <>{AUDIT.nothing}</>;
  return (
    <ul class="changes">
      {changes.map(({ name, from, to }) => (
        <li>
          <span class="soft">{name}:</span> {from === null ? null : `${from} ${AUDIT.becomes} `}
          {to}
        </li>
      ))}
    </ul>
  );
}
