import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { type Flag, FLAGS } from "../../domain/flags.ts";
import { parsePercent, percentOf } from "../../domain/percent.ts";
import { ok, type Result } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { readMyApp } from "../../services/accounts/read-my-apps.ts";
import { type AppLine, MAX_COUNTED, readAppLine, readAppLines } from "../../services/operations/read-console.ts";
import { changeFlags } from "../../services/programs/change-flags.ts";
import { readPlatformFlags } from "../../services/programs/read-flags.ts";
import { updateApp } from "../../services/programs/update-app.ts";
import type { App } from "../../store/app-store.ts";
import type { FlagChange } from "../../store/flag-store.ts";
import { CONSOLE_APPS as WORDS, CONSOLE_OVERVIEW } from "../../texts/console-apps.ts";
import { toPage } from "../../wire/page.ts";
import { Badge, Card, Empty, Facts, Money, Pager, Table, Time } from "../components/data.tsx";
import { Button, Choice, Field, FilterForm, Form, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import {
  formState,
  idFrom,
  notThere,
  Outcome,
  statusOf,
  type Tried,
  wrongField,
} from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn, queryOf } from "../dashboard/program/paging.ts";
import { type Sent, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";
import { SumsOf } from "./overview.tsx";

/** Apps of a page: each is read with its sums and its creators. */
const PAGE = 25;
const PATH = consolePath("/apps");
const ONE = `${PATH}/:appId`;

/** `/settings/affiliates/apps`: every app, what the platform takes of it, and what is switched on for it and for all. */
export function consoleAppPages(deps: Deps, { own, fresh }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(PATH, own, async (c) => {
    const place = placeIn(c, { limit: PAGE });
    if (!place.ok) return pageRefusal(c, place.failure);
    const { q: text = "" } = queryOf(c, ["q"]);
    const { limit, after } = place.value;
    const [lines, { own: set }] = await Promise.all([
      readAppLines(deps, { text: text.slice(0, 256), after, limit: limit + 1 }),
      readPlatformFlags(deps),
    ]);
    const { items, nextCursor } = toPage(
      lines.map((line) => ({ ...line, id: line.app.id, createdAt: line.app.createdAt })),
      limit,
    );
    return page(
      c,
      consoleHead(c, "apps", { title: WORDS.title, lead: WORDS.lead }),
      <div class="stack">
        <Outcome c={c} tried={null} done={WORDS.done} />
        <Card>
          <FilterForm action={PATH} label={WORDS.filter}>
            <Field type="search" name="q" label={WORDS.search} hint={WORDS.searchHint} value={text} maxlength={256} />
            <Button kind="quiet">{WORDS.find}</Button>
          </FilterForm>
          {items.length === 0 ? (
            <Empty title={WORDS.none}>
              <p>{WORDS.noneText}</p>
            </Empty>
          ) : (
            <List lines={items} defaultFeeBps={deps.config.platformFeeBps} />
          )}
          <Pager {...linksOf(c, { next: nextCursor })} />
        </Card>
        <Card title={WORDS.installation} lead={WORDS.installationLead}>
          <Flags
            action={`${PATH}/flags`}
            set={set}
            hints={WORDS.installationHints}
            otherwise={(flag) => WORDS.environment(deps.config.flags[flag])}
          />
        </Card>
      </div>,
    );
  });

  routes.post(`${PATH}/flags`, own, async (c) => {
    await changeFlags(deps, actorOf(personOf(c)), flagsIn(await sentBy(c)));
    // Where the console itself is switched off, its pages are gone.
    const { flags } = await readPlatformFlags(deps);
    return c.redirect(withQuery(flags.settingsAffiliates.enabled ? PATH : "/apps", { done: "flags" }), 303);
  });

  routes.get(ONE, own, async (c) => {
    const app = await find(c);
    return app === null ? notThere(c) : show(c, app, null);
  });

  routes.post(`${ONE}/money`, fresh, async (c) => {
    const app = await find(c);
    if (app === null) return notThere(c);
    const sent = await sentBy(c);
    const settings = moneyIn(sent);
    if (!settings.ok) return show(c, app, { form: "money", sent, failure: settings.failure });
    const changed = await updateApp(deps, actorOf(personOf(c)), app.id, { settings: settings.value, flags: {} });
    return changed.ok ? c.redirect(withQuery(`${PATH}/${app.id}`, { done: "money" }), 303) : notThere(c);
  });

  routes.post(`${ONE}/flags`, own, async (c) => {
    const app = await find(c);
    if (app === null) return notThere(c);
    const flags = flagsIn(await sentBy(c));
    const changed = await updateApp(deps, actorOf(personOf(c)), app.id, { settings: {}, flags });
    return changed.ok ? c.redirect(withQuery(`${PATH}/${app.id}`, { done: "flags" }), 303) : notThere(c);
  });

  return routes;

  async function find(c: Context<PageEnv>): Promise<App | null> {
    const id = idFrom(c, "appId");
    return id === null ? null : readMyApp(deps, personOf(c), id);
  }

  async function show(c: Context<PageEnv>, app: App, tried: Tried | null): Promise<Response> {
    const [line, { flags }] = await Promise.all([readAppLine(deps, app), readPlatformFlags(deps)]);
    return page(
      c,
      consoleHead(c, "apps", {
        title: app.name,
        actions: (
          <>
            <Button kind="quiet" href={withQuery(consolePath("/affiliates"), { app: app.id })}>
              {WORDS.creators}
            </Button>
            <Button kind="quiet" href={appPath(app.id, "/settings/payouts")}>
              {WORDS.policy}
            </Button>
            <Button kind="quiet" href={appPath(app.id, "")}>
              {WORDS.dashboard}
            </Button>
          </>
        ),
      }),
      <div class="stack">
        <p class="small">
          <a href={PATH}>{WORDS.back}</a>
        </p>
        <Outcome c={c} tried={tried} done={WORDS.done} />
        {line.sums.map((sums) => (
          <SumsOf sums={sums} />
        ))}
        <div class="columns aside">
          <div class="stack">
            <MoneyForm app={app} tried={tried} defaultFeeBps={deps.config.platformFeeBps} />
            <Card title={WORDS.flags} lead={WORDS.flagsLead}>
              <Flags
                action={`${PATH}/${app.id}/flags`}
                set={{
                  platformReferrals: app.flags.platformReferrals.app,
                  settingsAffiliates: app.flags.settingsAffiliates.app,
                }}
                hints={WORDS.flagHints}
                otherwise={(flag) => WORDS.follow(flags[flag].enabled)}
              />
            </Card>
          </div>
          <About line={line} />
        </div>
      </div>,
      statusOf(tried),
    );
  }
}

function List({ lines, defaultFeeBps }: { lines: readonly AppLine[]; defaultFeeBps: number }) {
  const { head } = WORDS;
  return (
    <Table
      caption={WORDS.list}
      unseen
      rows={lines}
      columns={[
        {
          head: head.app,
          cell: ({ app: { id, name, mode } }) => (
            <span class="row">
              <a href={`${PATH}/${id}`}>
                <strong>{name}</strong>
              </a>
              {mode === "test" ? <Badge tone="wait">{WORDS.modes.test}</Badge> : null}
            </span>
          ),
        },
        { head: head.fee, end: true, cell: ({ app }) => <Fee app={app} defaultFeeBps={defaultFeeBps} /> },
        { head: head.payer, cell: ({ app }) => <>{WORDS.payers[app.operatorFunded ? "operator" : "app"]}</> },
        { head: head.affiliates, end: true, cell: (line) => <Creators line={line} /> },
        { head: head.gross, end: true, cell: ({ sums }) => <Gross sums={sums} /> },
        { head: head.created, cell: ({ app }) => <Time at={app.createdAt} as="date" /> },
      ]}
    />
  );
}

function Fee({ app, defaultFeeBps }: { app: App; defaultFeeBps: number }) {
  return (
    <>
      {WORDS.percent(percentOf(app.platformFeeBps ?? defaultFeeBps))}
      {app.platformFeeBps === null ? <div class="soft small">{WORDS.byDefault}</div> : null}
    </>
  );
}

function Creators({ line: { app, affiliates } }: { line: AppLine }) {
  const said = affiliates >= MAX_COUNTED ? CONSOLE_OVERVIEW.atLeast(affiliates) : affiliates.toLocaleString("en");
  return <a href={withQuery(consolePath("/affiliates"), { app: app.id })}>{said}</a>;
}

function Gross({ sums }: { sums: AppLine["sums"] }) {
  return (
    <>
      {sums.map(({ capturedCents, refundedCents, currency }) => (
        <div>
          <Money cents={capturedCents - refundedCents} currency={currency} />
        </div>
      ))}
    </>
  );
}

function About({ line }: { line: AppLine }) {
  const { id, domain, currency, rateBps, createdAt, mode } = line.app;
  const { facts } = WORDS;
  return (
    <Card>
      <Facts
        facts={[
          [facts.mode, WORDS.modes[mode]],
          [facts.domain, domain ?? WORDS.noDomain],
          [facts.currency, currency.toUpperCase()],
          [facts.rate, WORDS.percent(percentOf(rateBps))],
          [WORDS.head.affiliates, <Creators line={line} />],
          [facts.created, <Time at={createdAt} as="date" />],
          [facts.id, <code>{id}</code>],
        ]}
      />
    </Card>
  );
}

function MoneyForm({ app, tried, defaultFeeBps }: { app: App; tried: Tried | null; defaultFeeBps: number }) {
  const { field } = formState(tried, "money");
  const isFunded = tried?.form === "money" ? tried.sent["operator_funded"] !== undefined : app.operatorFunded;
  return (
    <Card title={WORDS.money} lead={WORDS.moneyLead}>
      <Form action={`${PATH}/${app.id}/money`}>
        <Field
          {...field("fee", app.platformFeeBps === null ? "" : String(percentOf(app.platformFeeBps)))}
          label={WORDS.feeField}
          hint={WORDS.feeHint(percentOf(defaultFeeBps))}
          affix="%"
          inputmode="decimal"
        />
        <Choice name="operator_funded" label={WORDS.funded} hint={WORDS.fundedHint} checked={isFunded} />
        <div class="row">
          <Button>{WORDS.save}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Flags({
  action,
  set,
  hints,
  otherwise,
}: {
  action: string;
  set: Readonly<Record<Flag, boolean | null>>;
  hints: Readonly<Record<Flag, string>>;
  otherwise: (flag: Flag) => string;
}) {
  return (
    <Form action={action}>
      {FLAGS.map((flag) => (
        <Select
          name={flag}
          label={WORDS.flagNames[flag]}
          hint={hints[flag]}
          value={set[flag] === null ? "" : set[flag] ? "on" : "off"}
          options={[
            { value: "", label: otherwise(flag) },
            { value: "on", label: WORDS.on },
            { value: "off", label: WORDS.off },
          ]}
        />
      ))}
      <div class="row">
        <Button kind="quiet">{WORDS.save}</Button>
      </div>
    </Form>
  );
}

/** What a form says of each flag; one that it does not name stays. */
function flagsIn(sent: Sent): FlagChange {
  const said = FLAGS.flatMap((flag) =>
    sent[flag] === undefined ? [] : [[flag, WORD_OF[sent[flag]] ?? null] as const],
  );
  return Object.fromEntries(said);
}

const WORD_OF: Readonly<Record<string, boolean | null>> = { on: true, off: false };

function moneyIn(sent: Sent): Result<{ readonly platform_fee_bps: number | null; readonly operator_funded: number }> {
  const { fee = "", operator_funded } = sent;
  const bps = fee === "" ? null : parsePercent(fee);
  if (fee !== "" && bps === null) return wrongField("fee", WORDS.feeProblem);
  return ok({ platform_fee_bps: bps, operator_funded: operator_funded === undefined ? 0 : 1 });
}
