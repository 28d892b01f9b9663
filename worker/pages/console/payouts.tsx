import { Hono } from "hono";
import { every } from "hono/combine";
import type { Deps } from "../../deps.ts";
import { type BatchOfAll, readAllBatches, readAllPayouts } from "../../services/payouts/read-all-payouts.ts";
import type { ListedPayout } from "../../store/console-payout-store.ts";
import { CONSOLE_PAYOUTS } from "../../texts/console-payouts.ts";
import { toPage } from "../../wire/page.ts";
import { parseBatchFilter, parsePayoutFilter } from "../../wire/payouts.ts";
import { appAccess, freshCode } from "../access.ts";
import { Card, Empty, Money, Pager, Table, Time } from "../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { batchPages } from "../dashboard/program/batch.tsx";
import { Outcome } from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn, queryOf } from "../dashboard/program/paging.ts";
import { PayoutState } from "../dashboard/program/parts.tsx";
import type { PayoutPlace } from "../dashboard/program/payout-place.ts";
import { payoutPages as onePayoutPages } from "../dashboard/program/payout.tsx";
import { payoutListPages } from "../dashboard/program/payouts.tsx";
import { BatchState } from "../dashboard/program/payouts-view.tsx";
import { appPath } from "../dashboard/head.ts";
import { parsed } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { AppFilter, readAppChoices } from "./app-filter.tsx";
import { consoleHead, consolePath } from "./head.ts";
import { payoutMakingPages } from "./payouts-new.tsx";
import { payoutPath, payoutsHead } from "./payouts-head.ts";

const { batches: BATCHES, payouts: PAYOUTS } = CONSOLE_PAYOUTS;
/** What is with the owner alone: all that is not about payouts, and the fees. */
const OWNERS_PAGES = /^\/(?!payouts)|^\/payouts\/fees/;

