import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import { dayOf, startOfDay } from "../../domain/maturation.ts";
import { type Activity, readActivity } from "../../services/affiliates/read-activity.ts";
import { readBalance } from "../../services/affiliates/read-affiliates.ts";
import { readCreditStanding } from "../../services/credits/read-credit-report.ts";
import type { CurrencyBalance } from "../../store/book-store.ts";
import type { CreditStanding } from "../../store/credit-report-store.ts";
import { CREDITS } from "../../texts/credits.ts";
import { PORTAL } from "../../texts/portal.ts";
import { linkOf, parseStatsRange } from "../../wire/affiliates.ts";
import { Chart } from "../components/chart.tsx";
import { Copy } from "../components/copy.tsx";
import { Badge, Card, Money, Notice, Stat, Stats, Table, Time } from "../components/data.tsx";
import { Button, Field, FilterForm } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { Qr } from "../components/qr.tsx";
import { Tabs } from "../components/tabs.tsx";
import type { PageEnv } from "../context.ts";
import { filled } from "../forms.ts";
import { Progress } from "./credits-view.tsx";
import { creatorOf, portalHead, portalPath } from "./head.ts";
import { StatusNotice } from "./states.tsx";

/** Ranges that are one click away. */
const RANGES = [7, 30, 90] as const;
/** Days that are named of what is still to come: of the others the sum tells. */
const MAX_NEXT = 2;

/** `/referrals/:appId`: the link, what it brought, and the money. */
export function overviewPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/", async (c) => {
    const creator = creatorOf(c);
    const range = rangeOf(c.req.query(), deps.now());
    const account = c.get("friendAccount");
    const [balances, activity, credits] = await Promise.all([
      readBalance(deps, creator),
      readActivity(deps, creator, range),
      account === null ? null : readCreditStanding(deps, creator.app.id, account),
    ]);
    const { status } = creator.affiliate;
    return page(
      c,
      portalHead(c, "overview", { title: creator.app.name, actions: <CashOutButton c={c} />, chart: true }),
      <div class="stack">
        {c.req.query("done") === "joined" && status === "active" ? <Welcome /> : null}
        <StatusNotice status={status} />
        <Share c={c} />
        {ownFirst(balances, creator.app.currency).map((balance) => (
          <Balance balance={balance} />
        ))}
        {credits === null ? null : <FriendCredits c={c} credits={credits} />}
        <ActivityCard c={c} activity={activity} range={range} now={deps.now()} />
        <Codes activity={activity} now={deps.now()} />
      </div>,
      range.isBad ? 400 : 200,
    );
  });

  return routes;
}

interface Range {
  readonly from: number;
  readonly to: number;
  /** The one-click range it is. */
  readonly days: number | null;
  /** It was asked for in a way that is none. */
  readonly isBad: boolean;
}

function rangeOf(query: Readonly<Record<string, string>>, now: number): Range {
  const { from, to, days } = filled(query);
  const chosen = RANGES.find((count) => String(count) === days);
  const today = dayOf(now);
  if (chosen !== undefined) return { from: today - chosen + 1, to: today, days: chosen, isBad: false };
  const parsed = parseStatsRange({ from, to }, now);
  if (!parsed.ok) return { from: today - 29, to: today, days: null, isBad: true };
  return { ...parsed.value, days: from === undefined && to === undefined ? 30 : null, isBad: false };
}

function Welcome() {
  const [title, text] = PORTAL.states.joined;
  return (
    <Notice tone="good" title={title}>
      <p>{text}</p>
    </Notice>
  );
}

function CashOutButton({ c }: { c: Context<PageEnv> }) {
  if (c.get("affiliate").status === "applied") return null;
  return <Button href={portalPath(c.get("app").id, "/cash-out")}>{PORTAL.balance.cashOut}</Button>;
}

/** The app's own currency, then the others. */
function ownFirst(balances: readonly CurrencyBalance[], own: string): readonly CurrencyBalance[] {
  return [
    ...balances.filter(({ currency }) => currency === own),
    ...balances.filter(({ currency }) => currency !== own),
  ];
}

function Balance({ balance }: { balance: CurrencyBalance }) {
  const { currency, pendingCents, availableCents, inReviewCents, heldCents, processingCents, paidCents } = balance;
  const words = PORTAL.balance;
  const earnedCents = pendingCents + availableCents + heldCents + paidCents;
  const free = availableCents - inReviewCents;
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  return (
    <section aria-label={words.in(currency.toUpperCase())}>
      <Stats>
        <Stat
          label={words.available}
          tone={free < 0 ? "bad" : "good"}
          note={free < 0 ? words.owed : words.availableNote}
        >
          {money(free)}
        </Stat>
        <Stat label={words.pending} note={<Next balance={balance} />}>
          {money(pendingCents)}
        </Stat>
        <Stat label={words.review} note={words.reviewNote}>
          {money(inReviewCents)}
        </Stat>
        <Stat label={words.held} note={words.heldNote}>
          {money(heldCents)}
        </Stat>
        <Stat label={words.processing} note={words.processingNote}>
          {money(processingCents)}
        </Stat>
        <Stat label={words.paid} note={words.earned(formatMoney(earnedCents, currency))}>
          {money(paidCents - processingCents)}
        </Stat>
      </Stats>
    </section>
  );
}

