import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import { startOfDay } from "../../domain/maturation.ts";
import { readItems, readPayoutOf, readPayouts } from "../../services/payouts/read-payouts.ts";
import type { Payout, PayoutItem } from "../../store/payout-store.ts";
import { PORTAL } from "../../texts/portal.ts";
import { parsePage, toPage } from "../../wire/page.ts";
import { Badge, Card, Empty, Facts, Money, Pager, Table, Time, type Tone } from "../components/data.tsx";
import { Button } from "../components/form.tsx";
import { Letterhead } from "../components/print.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { creatorOf, portalHead, portalPath } from "./head.ts";
import { StatusNotice } from "./states.tsx";

const PAGE_ROWS = 25;

const TONES: Readonly<Record<Payout["status"], Tone>> = { processing: "wait", settled: "good", failed: "bad" };
const words = PORTAL.payouts;

/** `/referrals/:appId/payouts`: what a creator was sent, and what for. */
export function payoutPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/payouts", async (c) => {
    const place = placeOf(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { after } = place.value;
    const { app, affiliate } = creatorOf(c);
    const span = { batchId: null, affiliateId: affiliate.id, status: null, after, limit: PAGE_ROWS + 1 };
    const { items, nextCursor } = toPage(await readPayouts(deps, app.id, span), PAGE_ROWS);
    const here = portalPath(app.id, "/payouts");
    const cashOut = <Button href={portalPath(app.id, "/cash-out")}>{PORTAL.balance.cashOut}</Button>;
    return page(
      c,
      portalHead(c, "payouts", {
        title: words.title,
        lead: words.lead,
        actions: affiliate.status === "applied" ? undefined : cashOut,
      }),
      <div class="stack">
        <StatusNotice status={affiliate.status} />
        <Card>
          {items.length === 0 ? <NoPayouts c={c} /> : <Payouts c={c} payouts={items} />}
          <Pager
            older={nextCursor === null ? null : withQuery(here, { cursor: nextCursor })}
            newest={after === null ? null : here}
          />
        </Card>
      </div>,
    );
  });

  routes.get("/payouts/:payoutId", async (c) => {
    const place = placeOf(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { after } = place.value;
    const { app, affiliate } = creatorOf(c);
    const payout = await readPayoutOf(deps, app.id, { affiliateId: affiliate.id, payoutId: c.req.param("payoutId") });
    if (!payout.ok) return pageRefusal(c, payout.failure);
    const rows = await readItems(deps, app.id, { payoutId: payout.value.id, after, limit: PAGE_ROWS + 1 });
    const { items, nextCursor } = toPage(rows, PAGE_ROWS);
    const here = portalPath(app.id, `/payouts/${payout.value.id}`);
    const older = nextCursor === null ? null : withQuery(here, { cursor: nextCursor });
    return payoutPage(c, { payout: payout.value, items, older, newest: after === null ? null : here });
  });

  return routes;
}

function placeOf(c: Context<PageEnv>) {
  const cursor = c.req.query("cursor");
  return parsePage(cursor === undefined ? {} : { cursor });
}

function NoPayouts({ c }: { c: Context<PageEnv> }) {
  return (
    <Empty title={words.empty}>
      <p>{words.emptyHow}</p>
      <div class="row">
        <Button kind="quiet" href={portalPath(c.get("app").id, "/payout-method")}>
          {PORTAL.tabs.method}
        </Button>
      </div>
    </Empty>
  );
}

function PayoutBadge({ status }: { status: Payout["status"] }) {
  return <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>;
}

function Payouts({ c, payouts }: { c: Context<PageEnv>; payouts: readonly Payout[] }) {
  return (
    <Table
      caption={words.title}
      unseen
      rows={payouts}
      columns={[
        { head: words.date, cell: (row) => <Time at={row.settledAt ?? row.createdAt} /> },
        { head: words.status, cell: (row) => <PayoutBadge status={row.status} /> },
        { head: words.reference, cell: (row) => row.reference ?? "–" },
        {
          head: words.amount,
          end: true,
          cell: (row) => (
            <strong>
              <Money cents={row.amountCents} currency={row.currency} />
            </strong>
          ),
        },
        {
          head: "",
          cell: (row) => (
            <Button
              kind="quiet"
              slim
              href={portalPath(c.get("app").id, `/payouts/${row.id}`)}
              about={words.about(row.id)}
            >
              {words.details}
            </Button>
          ),
        },
      ]}
    />
  );
}

function payoutPage(
  c: Context<PageEnv>,
  {
    payout,
    items,
    older,
    newest,
  }: { payout: Payout; items: readonly PayoutItem[]; older: string | null; newest: string | null },
) {
  const { currency } = payout;
  const { id, name } = c.get("app");
  const affiliate = c.get("affiliate");
  return page(
    c,
    portalHead(c, "payouts", {
      title: words.one(formatMoney(payout.amountCents, currency)),
      actions: (
        <Button kind="quiet" href={portalPath(id, "/payouts")}>
          {words.back}
        </Button>
      ),
    }),
    <div class="columns">
      <Letterhead
        title={words.letter(name)}
        facts={[
          [words.to, affiliate.name ?? affiliate.email ?? affiliate.id],
          [words.amount, <Money cents={payout.amountCents} currency={currency} />],
        ]}
      />
      <Card title={words.covers} lead={words.more}>
        <Table
          caption={words.covers}
          unseen
          rows={items}
          columns={[
            {
              head: words.what,
              cell: ({ conversionId }) =>
                conversionId === null ? (
                  words.correction
                ) : (
                  <a href={portalPath(id, `/commissions/${conversionId}`)}>
                    {words.commission} <code>{conversionId}</code>
                  </a>
                ),
            },
            { head: words.amount, end: true, cell: (row) => <Money cents={row.amountCents} currency={currency} /> },
          ]}
        />
        <Pager older={older} newest={newest} />
      </Card>
      <Card>
        <Facts
          facts={[
            [words.status, <PayoutBadge status={payout.status} />],
            [words.begun, <Time at={payout.createdAt} />],
            ...(payout.settledAt === null ? [] : [[words.settled, <Time at={payout.settledAt} />] as const]),
            [words.through, <Time at={startOfDay(payout.throughDay)} as="day" />],
            ...(payout.reference === null ? [] : [[words.reference, payout.reference] as const]),
            ...(payout.error === null ? [] : [[words.error, payout.error] as const]),
            ...(payout.returnedCents === 0
              ? []
              : [[words.returned, <Money cents={payout.returnedCents} currency={currency} />] as const]),
            [words.number, <code>{payout.id}</code>],
          ]}
        />
      </Card>
    </div>,
  );
}
