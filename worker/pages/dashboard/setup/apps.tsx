import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { percentOf } from "../../../domain/percent.ts";
import { currencyCodes } from "../../../domain/currency.ts";
import { createOwnApp, mayCreateApps } from "../../../services/accounts/create-own-app.ts";
import { readMyApps } from "../../../services/accounts/read-my-apps.ts";
import { takeOnce } from "../../../services/accounts/take-once.ts";
import { actorOf } from "../../../services/accounts/person.ts";
import { changeFlags } from "../../../services/programs/change-flags.ts";
import type { CreatedApp } from "../../../services/programs/create-app.ts";
import type { App } from "../../../store/app-store.ts";
import { CONSOLE_APPS } from "../../../texts/console-apps.ts";
import { SETUP } from "../../../texts/setup.ts";
import { parsePage, toPage } from "../../../wire/page.ts";
import { parseNewApp } from "../../../wire/programs.ts";
import { signedIn } from "../../access.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Empty, Notice, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Choices, Field, Form, Select } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import { type PageEnv, personOf } from "../../context.ts";
import { filled, sentBy, withQuery, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { appPath } from "../head.ts";
import { DoneNotice, type Draft, goOn, Once, problem, refused, RefusedNotice, statusOf, stored } from "./parts.tsx";

const { apps: WORDS, create: CREATE } = SETUP;

/** Apps of one page of the list. */
const PAGE = 25;

/** `/apps` and `/apps/new`: which apps somebody runs, and one more. */
export function appsPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get("/apps", signedIn(), async (c) => {
    const person = personOf(c);
    const asked = parsePage({ cursor: c.req.query("cursor") });
    const after = asked.ok ? asked.value.after : null;
    const rows = await readMyApps(deps, person, { after, limit: PAGE + 1 });
    const { items, nextCursor } = toPage(rows, PAGE);
    const mayCreate = mayCreateApps(deps, person);
    const make = mayCreate ? <Button href="/apps/new">{WORDS.make}</Button> : undefined;
    const title = person.isOperator ? WORDS.titleOfAll : WORDS.title;
    return page(
      c,
      { title, lead: WORDS.lead, actions: items.length === 0 ? undefined : make },
      <div class="stack">
        <DoneNotice c={c} />
        {person.isOperator && !person.hasConsole ? <ConsoleHint /> : null}
        <Card>
          {items.length === 0 ? (
            <Empty title={WORDS.emptyTitle}>
              <p>{mayCreate ? WORDS.emptyOpen : WORDS.emptyClosed}</p>
              {make === undefined ? null : <div class="row">{make}</div>}
            </Empty>
          ) : (
            <Apps title={title} apps={items} />
          )}
          <Pager
            older={nextCursor === null ? null : withQuery("/apps", { cursor: nextCursor })}
            newest={after === null ? null : "/apps"}
          />
        </Card>
      </div>,
    );
  });

  routes.post("/apps/console", signedIn(), async (c) => {
    const person = personOf(c);
    if (!person.isOperator) return hidden(c);
    await changeFlags(deps, actorOf(person), { settingsAffiliates: true });
    return c.redirect("/settings/affiliates", 303);
  });

  routes.get("/apps/new", signedIn(), (c) => (mayCreateApps(deps, personOf(c)) ? form(c, BLANK) : hidden(c)));

  routes.post("/apps/new", signedIn(), async (c) => {
    const person = personOf(c);
    if (!mayCreateApps(deps, person)) return hidden(c);
    const sent = await sentBy(c);
    const { name, commission_percent, mode, currency, domain } = filled({ ...sent, domain: hostOf(sent["domain"]) });
    // The API takes a currency for granted. Here it is asked: an app cannot begin in the wrong one by oversight.
    const body = { name, commission_percent, mode, currency: currency ?? "", domain };
    const draft = parsed(body, parseNewApp);
    if (!draft.ok) return form(c, refused(sent, draft.failure));
    if (!(await takeOnce(deps, person, sent["once"] ?? ""))) return goOn(c, "/apps", "once");
    const created = await createOwnApp(deps, person, draft.value);
    if (created.ok) return ready(c, created.value);
    const { failure } = created;
    return form(c, refused(sent, failure.code === "rate_limited" ? { ...failure, message: CREATE.tooMany } : failure));
  });

  return routes;

  function form(c: Context<PageEnv>, draft: Draft) {
    const { failure } = draft;
    return page(
      c,
      { title: CREATE.title, lead: CREATE.lead, shape: "text" },
      <NewApp draft={draft} once={deps.newId("once")} />,
      failure === null ? 200 : statusOf(c, failure),
    );
  }
}

