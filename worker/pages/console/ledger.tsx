import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { POSTING_KINDS } from "../../domain/posting.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { namePostings, readAccountScope, type ScopeNames } from "../../services/books/read-accounts.ts";
import { readCurrencies } from "../../services/books/read-books.ts";
import { readLedger } from "../../services/books/read-ledger.ts";
import {
  continueBooksCheck,
  readBooksCheck,
  readBooksChecks,
  startBooksCheck,
} from "../../services/books/run-books-check.ts";
import { LEDGER } from "../../texts/console-ledger.ts";
import { type LedgerQuery, parseLedgerQuery, parseLedgerQueryOfAll } from "../../wire/books.ts";
import { Card, Empty, Pager } from "../components/data.tsx";
import { Button, Field, FilterForm, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { idFrom, notThere } from "../dashboard/program/form-state.tsx";
import { linksOf, queryOf } from "../dashboard/program/paging.ts";
import { filled, sentBy } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { BooksCard, CheckView } from "./book-check-view.tsx";
import { consoleHead, consolePath } from "./head.ts";
import { Postings, Totals } from "./ledger-view.tsx";

/** What the list is narrowed to, as the query names it. */
const FILTERS = ["app_id", "affiliate_id", "currency", "kind"] as const;
type Filter = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

/** Movements of a page. */
const LIMIT = "50";

/** `/settings/affiliates/ledger`: what the books come to, whether they balance, and every movement with its cause. */
export function ledgerPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = consolePath("/ledger");

  routes.get(path, own, async (c) => {
    const filter: Filter = queryOf(c, FILTERS);
    const appId = filter.app_id ?? null;
    const query = queryIn(c, filter);
    if (!query.ok) return pageRefusal(c, query.failure);
    const scope = await readAccountScope(deps, { appId, affiliateId: query.value.affiliateId });
    if (!scope.ok) return pageRefusal(c, scope.failure);
    return show(c, { filter, appId, scope: scope.value, query: query.value });
  });

  routes.post(`${path}/checks`, own, async (c) => {
    const { app_id: appId = null } = filled(await sentBy(c));
    const started = await startBooksCheck(deps, { actor: actorOf(personOf(c)), appId });
    return started.ok ? c.redirect(checkPath(started.value.id), 303) : pageRefusal(c, started.failure);
  });

  routes.get(`${path}/checks/:checkId`, own, async (c) => {
    const id = idFrom(c, "checkId");
    const check = id === null ? null : await readBooksCheck(deps, id);
    if (check === null || !check.ok) return notThere(c);
    return page(
      c,
      consoleHead(c, "ledger", {
        title: LEDGER.check.pageTitle,
        actions: (
          <Button kind="quiet" href={path}>
            {LEDGER.check.back}
          </Button>
        ),
      }),
      <CheckView check={check.value} goOn={`${checkPath(check.value.id)}/go-on`} />,
    );
  });

  routes.post(`${path}/checks/:checkId/go-on`, own, async (c) => {
    const id = idFrom(c, "checkId");
    const check = id === null ? null : await continueBooksCheck(deps, id);
    return check?.ok === true ? c.redirect(checkPath(check.value.id), 303) : notThere(c);
  });

  return routes;

  function checkPath(id: string): string {
    return `${path}/checks/${id}`;
  }

  async function show(
    c: Context<PageEnv>,
    { filter, appId, scope, query }: { filter: Filter; appId: string | null; scope: ScopeNames; query: LedgerQuery },
  ): Promise<Response> {
    const [currencies, { postings, next }, checks] = await Promise.all([
      readCurrencies(deps, appId),
      readLedger(deps, appId, query),
      readBooksChecks(deps),
    ]);
    const names = await namePostings(deps, postings);
    const links = linksOf(c, { next });
    const isNarrowed = Object.keys(filter).length > 0;
    return page(
      c,
      consoleHead(c, "ledger", { title: LEDGER.title, lead: LEDGER.lead }),
      <div class="stack">
        <div class="columns aside">
          <Totals title={scope.app?.name ?? LEDGER.totals} currencies={currencies} appId={appId} />
          <BooksCard checks={checks} appId={appId} action={`${path}/checks`} checkPath={checkPath} />
        </div>
        <Card title={LEDGER.postings} lead={LEDGER.postingsLead}>
          <Narrow filter={filter} isNarrowed={isNarrowed} />
          {postings.length === 0 ? (
            <Empty title={LEDGER.noPostings}>
              <p>{links.older === null ? LEDGER.noPostingsHow : LEDGER.noPostingsHere}</p>
            </Empty>
          ) : (
            <Postings postings={postings} names={names} />
          )}
          <Pager {...links} />
        </Card>
      </div>,
    );
  }
}

function queryIn(c: Context<PageEnv>, filter: Filter) {
  const { app_id: appId, ...rest } = filter;
  const cursor = c.req.query("cursor");
  const asked = { ...rest, limit: LIMIT, ...(cursor === undefined || cursor === "" ? {} : { cursor }) };
  return (appId === undefined ? parseLedgerQueryOfAll : parseLedgerQuery)(asked);
}

function Narrow({ filter, isNarrowed }: { filter: Filter; isNarrowed: boolean }) {
  const kinds = POSTING_KINDS.map((value) => ({ value, label: LEDGER.kinds[value] }));
  return (
    <FilterForm action={consolePath("/ledger")} label={LEDGER.filter}>
      <Field name="app_id" label={LEDGER.fields.app} placeholder="app_…" value={filter.app_id} maxlength={80} />
      <Field
        name="affiliate_id"
        label={LEDGER.fields.affiliate}
        placeholder="aff_…"
        value={filter.affiliate_id}
        maxlength={80}
      />
      <Field name="currency" label={LEDGER.fields.currency} placeholder="usd" value={filter.currency} maxlength={3} />
      <Select
        name="kind"
        label={LEDGER.fields.kind}
        value={filter.kind ?? ""}
        options={[{ value: "", label: LEDGER.everything }, ...kinds]}
      />
      <Button kind="quiet">{LEDGER.show}</Button>
      {isNarrowed ? (
        <Button kind="text" href={consolePath("/ledger")}>
          {LEDGER.clear}
        </Button>
      ) : null}
    </FilterForm>
  );
}
