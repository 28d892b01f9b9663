import type { Child } from "hono/jsx";
import { formatMoney } from "../../domain/currency.ts";
import { COMMON } from "../../texts/common.ts";

/** A part of a page with a heading. */
export function Card({
  title,
  lead,
  aside,
  danger = false,
  id,
  children,
}: {
  title?: string;
  lead?: Child;
  aside?: Child;
  danger?: boolean;
  id?: string;
  children?: Child;
}) {
  return (
    <section class={danger ? "card danger" : "card"} id={id}>
      {title === undefined ? null : (
        <header>
          <h2>{title}</h2>
          {aside}
          {lead === undefined ? null : <p>{lead}</p>}
        </header>
      )}
      {children}
    </section>
  );
}

/** Numbers one sees first, beside each other. */
export function Stats({ children }: { children?: Child }) {
  return <dl class="stats">{children}</dl>;
}

/** One number with what it is, and a line on it. */
export function Stat({
  label,
  note,
  tone,
  children,
}: {
  label: string;
  note?: Child;
  tone?: "good" | "bad" | undefined;
  children?: Child;
}) {
  return (
    <div class={tone === undefined ? "stat" : `stat ${tone}`}>
      <dt>{label}</dt>
      <dd>{children}</dd>
      {note === undefined ? null : <dd>{note}</dd>}
    </div>
  );
}

/** An amount of minor units with its currency. */
export function Money({ cents, currency }: { cents: number; currency: string }) {
  return <span>{formatMoney(cents, currency)}</span>;
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/**
 * An instant, epoch milliseconds or ISO 8601: in UTC, and in the viewer's own zone where there is JavaScript. `day`: a UTC
 * day, which is the same in every zone.
 */
export function Time({ at, as = "moment" }: { at: number | string; as?: "moment" | "date" | "day" }) {
  const instant = new Date(at);
  const datetime = instant.toISOString();
  if (as === "day") return <time datetime={datetime.slice(0, 10)}>{DATE.format(instant)}</time>;
  const said = as === "date" ? DATE.format(instant) : `${MOMENT.format(instant)} ${COMMON.utc}`;
  return (
    <time datetime={datetime} data-local={as}>
      {said}
    </time>
  );
}

export type Tone = "good" | "wait" | "bad" | "accent";

/** One or two words that say how something stands. */
export function Badge({ tone, children }: { tone?: Tone | undefined; children?: Child }) {
  return <span class={tone === undefined ? "badge" : `badge ${tone}`}>{children}</span>;
}

/** A message about the page. `bad` ones are read out at once. */
export function Notice({
  tone,
  title,
  children,
}: {
  tone?: "good" | "wait" | "bad";
  title?: string;
  children?: Child;
}) {
  return (
    <div class={tone === undefined ? "notice" : `notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      {title === undefined ? null : (
        <p>
          <strong>{title}</strong>
        </p>
      )}
      {children}
    </div>
  );
}

/** Where a list will be: why there is nothing, and what one can do. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What something is, as pairs. */
export function Facts({ facts }: { facts: readonly (readonly [string, Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, fact]) => (
        <div>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Amounts that add up; the last is their sum, but of those that are `isEven`, which only stand below each other. */
export function Sum({ lines, isEven = false }: { lines: readonly (readonly [Child, Child])[]; isEven?: boolean }) {
  return (
    <dl class="sum">
      {lines.map(([name, amount], index) => (
        <div class={index === lines.length - 1 && !isEven ? "total" : undefined}>
          <dt>{name}</dt>
          <dd>{amount}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Column<Row> {
  /** Empty for a column of buttons. */
  readonly head: string;
  readonly cell: (row: Row) => Child;
  /** Numbers stand at the end. */
  readonly end?: boolean;
}

/** Rows of something; on a phone each row is a card that repeats the headings. The caption names the table. */
export function Table<Row>({
  caption,
  columns,
  rows,
  unseen = false,
}: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** True where the heading above says the same. */
  unseen?: boolean;
}) {
  // As cards, browsers forget that these are a table: the roles say it again.
  return (
    <table class="table" role="table">
      <caption class={unseen ? "unseen" : undefined}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, end }) => (
            <th scope="col" role="columnheader" class={end === true ? "end" : undefined}>
              {head === "" ? <span class="unseen">{COMMON.actions}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            {columns.map(({ head, cell, end }) => (
              <td role="cell" data-head={head} class={end === true ? "end" : undefined}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The way on in a list: `older` is the next page, `newest` the first one, where the reader is not there. */
export function Pager({ older, newest }: { older: string | null; newest: string | null }) {
  if (older === null && newest === null) return null;
  return (
    <nav class="pager" aria-label={COMMON.pages}>
      {newest === null ? <span></span> : <a href={newest}>{COMMON.newest}</a>}
      {older === null ? null : (
        <a href={older} rel="next">
          {COMMON.older}
        </a>
      )}
    </nav>
  );
}