/** What the first operator of an installation needs to know: in production the console begins as switched off. */
function ConsoleHint() {
  const { hint } = CONSOLE_APPS;
  return (
    <Card title={hint.title} lead={hint.text}>
      <Form action="/apps/console" kind="row">
        <Button kind="quiet">{hint.button}</Button>
      </Form>
    </Card>
  );
}

/** Whoever may not make an app does not learn that somebody may. */
function hidden(c: Context<PageEnv>) {
  return pageRefusal(c, { code: "not_found", message: "No such page." });
}

const BLANK = stored({ mode: "live" });

function Apps({ title, apps }: { title: string; apps: readonly App[] }) {
  return (
    <Table
      caption={title}
      unseen
      rows={apps}
      columns={[
        {
          head: WORDS.name,
          cell: ({ id, name, mode }) => (
            <span class="row">
              <a href={appPath(id, "")}>
                <strong>{name}</strong>
              </a>
              {mode === "test" ? <Badge tone="wait">{WORDS.test}</Badge> : null}
            </span>
          ),
        },
        { head: WORDS.domain, cell: ({ domain }) => domain ?? <span class="soft">{WORDS.noDomain}</span> },
        { head: WORDS.currency, cell: ({ currency }) => currency.toUpperCase() },
        { head: WORDS.created, cell: ({ createdAt }) => <Time at={createdAt} as="date" /> },
        { head: WORDS.commission, end: true, cell: ({ rateBps }) => SETUP.percent(percentOf(rateBps)) },
      ]}
    />
  );
}

function NewApp({ draft, once }: { draft: Draft; once: string }) {
  const { values } = draft;
  return (
    <div class="stack">
      <RefusedNotice failure={draft.failure} />
      <Card>
        <Form action="/apps/new">
          <Once token={once} />
          <Field
            name="name"
            label={CREATE.name}
            hint={CREATE.nameHint}
            value={values["name"]}
            problem={problem(draft, "name")}
            required
            maxlength={256}
          />
          <Field
            name="domain"
            label={CREATE.domain}
            hint={CREATE.domainHint}
            value={values["domain"]}
            problem={problem(draft, "domain")}
            maxlength={256}
            autocomplete="url"
          />
          <Select
            name="currency"
            label={CREATE.currency}
            hint={CREATE.currencyHint}
            value={values["currency"] ?? ""}
            problem={problem(draft, "currency")}
            required
            options={[{ value: "", label: CREATE.choose }, ...currencyOptions()]}
          />
          <Field
            name="commission_percent"
            label={CREATE.commission}
            hint={CREATE.commissionHint}
            affix="%"
            inputmode="decimal"
            value={values["commission_percent"]}
            problem={problem(draft, "commission_percent")}
            required
          />
          <Choices
            name="mode"
            label={CREATE.mode}
            value={values["mode"]}
            problem={problem(draft, "mode")}
            options={[
              { value: "live", label: CREATE.live, hint: CREATE.liveHint },
              { value: "test", label: CREATE.test, hint: CREATE.testHint },
            ]}
          />
          <div class="row">
            <Button>{CREATE.submit}</Button>
          </div>
        </Form>
      </Card>
    </div>
  );
}

/** The answer to the form itself, and to nothing else: no address leads to it again. */
function ready(c: Context<PageEnv>, { app, secretKey }: CreatedApp) {
  c.header("Cache-Control", "no-store");
  return page(
    c,
    { title: CREATE.readyTitle(app.name), shape: "text" },
    <Card title={CREATE.secretTitle}>
      <Notice tone="wait">
        <p>{CREATE.secretLead}</p>
      </Notice>
      <Copy value={secretKey} label={CREATE.secretTitle} />
      <p>{CREATE.secretUse}</p>
      <p class="soft">{CREATE.lost}</p>
      <div class="row">
        <Button href={appPath(app.id, "")}>{CREATE.next}</Button>
      </div>
    </Card>,
  );
}

/** The common ones first, then all in their order. */
export function currencyOptions() {
  const common: readonly string[] = CREATE.commonCurrencies;
  const names = new Intl.DisplayNames("en", { type: "currency" });
  return [...common, ...currencyCodes().filter((code) => !common.includes(code))].map((code) => {
    const shown = code.toUpperCase();
    return { value: code, label: `${shown} – ${names.of(shown) ?? shown}` };
  });
}

/** The host of what somebody typed or pasted as their site. */
export function hostOf(typed: string | undefined): string {
  return (typed ?? "").replace(/^https?:\/\//i, "").replace(/[/?#].*$/, "");
}
