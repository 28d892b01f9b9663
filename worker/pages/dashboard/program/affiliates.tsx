import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { percentOf } from "../../../domain/percent.ts";
import type { AffiliateStatus } from "../../../domain/affiliate-status.ts";
import { readAffiliates } from "../../../services/affiliates/read-affiliates.ts";
import type { Affiliate } from "../../../store/affiliate-store.ts";
import type { App } from "../../../store/app-store.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { parseAffiliateFilter } from "../../../wire/affiliates.ts";
import { toPage } from "../../../wire/page.ts";
import { appAccess, signedIn } from "../../access.ts";
import { Card, Empty, Pager, Table, Time } from "../../components/data.tsx";
import { Button, FilterForm, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appHead, appPath } from "../head.ts";
import { Outcome } from "./form-state.tsx";
import { linksOf, placeIn, queryOf } from "./paging.ts";
import { CreatorLink, CreatorStatus, nameOf } from "./parts.tsx";

const STATUSES = ["active", "applied", "suspended", "revoked"] as const satisfies readonly AffiliateStatus[];

/** `/apps/:appId/affiliates`: who earns with the app. */
export function affiliateListPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = "/apps/:appId/affiliates";

  routes.get(path, signedIn(), appAccess(deps), (c) => show(c));

  return routes;

  async function show(c: Context<PageEnv>): Promise<Response> {
    const app = c.get("app");
    const filter = parseAffiliateFilter(queryOf(c, ["status"]));
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const rows = await readAffiliates(deps, app.id, { ...filter.value, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    const { status } = filter.value;
    return page(
      c,
      appHead(c, "affiliates", {
        title: AFFILIATES.title,
        lead: AFFILIATES.lead,
        actions: <Button href={appPath(app.id, "/affiliates/invite")}>{AFFILIATES.add}</Button>,
      }),
      <div class="stack">
        <Outcome c={c} tried={null} done={AFFILIATES.done} />
        <Card>
          <Filter appId={app.id} status={status} />
          {items.length === 0 ? <None status={status} /> : <List affiliates={items} app={app} />}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
    );
  }
}

function Filter({ appId, status }: { appId: string; status: AffiliateStatus | null }) {
  const options = [
    { value: "", label: AFFILIATES.everybody },
    ...STATUSES.map((value) => ({ value, label: AFFILIATES.statuses[value] })),
  ];
  return (
    <FilterForm action={appPath(appId, "/affiliates")} label={AFFILIATES.filter}>
      <Select name="status" label={AFFILIATES.status} options={options} value={status ?? ""} />
      <Button kind="quiet">{AFFILIATES.show}</Button>
    </FilterForm>
  );
}

function None({ status }: { status: AffiliateStatus | null }) {
  return (
    <Empty title={status === null ? AFFILIATES.none : AFFILIATES.noneOfStatus}>
      <p>{status === null ? AFFILIATES.noneText : AFFILIATES.noneOfStatusText}</p>
    </Empty>
  );
}

function List({ affiliates, app }: { affiliates: readonly Affiliate[]; app: App }) {
  const { head } = AFFILIATES;
  return (
    <Table
      caption={AFFILIATES.list}
      unseen
      rows={affiliates}
      columns={[
        { head: head.creator, cell: (row) => <Who appId={app.id} affiliate={row} /> },
        { head: head.code, cell: ({ ref }) => <code>{ref}</code> },
        { head: head.status, cell: ({ status }) => <CreatorStatus status={status} /> },
        { head: head.rate, end: true, cell: (row) => <Rate affiliate={row} app={app} /> },
        { head: head.joined, cell: ({ createdAt }) => <Time at={createdAt} as="date" /> },
      ]}
    />
  );
}

function Who({ appId, affiliate }: { appId: string; affiliate: Affiliate }) {
  const { id, name, email } = affiliate;
  return (
    <>
      <CreatorLink appId={appId} id={id} name={nameOf(affiliate, affiliate.ref)} />
      {name === null || email === null ? null : <div class="soft small">{email}</div>}
    </>
  );
}

function Rate({ affiliate, app }: { affiliate: Affiliate; app: App }) {
  return (
    <>
      {percentOf(affiliate.rateBps ?? app.rateBps)} {AFFILIATES.percent}
      {affiliate.rateBps === null ? null : <div class="soft small">{AFFILIATES.ownRate}</div>}
    </>
  );
}
