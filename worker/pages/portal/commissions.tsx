import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { commissionStatus } from "../../domain/conversion-status.ts";
import { startOfDay } from "../../domain/maturation.ts";
import { type AffiliateOfApp, readBalance, readCommissions } from "../../services/affiliates/read-affiliates.ts";
import { explainConversion } from "../../services/explain/explain-conversion.ts";
import type { CommissionFacts } from "../../store/commission-row.ts";
import { PORTAL } from "../../texts/portal.ts";
import { parseCommissionFilter } from "../../wire/affiliates.ts";
import { commissionsCsv } from "../../wire/commission-file.ts";
import { parsePage, toPage } from "../../wire/page.ts";
import { Badge, Card, Empty, Money, Pager, Table, Time } from "../components/data.tsx";
import { Button, FilterForm, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { filled, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { commissionPage } from "./commission.tsx";
import { standingOf } from "./commission-words.ts";
import { creatorOf, portalHead, portalPath } from "./head.ts";
import { StatusNotice } from "./states.tsx";

const PAGE_ROWS = 25;
/** Rows of one file, and of each read of it. */
const MAX_FILE_ROWS = 10_000;
const FILE_PAGE_ROWS = 1_000;

type Filter = Pick<Parameters<typeof readCommissions>[2], "status" | "currency">;

/** `/referrals/:appId/commissions`: each payment's commission, why it is so, and all of them as a file. */
export function commissionPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/commissions", async (c) => {
    const query = queryOf(c);
    if (!query.ok) return pageRefusal(c, query.failure);
    const { filter, after } = query.value;
    const creator = creatorOf(c);
    const [{ commissions, now }, balances] = await Promise.all([
      readCommissions(deps, creator, { ...filter, after, limit: PAGE_ROWS + 1 }),
      readBalance(deps, creator),
    ]);
    const { items, nextCursor } = toPage(commissions, PAGE_ROWS);
    const here = withQuery(portalPath(creator.app.id, "/commissions"), filter);
    const words = PORTAL.commissions;
    const isFirst = after === null;
    return page(
      c,
      portalHead(c, "commissions", {
        title: words.title,
        lead: words.lead,
        actions: (
          <Button kind="quiet" href={withQuery(portalPath(creator.app.id, "/commissions.csv"), filter)}>
            {words.download}
          </Button>
        ),
      }),
      <div class="stack">
        <StatusNotice status={creator.affiliate.status} />
        <Card>
          <Filters c={c} filter={filter} currencies={balances.map(({ currency }) => currency)} />
          {items.length === 0 ? <NoRows c={c} filter={filter} /> : <Rows c={c} rows={items} now={now} />}
          <Pager
            older={nextCursor === null ? null : withQuery(here, { cursor: nextCursor })}
            newest={isFirst ? null : here}
          />
        </Card>
      </div>,
    );
  });

  routes.get("/commissions.csv", async (c) => {
    const query = queryOf(c);
    if (!query.ok) return pageRefusal(c, query.failure);
    const { rows, now, isWhole } = await readAll(deps, creatorOf(c), query.value.filter);
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("Content-Disposition", 'attachment; filename="commissions.csv"');
    const cut = isWhole ? null : PORTAL.commissions.cut(MAX_FILE_ROWS.toLocaleString("en-US"));
    return c.body(await commissionsCsv(rows, { now, cut }));
  });

  routes.get("/commissions/:conversionId", async (c) => {
    const { app, affiliate } = creatorOf(c);
    const of = { conversionId: c.req.param("conversionId"), affiliateId: affiliate.id };
    const explanation = await explainConversion(deps, app, of);
    if (!explanation.ok) return pageRefusal(c, explanation.failure);
    return commissionPage(c, explanation.value, deps.now());
  });

  return routes;
}

function queryOf(c: Context<PageEnv>) {
  const asked = filled(c.req.query());
  const filter = parseCommissionFilter(asked);
  if (!filter.ok) return filter;
  const { cursor } = asked;
  const place = parsePage(cursor === undefined ? {} : { cursor });
  return place.ok ? { ok: true as const, value: { filter: filter.value, after: place.value.after } } : place;
}

