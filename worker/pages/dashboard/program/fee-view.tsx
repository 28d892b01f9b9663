import { isoMonthName } from "../../../domain/month-name.ts";
import { startOfDay } from "../../../domain/maturation.ts";
import type { FeeStatement } from "../../../services/books/read-fee-statement.ts";
import { FEES } from "../../../texts/fees.ts";
import { Card, Money, Sum, Table, Time } from "../../components/data.tsx";
import { Button, FilterForm, Select } from "../../components/form.tsx";
import { Letterhead } from "../../components/print.tsx";
import { type Month, monthOf } from "../../../wire/time.ts";

const words = FEES.statement;

/** Months that are offered, the newest first; an older one is asked for by its name in the address. */
const MAX_MONTHS = 36;

/** The platform's fee of one app in one month: per currency what was owed, every movement, and what is owed. It prints. */
export function FeeStatementView({
  app,
  month,
  statements,
}: {
  app: string;
  month: Month;
  statements: readonly FeeStatement[];
}) {
  return (
    <>
      <Letterhead
        title={words.name}
        facts={[
          [words.to, app],
          [words.period, isoMonthName(month.name)],
        ]}
      />
      {statements.map((statement) => (
        <section class="stack sheet">
          <Card title={words.sums(statement.currency.toUpperCase())}>
            <Sums statement={statement} />
          </Card>
          <Card title={words.lines(statement.currency.toUpperCase())}>
            {statement.lines.length === 0 ? <p class="soft">{words.empty}</p> : <Lines statement={statement} />}
          </Card>
        </section>
      ))}
    </>
  );
}

function Sums({ statement }: { statement: FeeStatement }) {
  const { currency, openingCents, feeCents, collectedCents, owedCents } = statement;
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  return (
    <Sum
      lines={[
        [words.opening, money(openingCents)],
        [words.fees, money(feeCents)],
        [words.collected, money(-collectedCents)],
        [words.closing, money(owedCents)],
      ]}
    />
  );
}

function Lines({ statement: { currency, lines } }: { statement: FeeStatement }) {
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  return (
    <Table
      caption={words.lines(currency.toUpperCase())}
      unseen
      rows={lines}
      columns={[
        {
          head: words.date,
          cell: (line) =>
            line.kind === "day" ? <Time at={startOfDay(line.day)} as="day" /> : <Time at={line.at} as="date" />,
        },
        { head: words.what, cell: (line) => <>{whatOf(line)}</> },
        {
          head: words.gross,
          end: true,
          cell: (line) => (line.kind === "day" ? money(line.netCents + line.feeCents) : <></>),
        },
        {
          head: words.amount,
          end: true,
          cell: (line) => money(line.kind === "day" ? line.feeCents : -line.amountCents),
        },
        { head: words.balance, end: true, cell: (line) => money(line.owedCents) },
      ]}
    />
  );
}

function whatOf(line: FeeStatement["lines"][number]): string {
  if (line.kind === "day") return line.feeCents + line.netCents < 0 ? words.taken : words.day;
  return line.amountCents < 0 ? words.given(line.reason) : words.received(line.reason);
}

/** Which month is shown: those since `since`, the newest first. */
export function MonthPicker({
  action,
  chosen,
  since,
  now,
}: {
  action: string;
  chosen: Month;
  since: number;
  now: number;
}) {
  const months = monthsSince(since, now);
  const offered = months.includes(chosen.name) ? months : [chosen.name, ...months];
  return (
    <FilterForm action={action} label={FEES.pick}>
      <Select
        name="month"
        label={FEES.month}
        value={chosen.name}
        options={offered.map((value) => ({ value, label: isoMonthName(value) }))}
      />
      <Button kind="quiet">{FEES.show}</Button>
    </FilterForm>
  );
}

function monthsSince(start: number, now: number): readonly string[] {
  const months: string[] = [];
  for (let month = monthOf(now); months.length < MAX_MONTHS; month = monthOf(month.start - 1)) {
    months.push(month.name);
    if (month.start <= start) break;
  }
  return months;
}
