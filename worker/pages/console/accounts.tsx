import { type Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import type { Deps } from "../../deps.ts";
import { parseCurrency } from "../../domain/currency.ts";
import {
  readAccountConversions,
  readAccountScope,
  readAffiliateAccounts,
  readAppAccounts,
  type ScopeNames,
} from "../../services/books/read-accounts.ts";
import type { Account, AccountConversion, AccountSums } from "../../store/account-store.ts";
import { LEDGER } from "../../texts/console-ledger.ts";
import { Card, Empty, Money, Pager, Sum, Table, Time } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { notThere } from "../dashboard/program/form-state.tsx";
import { linksOf, placeIn, queryOf } from "../dashboard/program/paging.ts";
import { withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";
import { accountsPath, bookedConversionPath } from "./ledger-view.tsx";

const { accounts: words, head } = LEDGER;

interface Asked {
  readonly currency: string;
  readonly appId: string | null;
  readonly affiliateId: string | null;
}

interface Level {
  readonly sums: AccountSums;
  readonly title: string;
  readonly listTitle: string;
  readonly list: Child;
  readonly isEmpty: boolean;
  readonly next: { readonly at: number; readonly id: string } | null;
}

/** `/settings/affiliates/ledger/accounts`: a currency's sum, the apps it is made of, their creators, and each one's conversions. */
export function accountPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(consolePath("/ledger/accounts"), own, async (c) => {
    const given = queryOf(c, ["currency", "app_id", "affiliate_id"]);
    const currency = parseCurrency(given["currency"] ?? "");
    const asked = { appId: given["app_id"] ?? null, affiliateId: given["affiliate_id"] ?? null };
    if (currency === null || (asked.affiliateId !== null && asked.appId === null)) return notThere(c);
    const scope = await readAccountScope(deps, asked);
    if (!scope.ok) return pageRefusal(c, scope.failure);
    return show(c, { currency, ...asked }, scope.value);
  });

  return routes;

  async function show(c: Context<PageEnv>, asked: Asked, names: ScopeNames): Promise<Response> {
    const place = placeIn(c);
    if (!place.ok) return pageRefusal(c, place.failure);
    const level = await read(asked, names, place.value);
    const { currency } = asked;
    return page(
      c,
      consoleHead(c, "ledger", { title: level.title, lead: words.lead }),
      <div class="stack">
        <Trail asked={asked} names={names} />
        <div class="columns aside">
          <Card title={level.listTitle}>
            {level.isEmpty ? (
              <Empty title={words.none}>
                <p>{words.noneHow}</p>
              </Empty>
            ) : (
              level.list
            )}
            <Pager {...linksOf(c, { next: level.next })} />
          </Card>
          <div class="stack">
            <Card title={words.sum}>
              <Sums sums={level.sums} currency={currency} />
            </Card>
            <More asked={asked} />
          </div>
        </div>
      </div>,
    );
  }

  async function read(
    asked: Asked,
    { app, affiliate }: ScopeNames,
    place: { readonly after: { at: number; id: string } | null; readonly limit: number },
  ): Promise<Level> {
    const { currency, appId, affiliateId } = asked;
    const unit = currency.toUpperCase();
    const { limit, after } = place;
    const more = { currency, after, limit: limit + 1 };
    if (appId !== null && affiliateId !== null) {
      const { sums, conversions } = await readAccountConversions(deps, appId, { ...more, affiliateId });
      const shown = conversions.slice(0, limit);
      return {
        sums,
        title: words.conversions(affiliate ?? affiliateId, unit),
        listTitle: words.list.conversions,
        list: <Conversions appId={appId} currency={currency} conversions={shown} />,
        isEmpty: shown.length === 0,
        next: conversions.length > limit ? placeOf(shown.at(-1)) : null,
      };
    }
    const { sums, accounts } =
      appId === null ? await readAppAccounts(deps, more) : await readAffiliateAccounts(deps, appId, more);
    const shown = accounts.slice(0, limit);
    const last = shown.at(-1);
    return {
      sums,
      title: app === null ? words.apps(unit) : words.affiliates(app.name, unit),
      listTitle: app === null ? words.list.apps : words.list.affiliates,
      list: <Accounts asked={asked} accounts={shown} />,
      isEmpty: shown.length === 0,
      next: accounts.length > limit && last !== undefined ? { at: 0, id: last.id } : null,
    };
  }
}

function placeOf(last: AccountConversion | undefined) {
  return last === undefined ? null : { at: last.createdAt, id: last.id };
}

/** Where one has come from, level by level. */
function Trail({ asked: { currency, appId, affiliateId }, names }: { asked: Asked; names: ScopeNames }) {
  const steps = [
    [LEDGER.title, consolePath("/ledger")],
    ...(appId === null ? [] : [[currency.toUpperCase(), accountsPath({ currency })]]),
    ...(affiliateId === null ? [] : [[names.app?.name ?? "", accountsPath({ currency, appId })]]),
  ] as const;
  return (
    <nav class="small" aria-label={words.trail}>
      {steps.map(([name, href], index) => (
        <>
          {index === 0 ? null : " › "}
          <a href={href}>{name}</a>
        </>
      ))}
    </nav>
  );
}

/** An account's sums: what was earned, by how sure it is, to what is left. */
function Sums({ sums, currency }: { sums: AccountSums; currency: string }) {
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  const { clearCents, reviewCents, heldCents, adjustedCents, paidCents, feeCents } = sums;
  return (
    <>
      <Sum
        lines={[
          [words.clear, money(clearCents)],
          [words.review, money(reviewCents)],
          [words.held, money(heldCents)],
          [words.adjusted, money(adjustedCents)],
          [words.paid, money(-paidCents)],
          [words.left, money(clearCents + reviewCents + heldCents + adjustedCents - paidCents)],
        ]}
      />
      <p class="soft small">
        {words.fee}: {money(feeCents)}
      </p>
    </>
  );
}

function Accounts({ asked: { currency, appId }, accounts }: { asked: Asked; accounts: readonly Account[] }) {
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  const href = (id: string) =>
    appId === null ? accountsPath({ currency, appId: id }) : accountsPath({ currency, appId, affiliateId: id });
  return (
    <Table
      caption={appId === null ? words.list.apps : words.list.affiliates}
      unseen
      rows={accounts}
      columns={[
        {
          head: appId === null ? head.app : head.creator,
          cell: ({ id, name }) => <a href={href(id)}>{name ?? words.nameless}</a>,
        },
        { head: head.earned, end: true, cell: (one) => money(one.clearCents + one.reviewCents + one.heldCents) },
        { head: head.adjusted, end: true, cell: (one) => money(one.adjustedCents) },
        { head: head.paid, end: true, cell: (one) => money(one.paidCents) },
        { head: head.fee, end: true, cell: (one) => money(one.feeCents) },
      ]}
    />
  );
}

function Conversions({
  appId,
  currency,
  conversions,
}: {
  appId: string;
  currency: string;
  conversions: readonly AccountConversion[];
}) {
  const money = (cents: number) => <Money cents={cents} currency={currency} />;
  return (
    <Table
      caption={words.list.conversions}
      unseen
      rows={conversions}
      columns={[
        {
          head: head.at,
          cell: ({ id, createdAt }) => (
            <a href={bookedConversionPath(appId, id)}>
              <Time at={createdAt} />
            </a>
          ),
        },
        { head: head.customer, cell: ({ userId }) => <>{userId ?? words.erased}</> },
        { head: head.payment, end: true, cell: ({ capturedCents }) => money(capturedCents) },
        {
          head: head.refunded,
          end: true,
          cell: ({ refundedCents }) => (refundedCents === 0 ? <>{LEDGER.none}</> : money(refundedCents)),
        },
        { head: head.earned, end: true, cell: ({ netCents }) => money(netCents) },
        { head: head.fee, end: true, cell: ({ feeCents }) => money(feeCents) },
        { head: head.lane, cell: ({ lane, isVoid }) => <>{isVoid ? words.void : LEDGER.lanes[lane]}</> },
      ]}
    />
  );
}

/** Where the rest of an account is: what no conversion is part of. */
function More({ asked: { currency, appId, affiliateId } }: { asked: Asked }) {
  if (appId === null) return null;
  const all = withQuery(consolePath("/ledger"), { app_id: appId, affiliate_id: affiliateId, currency });
  const links = [
    [words.postings, all],
    ...(affiliateId === null
      ? []
      : [
          [words.corrections, withQuery(all, { kind: "correction" })],
          [words.payouts, withQuery(all, { kind: "payout" })],
          [words.program, appPath(appId, `/affiliates/${affiliateId}`)],
        ]),
  ] as const;
  return (
    <Card title={words.more}>
      <ul role="list" class="stack close">
        {links.map(([label, href]) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