/** All of them, page by page, up to what a file holds. */
async function readAll(deps: Deps, creator: AffiliateOfApp, filter: Filter) {
  const rows: CommissionFacts[] = [];
  let after: { at: number; id: string } | null = null;
  let now = deps.now();
  for (let pages = 0; pages <= MAX_FILE_ROWS / FILE_PAGE_ROWS; pages++) {
    const read: Awaited<ReturnType<typeof readCommissions>> = await readCommissions(deps, creator, {
      ...filter,
      after,
      limit: FILE_PAGE_ROWS,
    });
    now = read.now;
    rows.push(...read.commissions);
    const last = read.commissions.at(-1);
    if (last === undefined || read.commissions.length < FILE_PAGE_ROWS) break;
    after = { at: last.createdAt, id: last.id };
  }
  return { rows: rows.slice(0, MAX_FILE_ROWS), now, isWhole: rows.length <= MAX_FILE_ROWS };
}

function Filters({ c, filter, currencies }: { c: Context<PageEnv>; filter: Filter; currencies: readonly string[] }) {
  const words = PORTAL.commissions;
  const any = { value: "", label: words.any };
  const statuses = Object.entries(words.statusOptions).map(([value, label]) => ({ value, label }));
  return (
    <FilterForm action={portalPath(c.get("app").id, "/commissions")} label={words.filter}>
      <Select name="status" label={words.status} value={filter.status ?? ""} options={[any, ...statuses]} />
      {currencies.length < 2 ? null : (
        <Select
          name="currency"
          label={words.currency}
          value={filter.currency ?? ""}
          options={[any, ...currencies.map((value) => ({ value, label: value.toUpperCase() }))]}
        />
      )}
      <Button kind="quiet">{words.show}</Button>
    </FilterForm>
  );
}

function NoRows({ c, filter }: { c: Context<PageEnv>; filter: Filter }) {
  const words = PORTAL.commissions;
  const isFiltered = filter.status !== null || filter.currency !== null;
  return (
    <Empty title={isFiltered ? words.none : words.empty}>
      <p>{isFiltered ? words.noneHow : words.emptyHow}</p>
      {isFiltered ? (
        <div class="row">
          <Button kind="quiet" href={portalPath(c.get("app").id, "/commissions")}>
            {words.all}
          </Button>
        </div>
      ) : null}
    </Empty>
  );
}

function Rows({ c, rows, now }: { c: Context<PageEnv>; rows: readonly CommissionFacts[]; now: number }) {
  const words = PORTAL.commissions;
  return (
    <Table
      caption={words.title}
      unseen
      rows={rows}
      columns={[
        { head: words.date, cell: (row) => <Time at={row.createdAt} /> },
        { head: words.code, cell: (row) => <code>{row.ref}</code> },
        {
          head: words.amount,
          end: true,
          cell: (row) => <Money cents={row.terms.capturedCents} currency={row.currency} />,
        },
        {
          head: words.earned,
          end: true,
          cell: (row) => (
            <strong>
              <Money cents={row.netCents} currency={row.currency} />
            </strong>
          ),
        },
        { head: words.status, cell: (row) => <Standing commission={row} now={now} /> },
        {
          head: words.availableOn,
          cell: (row) =>
            commissionStatus(row.status, now) === "cancelled" ? (
              "–"
            ) : (
              <Time at={startOfDay(row.status.matureDay)} as="date" />
            ),
        },
        {
          head: "",
          cell: (row) => (
            <Button
              kind="quiet"
              slim
              href={portalPath(c.get("app").id, `/commissions/${row.id}`)}
              about={words.about(row.id)}
            >
              {words.why}
            </Button>
          ),
        },
      ]}
    />
  );
}

export function Standing({ commission, now }: { commission: CommissionFacts; now: number }) {
  const { word, tone } = standingOf(commission, now);
  return <Badge tone={tone}>{word}</Badge>;
}
