import { formatMoney } from "../../domain/currency.ts";
import { currencyDecimals } from "../../domain/currency.ts";
import { COMMON } from "../../texts/common.ts";
import { Table, Time } from "./data.tsx";

/** One line of a chart: a number for each day. With a `currency` they are minor units of it. */
export interface Series {
  readonly label: string;
  readonly values: readonly number[];
  readonly currency?: string;
}

/**
 * Numbers by day, as a table, and drawn above it where there is JavaScript. `days` are YYYY-MM-DD, oldest first; each series
 * has as many values. A page that has one says `chart: true`.
 */
export function Chart({ title, days, series }: { title: string; days: readonly string[]; series: readonly Series[] }) {
  const data = {
    days: days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1_000),
    series: series.map(({ label, values, currency }) => ({
      label,
      values,
      decimals: currency === undefined ? 0 : currencyDecimals(currency),
    })),
  };
  const rows = days.map((day, index) => ({ day, index })).toReversed();
  return (
    <figure>
      <figcaption class="unseen">{title}</figcaption>
      <div class="chart" data-chart={JSON.stringify(data)} aria-hidden="true"></div>
      <details open>
        <summary>{COMMON.asTable}</summary>
        <Table
          caption={title}
          unseen
          rows={rows}
          columns={[
            { head: COMMON.date, cell: ({ day }) => <Time at={`${day}T00:00:00Z`} as="day" /> },
            ...series.map(({ label, values, currency }) => ({
              head: label,
              end: true,
              cell: ({ index }: { index: number }) => numberOf(values[index] ?? 0, currency),
            })),
          ]}
        />
      </details>
    </figure>
  );
}

function numberOf(value: number, currency: string | undefined): string {
  return currency === undefined ? String(value) : formatMoney(value, currency);
}