/** `/settings/affiliates/payouts…`: batches and payouts of all apps, making batches, and below each app the pages of its owner. */
export function payoutPages(deps: Deps, guards: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.route("/", payoutMakingPages(deps, guards));

  routes.get(consolePath("/payouts"), guards.own, async (c) => {
    const query = queryOf(c, ["app", "status"]);
    const filter = parsed(query["status"] === undefined ? {} : { status: query["status"] }, parseBatchFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const appId = query["app"] ?? null;
    const [rows, apps] = await Promise.all([
      readAllBatches(deps, { appId, status: filter.value.status, after, limit: limit + 1 }),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = toPage(rows, limit);
    return page(
      c,
      payoutsHead(c, "batches", {
        title: BATCHES.title,
        lead: BATCHES.lead,
        actions: <Button href={consolePath("/payouts/new")}>{BATCHES.make}</Button>,
      }),
      <div class="stack">
        <Outcome c={c} tried={null} done={CONSOLE_PAYOUTS.make.done} />
        <Card>
          <FilterForm action={consolePath("/payouts")} label={BATCHES.filter}>
            <AppFilter apps={apps} value={query["app"]} />
            <StatusFilter states={CONSOLE_PAYOUTS.batchStates} value={query["status"]} />
            <Button kind="quiet">{CONSOLE_PAYOUTS.show}</Button>
          </FilterForm>
          {items.length === 0 ? (
            <Empty title={BATCHES.none}>
              <p>{BATCHES.noneText}</p>
            </Empty>
          ) : (
            <Batches batches={items} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
    );
  });

  routes.get(consolePath("/payouts/all"), guards.own, async (c) => {
    const query = queryOf(c, ["app", "status", "q"]);
    const asked = query["status"] === undefined ? {} : { status: query["status"] };
    const filter = parsed(asked, parsePayoutFilter);
    if (!filter.ok) return pageRefusal(c, filter.failure);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit, after } = place.value;
    const about = { appId: query["app"] ?? null, status: filter.value.status, search: query["q"] ?? null };
    const [rows, apps] = await Promise.all([
      readAllPayouts(deps, { ...about, after, limit: limit + 1 }),
      readAppChoices(deps),
    ]);
    const { items, nextCursor } = toPage(rows, limit);
    return page(
      c,
      payoutsHead(c, "payouts", { title: PAYOUTS.title, lead: PAYOUTS.lead }),
      <Card>
        <FilterForm action={consolePath("/payouts/all")} label={PAYOUTS.filter}>
          <Field
            type="search"
            name="q"
            label={PAYOUTS.search}
            placeholder={PAYOUTS.searchHint}
            maxlength={254}
            value={query["q"] ?? ""}
          />
          <AppFilter apps={apps} value={query["app"]} />
          <StatusFilter states={CONSOLE_PAYOUTS.payoutStates} value={query["status"]} />
          <Button kind="quiet">{CONSOLE_PAYOUTS.show}</Button>
        </FilterForm>
        {items.length === 0 ? (
          <Empty title={PAYOUTS.none}>
            <p>{PAYOUTS.noneText}</p>
          </Empty>
        ) : (
          <Payouts payouts={items} />
        )}
        <Pager {...linksOf(c, { next: nextCursor })} />
      </Card>,
    );
  });

  const place = consolePlace(deps, guards);
  routes.route("/", payoutListPages(deps, place));
  routes.route("/", onePayoutPages(deps, place));
  routes.route("/", batchPages(deps, place));
  return routes;
}

/** An app's payouts in the console: what is not about payouts is with its owner, where an operator may look too. */
function consolePlace(deps: Deps, { own }: ConsoleGuards): PayoutPlace {
  const ofApp = every(own, appAccess(deps));
  return {
    path: consolePath("/payouts/:appId"),
    own: ofApp,
    pay: every(ofApp, freshCode(deps)),
    at: (appId, path) => (OWNERS_PAGES.test(path) ? appPath(appId, path) : payoutPath(appId, path)),
    head: (c, head) =>
      consoleHead(c, "payouts", {
        ...head,
        lead: (
          <>
            <a href={payoutPath(c.get("app").id, "/payouts")}>{c.get("app").name}</a>: {head.lead}
          </>
        ),
      }),
  };
}

function StatusFilter({ states, value }: { states: Readonly<Record<string, string>>; value: string | undefined }) {
  const options = Object.entries(states).map(([name, label]) => ({ value: name, label }));
  return (
    <Select
      name="status"
      label={CONSOLE_PAYOUTS.status}
      options={[{ value: "", label: CONSOLE_PAYOUTS.anyStatus }, ...options]}
      value={value ?? ""}
    />
  );
}

function Batches({ batches }: { batches: readonly BatchOfAll[] }) {
  const { head } = BATCHES;
  return (
    <Table
      caption={BATCHES.title}
      unseen
      rows={batches}
      columns={[
        { head: head.made, cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          head: head.app,
          cell: ({ appId, appName }) => <a href={payoutPath(appId, "/payouts")}>{appName}</a>,
        },
        { head: head.state, cell: (batch) => <State batch={batch} /> },
        {
          head: head.sum,
          end: true,
          cell: ({ sums }) =>
            sums.map(({ approvedCents, currency }) => (
              <div>
                <Money cents={approvedCents} currency={currency} />
              </div>
            )),
        },
        {
          head: head.lines,
          end: true,
          cell: ({ sums }) =>
            BATCHES.progress(
              sums.reduce((sum, { doneLines }) => sum + doneLines, 0),
              sums.reduce((sum, { lines }) => sum + lines, 0),
            ),
        },
        {
          head: "",
          end: true,
          cell: ({ appId, appName, id }) => (
            <Button
              kind="quiet"
              slim
              href={payoutPath(appId, `/payouts/${id}`)}
              about={`${BATCHES.ofApp(appName)} ${id}`}
            >
              {CONSOLE_PAYOUTS.open}
            </Button>
          ),
        },
      ]}
    />
  );
}

function State({ batch }: { batch: BatchOfAll }) {
  const failed = batch.sums.reduce((sum, { failedPayouts }) => sum + failedPayouts, 0);
  return (
    <>
      <BatchState status={batch.status} />
      {failed === 0 ? null : <div class="soft small">{BATCHES.failed(failed)}</div>}
    </>
  );
}

function Payouts({ payouts }: { payouts: readonly ListedPayout[] }) {
  const { head } = PAYOUTS;
  return (
    <Table
      caption={PAYOUTS.title}
      unseen
      rows={payouts}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.app, cell: ({ appId, appName }) => <a href={payoutPath(appId, "/payouts")}>{appName}</a> },
        {
          head: head.creator,
          cell: ({ appId, affiliateId, creator }) => (
            <a href={appPath(appId, `/affiliates/${affiliateId}`)}>{creator}</a>
          ),
        },
        {
          head: head.amount,
          end: true,
          cell: ({ amountCents, currency }) => <Money cents={amountCents} currency={currency} />,
        },
        { head: head.state, cell: ({ status }) => <PayoutState status={status} /> },
        {
          head: "",
          end: true,
          cell: ({ appId, id }) => (
            <Button kind="quiet" slim href={payoutPath(appId, `/payouts/payout/${id}`)} about={id}>
              {CONSOLE_PAYOUTS.open}
            </Button>
          ),
        },
      ]}
    />
  );
}
