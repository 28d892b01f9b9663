import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { isoMonthName } from "../../domain/month-name.ts";
import { readBalance } from "../../services/affiliates/read-affiliates.ts";
import { readAccount } from "../../services/books/read-statement.ts";
import { PORTAL } from "../../texts/portal.ts";
import {
  parseStatementQuery,
  presentStatement,
  type StatementOf,
  type StatementQuery,
  statementCsv,
} from "../../wire/account-statement.ts";
import { toPage } from "../../wire/page.ts";
import { monthOf } from "../../wire/time.ts";
import { Card, Empty, Money, Pager, Sum, Table, Time } from "../components/data.tsx";
import { Button, FilterForm, Select } from "../components/form.tsx";
import { Letterhead } from "../components/print.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { filled, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { creatorOf, portalHead, portalPath } from "./head.ts";

/** Months that are offered, the newest first; an older one is asked for by its name in the address. */
const MAX_MONTHS = 36;

const words = PORTAL.statements;

/** `/referrals/:appId/statements`: every movement of a month, and the same as a file. */
export function statementPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/statements", async (c) => {
    const query = parseStatementQuery(filled(c.req.query()), deps.now());
    if (!query.ok) return pageRefusal(c, query.failure);
    const { month } = query.value;
    const { account, of, nextCursor } = await read(c, query.value);
    const balances = await readBalance(deps, creatorOf(c));
    const statement = presentStatement(account, of);
    const { id } = c.get("app");
    const chosen = { month: month.name, currency: of.currency };
    const here = withQuery(portalPath(id, "/statements"), chosen);
    const file = (
      <Button kind="quiet" href={withQuery(portalPath(id, "/statements.csv"), chosen)}>
        {words.download}
      </Button>
    );
    return page(
      c,
      portalHead(c, "statements", { title: words.title, lead: words.lead, actions: file }),
      <div class="stack">
        <Letterhead
          title={words.letter(c.get("app").name)}
          facts={[
            [words.to, c.get("affiliate").name ?? c.get("affiliate").email ?? of.affiliateId],
            [words.period, `${isoMonthName(month.name)}, ${of.currency.toUpperCase()}`],
          ]}
        />
        <div class="columns">
          <Card title={words.pick}>
            <Picker c={c} chosen={chosen} now={deps.now()} currencies={balances.map(({ currency }) => currency)} />
          </Card>
          <Card>
            <Totals statement={statement} />
          </Card>
        </div>
        <Card title={words.lines}>
          {statement.lines.length === 0 ? <NoLines /> : <Lines c={c} statement={statement} />}
          <Pager
            older={nextCursor === null ? null : withQuery(here, { cursor: nextCursor })}
            newest={query.value.after === null ? null : here}
          />
        </Card>
      </div>,
    );
  });

  routes.get("/statements.csv", async (c) => {
    const query = parseStatementQuery({ ...filled(c.req.query()), format: "csv" }, deps.now());
    if (!query.ok) return pageRefusal(c, query.failure);
    const { account, of, nextCursor } = await read(c, query.value);
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="statement-${of.month.name}-${of.currency}.csv"`);
    const edges = { isContinuation: query.value.after !== null, continues: nextCursor !== null };
    return c.body(await statementCsv(account, of, edges));
  });

  return routes;

  async function read(c: Context<PageEnv>, { month, currency: asked, after, limit }: StatementQuery) {
    const creator = creatorOf(c);
    const currency = asked ?? creator.app.currency;
    const span = { currency, start: month.start, end: month.end, after, limit: limit + 1 };
    const account = await readAccount(deps, creator, span);
    const { items, nextCursor } = toPage(account.lines, limit);
    const pages = `${deps.config.publicUrl}${portalPath(creator.app.id, "")}`;
    const of: StatementOf = {
      affiliateId: creator.affiliate.id,
      currency,
      month,
      publicUrl: deps.config.publicUrl,
      explainAt: ({ conversionId, payoutId }) =>
        conversionId !== null ? `${pages}/commissions/${conversionId}` : payoutId && `${pages}/payouts/${payoutId}`,
    };
    return { account: { ...account, lines: items }, of, nextCursor };
  }
}

type Presented = ReturnType<typeof presentStatement>;

function NoLines() {
  return (
    <Empty title={words.empty}>
      <p>{words.emptyHow}</p>
    </Empty>
  );
}

function Lines({ c, statement }: { c: Context<PageEnv>; statement: Presented }) {
  const { lines, currency } = statement;
  const { id } = c.get("app");
  return (
    <Table
      caption={words.lines}
      unseen
      rows={lines}
      columns={[
        { head: words.date, cell: (line) => <Time at={line.at} /> },
        {
          head: words.what,
          cell: (line) => <What line={line} appId={id} />,
        },
        { head: words.amount, end: true, cell: (line) => <Money cents={line.amount_cents} currency={currency} /> },
        { head: words.balance, end: true, cell: (line) => <Money cents={line.balance_cents} currency={currency} /> },
      ]}
    />
  );
}

function What({ line, appId }: { line: Presented["lines"][number]; appId: string }) {
  if (line.conversion_id !== null) {
    return <a href={portalPath(appId, `/commissions/${line.conversion_id}`)}>{line.description}</a>;
  }
  if (line.payout_id !== null) return <a href={portalPath(appId, `/payouts/${line.payout_id}`)}>{line.description}</a>;
  return <>{line.description}</>;
}

function Totals({ statement }: { statement: Presented }) {
  const { currency } = statement;
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  return (
    <Sum
      lines={[
        [words.opening, money(statement.opening_cents)],
        [words.earned, money(statement.earned_cents)],
        [words.adjusted, money(statement.adjusted_cents)],
        [words.paid, money(-statement.paid_cents)],
        [words.closing, money(statement.closing_cents)],
      ]}
    />
  );
}

function Picker({
  c,
  chosen,
  now,
  currencies,
}: {
  c: Context<PageEnv>;
  chosen: { readonly month: string; readonly currency: string };
  now: number;
  currencies: readonly string[];
}) {
  const { id } = c.get("app");
  const months = monthsSince(c.get("affiliate").createdAt, now);
  const offered = months.includes(chosen.month) ? months : [chosen.month, ...months];
  return (
    <FilterForm action={portalPath(id, "/statements")} label={words.pick}>
      <Select
        name="month"
        label={words.month}
        value={chosen.month}
        options={offered.map((value) => ({ value, label: isoMonthName(value) }))}
      />
      {currencies.length < 2 ? null : (
        <Select
          name="currency"
          label={words.currency}
          value={chosen.currency}
          options={currencies.map((value) => ({ value, label: value.toUpperCase() }))}
        />
      )}
      <Button kind="quiet">{words.show}</Button>
    </FilterForm>
  );
}

/** The months from an instant's to now's, the newest first. */
function monthsSince(start: number, now: number): readonly string[] {
  const months: string[] = [];
  for (let month = monthOf(now); months.length < MAX_MONTHS; month = monthOf(month.start - 1)) {
    months.push(month.name);
    if (month.start <= start) break;
  }
  return months;
}
