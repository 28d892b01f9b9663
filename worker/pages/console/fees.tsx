import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { centsOf } from "../../domain/amount-text.ts";
import { parseCurrency } from "../../domain/currency.ts";
import { isoMonthName } from "../../domain/month-name.ts";
import type { Result } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { readAccountScope } from "../../services/books/read-accounts.ts";
import { readFeeStatements } from "../../services/books/read-fee-statement.ts";
import { readFeesOfAll } from "../../services/books/read-fees.ts";
import { recordCollection } from "../../services/books/record-collection.ts";
import { readApps } from "../../services/programs/read-apps.ts";
import type { App } from "../../store/app-store.ts";
import type { FeeSums } from "../../store/fee-store.ts";
import { FEES } from "../../texts/fees.ts";
import { feeStatementCsv } from "../../wire/fee-statement.ts";
import { pageOfApps, parseCollection, parseFeeMonth } from "../../wire/fees.ts";
import { type Month, monthOf } from "../../wire/time.ts";
import { Card, Empty, Money, Pager, Table } from "../components/data.tsx";
import { Button, Field, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { FeeStatementView, MonthPicker } from "../dashboard/program/fee-view.tsx";
import { feeFile } from "../dashboard/program/fees.tsx";
import {
  formState,
  idFrom,
  notThere,
  Outcome,
  statusOf,
  type Tried,
  wrongField,
} from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn } from "../dashboard/program/paging.ts";
import { filled, parsed, type Sent, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";

const words = FEES.statement;

/** `/settings/affiliates/fees`: what every app owes for the platform in a month, and one app's statement, with what was collected. */
export function feePages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = consolePath("/fees");

  routes.get(path, own, async (c) => {
    const month = monthIn(c);
    if (!month.ok) return pageRefusal(c, month.failure);
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const { limit } = place.value;
    const [apps, fees] = await Promise.all([
      readApps(deps, place.value),
      readFeesOfAll(deps, { ...month.value, ...place.value, limit: limit + 1 }),
    ]);
    const { items, nextCursor } = pageOfApps(fees, limit);
    const first = apps[0]?.createdAt ?? deps.now();
    return page(
      c,
      consoleHead(c, "fees", { title: FEES.title, lead: FEES.lead }),
      <div class="stack">
        <Card title={FEES.pick}>
          <MonthPicker action={path} chosen={month.value} since={first} now={deps.now()} />
        </Card>
        <Card title={`${FEES.list}, ${isoMonthName(month.value.name)}`}>
          {items.length === 0 ? (
            <Empty title={FEES.none}>
              <p>{FEES.noneHow}</p>
            </Empty>
          ) : (
            <ByApp fees={items} apps={apps} month={month.value} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
      </div>,
    );
  });

  routes.get(`${path}/:appId`, own, (c) => show(c));

  routes.get(`${path}/:appId/csv`, own, async (c) => {
    const [app, month] = [await appIn(c), monthIn(c)];
    if (app === null) return notThere(c);
    if (!month.ok) return pageRefusal(c, month.failure);
    const statements = await readFeeStatements(deps, app.id, month.value);
    return feeFile(c, await feeStatementCsv(statements, month.value), month.value.name);
  });

  routes.post(`${path}/:appId/collect`, own, async (c) => {
    const app = await appIn(c);
    if (app === null) return notThere(c);
    const sent = await sentBy(c);
    const collected = await collect(c, app, sent);
    if (!collected.ok) return show(c, { form: "collect", sent, failure: collected.failure });
    // It counts in the month it is recorded in.
    const { name } = monthOf(collected.value.collection.createdAt);
    return c.redirect(withQuery(statementPath(app.id, name), { done: "collected" }), 303);
  });

  return routes;

  function monthIn(c: Context<PageEnv>): Result<Month> {
    const { month } = c.req.query();
    return parseFeeMonth(filled({ month: month ?? "" }), deps.now());
  }

  async function appIn(c: Context<PageEnv>): Promise<App | null> {
    const appId = idFrom(c, "appId");
    const scope = appId === null ? null : await readAccountScope(deps, { appId, affiliateId: null });
    return scope?.ok === true ? scope.value.app : null;
  }

  async function collect(c: Context<PageEnv>, app: App, sent: Sent) {
    const { amount = "", currency = "", reason = "", once = "" } = sent;
    const known = parseCurrency(currency);
    const cents = known === null ? null : centsOf(amount, known);
    if (known !== null && (cents === null || cents === 0)) {
      return wrongField("amount", FEES.collect.amountProblem(known));
    }
    const body = { ...filled({ currency, reason, event_id: once }), app_id: app.id, amount_cents: cents ?? 0 };
    const call = parsed(body, parseCollection);
    if (!call.ok) return call;
    const { appId, ...what } = call.value;
    return recordCollection(deps, appId, { actor: actorOf(personOf(c)), call: what });
  }

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const [app, month] = [await appIn(c), monthIn(c)];
    if (app === null) return notThere(c);
    if (!month.ok) return pageRefusal(c, month.failure);
    const { name } = month.value;
    const statements = await readFeeStatements(deps, app.id, month.value);
    const here = `${path}/${app.id}`;
    return page(
      c,
      consoleHead(c, "fees", {
        title: words.title(isoMonthName(name)),
        lead: words.lead(app.name),
        actions: (
          <Button kind="quiet" href={withQuery(`${here}/csv`, { month: name })}>
            {words.download}
          </Button>
        ),
      }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={FEES.done} />
        <p class="small unprinted">
          <a href={withQuery(path, { month: name })}>{words.all}</a> ·{" "}
          <a href={withQuery(consolePath("/ledger"), { app_id: app.id })}>{words.ledger}</a>
        </p>
        <div class="columns aside">
          <div class="stack">
            <FeeStatementView app={app.name} month={month.value} statements={statements} />
          </div>
          <div class="stack unprinted">
            <Card title={FEES.pick}>
              <MonthPicker action={here} chosen={month.value} since={app.createdAt} now={deps.now()} />
            </Card>
            <Collect app={app} tried={tried} once={deps.newId("fee")} />
          </div>
        </div>
      </div>,
      statusOf(tried),
    );
  }
}

function statementPath(appId: string, month: string): string {
  return withQuery(consolePath(`/fees/${appId}`), { month });
}

function ByApp({ fees, apps, month }: { fees: readonly FeeSums[]; apps: readonly App[]; month: Month }) {
  const names = new Map(apps.map(({ id, name }) => [id, name]));
  return (
    <Table
      caption={FEES.list}
      unseen
      rows={fees}
      columns={[
        {
          head: FEES.app,
          cell: ({ app }) => <a href={statementPath(app.id, month.name)}>{names.get(app.id) ?? app.id}</a>,
        },
        { head: FEES.gross, end: true, cell: (one) => inCurrency(one.netCents + one.feeCents, one) },
        { head: FEES.fee, end: true, cell: (one) => inCurrency(one.feeCents, one) },
        { head: FEES.collected, end: true, cell: (one) => inCurrency(one.collectedCents, one) },
        { head: FEES.owed, end: true, cell: (one) => <strong>{inCurrency(one.owedCents, one)}</strong> },
      ]}
    />
  );
}

function inCurrency(cents: number, { currency }: FeeSums) {
  return <Money cents={cents} currency={currency} />;
}

/** `once` makes the form count once, however often it is sent. */
function Collect({ app, tried, once }: { app: App; tried: Tried | null; once: string }) {
  const { value, field } = formState(tried, "collect");
  const { collect } = FEES;
  return (
    <Card title={collect.title} lead={collect.lead}>
      <Form action={consolePath(`/fees/${app.id}/collect`)}>
        <input type="hidden" name="once" value={value("once", once)} />
        <Field {...field("amount")} label={collect.amount} hint={collect.amountHint} inputmode="decimal" required />
        <Field {...field("currency", app.currency)} label={collect.currency} maxlength={3} required />
        <Field {...field("reason")} label={collect.reason} hint={collect.reasonHint} maxlength={256} required />
        <div class="row">
          <Button>{collect.button}</Button>
        </div>
      </Form>
    </Card>
  );
}