/** The other side of the program: what friends bring, beside the money and apart from it. */
function FriendCredits({ c, credits: { account } }: { c: Context<PageEnv>; credits: CreditStanding }) {
  const words = CREDITS.portal;
  const { id, credits, name } = c.get("app");
  const { balance = 0, earned = 0 } = account ?? {};
  return (
    <Card title={words.overview} lead={words.overviewLead}>
      <div class="columns">
        <Stats>
          <Stat
            label={words.balance}
            tone={balance < 0 ? "bad" : undefined}
            note={balance < 0 ? words.below : words.balanceNote(name)}
          >
            {CREDITS.number(balance)}
          </Stat>
        </Stats>
        <div class="stack close">
          <Progress earned={earned} cap={credits.cap} />
          <div class="row">
            <Button kind="quiet" href={portalPath(id, "/credits")}>
              {words.open}
            </Button>
          </div>
        </div>
      </div>
    </Card>
  );
}

/** When the next parts of what is pending become available. */
function Next({ balance: { next, currency } }: { balance: CurrencyBalance }) {
  if (next.length === 0) return <>{PORTAL.balance.pendingNote}</>;
  return (
    <>
      {next.slice(0, MAX_NEXT).map(({ availableAt, amountCents }, at) => (
        <>
          {at === 0 ? null : <br />}
          <Money cents={amountCents} currency={currency} />
          {PORTAL.balance.on}
          <Time at={availableAt} as="date" />
        </>
      ))}
    </>
  );
}

function Share({ c }: { c: Context<PageEnv> }) {
  const { app, affiliate } = creatorOf(c);
  const { share } = PORTAL;
  const link = linkOf(affiliate.ref, app);
  return (
    <Card title={share.title}>
      <div class="columns aside">
        <div class="stack close">
          {link === null ? <p class="soft">{share.noLink}</p> : <Copy value={link} label={share.link} />}
          <p>{share.hint(affiliate.ref, app.name)}</p>
          <Copy value={affiliate.ref} label={share.code} />
        </div>
        {link === null ? null : <Qr text={link} label={share.qr(link)} />}
      </div>
    </Card>
  );
}

function ActivityCard({
  c,
  activity,
  range,
  now,
}: {
  c: Context<PageEnv>;
  activity: Activity;
  range: Range;
  now: number;
}) {
  const words = PORTAL.chart;
  const path = portalPath(c.get("app").id, "");
  const days = Array.from({ length: range.to - range.from + 1 }, (_, at) => range.from + at);
  const counted = (of: "clicks" | "signups" | "conversions") =>
    days.map((day) => sumOf(activity.codeDays.filter((row) => row.day === day).map((row) => row[of])));
  const currencies = [...new Set([c.get("app").currency, ...activity.earnings.map(({ currency }) => currency)])];
  const names = days.map(dateOf);
  return (
    <Card title={words.title} id="activity">
      <nav aria-label={words.range}>
        <Tabs
          tabs={RANGES.map((count) => ({
            href: `${path}?days=${count}#activity`,
            label: words.last(count),
            current: range.days === count,
          }))}
        />
      </nav>
      <FilterForm action={path} label={words.range}>
        <Field name="from" type="date" label={words.from} value={dateOf(range.from)} max={dateOf(dayOf(now))} />
        <Field name="to" type="date" label={words.to} value={dateOf(range.to)} max={dateOf(dayOf(now))} />
        <Button kind="quiet">{words.show}</Button>
      </FilterForm>
      {range.isBad ? <Notice tone="bad">{words.badRange}</Notice> : null}
      {activity.isWhole ? null : <Notice tone="wait">{words.partial}</Notice>}
      <div class="columns">
        <div>
          <h3>{words.people}</h3>
          <Chart
            title={words.people}
            days={names}
            series={[
              { label: words.clicks, values: counted("clicks") },
              { label: words.signups, values: counted("signups") },
              { label: words.conversions, values: counted("conversions") },
            ]}
          />
        </div>
        {currencies.map((currency) => (
          <div>
            <h3>{words.earnings(currency.toUpperCase())}</h3>
            <Chart
              title={words.earnings(currency.toUpperCase())}
              days={names}
              series={[{ label: words.earned, values: earnedOn(days, activity, currency), currency }]}
            />
          </div>
        ))}
      </div>
    </Card>
  );
}

function earnedOn(days: readonly number[], { earnings }: Activity, currency: string): readonly number[] {
  const own = new Map(earnings.filter((row) => row.currency === currency).map((row) => [row.day, row.netCents]));
  return days.map((day) => own.get(day) ?? 0);
}

function Codes({ activity: { codes, codeDays }, now }: { activity: Activity; now: number }) {
  const words = PORTAL.codes;
  const of = (ref: string, what: "clicks" | "signups" | "conversions" | "refunds") =>
    sumOf(codeDays.filter((row) => row.ref === ref).map((row) => row[what]));
  return (
    <Card title={words.title} lead={words.lead}>
      <Table
        caption={words.title}
        unseen
        rows={codes}
        columns={[
          { head: words.code, cell: ({ ref }) => <code>{ref}</code> },
          {
            head: PORTAL.status,
            cell: ({ state, expiresAt }) => {
              const isExpired = state === "active" && expiresAt !== null && expiresAt <= now;
              return (
                <Badge tone={state === "active" && !isExpired ? "good" : undefined}>
                  {isExpired ? words.states.expired : words.states[state]}
                </Badge>
              );
            },
          },
          { head: PORTAL.chart.clicks, end: true, cell: ({ ref }) => of(ref, "clicks") },
          { head: PORTAL.chart.signups, end: true, cell: ({ ref }) => of(ref, "signups") },
          { head: PORTAL.chart.conversions, end: true, cell: ({ ref }) => of(ref, "conversions") },
          { head: PORTAL.chart.refunds, end: true, cell: ({ ref }) => of(ref, "refunds") },
        ]}
      />
    </Card>
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function dateOf(day: number): string {
  return new Date(startOfDay(day)).toISOString().slice(0, 10);
}
