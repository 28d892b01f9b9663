import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import { readAccountScope, readPaymentNames } from "../../services/books/read-accounts.ts";
import { type ConversionExplanation, explainConversion } from "../../services/explain/explain-conversion.ts";
import { readLedger } from "../../services/books/read-ledger.ts";
import type { PaymentName } from "../../store/account-store.ts";
import type { Posting } from "../../store/ledger-store.ts";
import { CONVERSIONS } from "../../texts/conversions.ts";
import { LEDGER } from "../../texts/console-ledger.ts";
import { Card, Facts, Money, Pager, Sum, Table, Time } from "../components/data.tsx";
import { Button } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { appPath } from "../dashboard/head.ts";
import { Arithmetic } from "../dashboard/program/arithmetic.tsx";
import { idFrom, notThere } from "../dashboard/program/form-state.tsx";
import { linksOf } from "../dashboard/program/paging.ts";
import { withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { parseLedgerQuery } from "../../wire/books.ts";
import type { ConsoleGuards } from "./access.ts";
import { consoleHead, consolePath } from "./head.ts";
import { accountsPath, Amount, Cause, What } from "./ledger-view.tsx";

const { conversion: words, head } = LEDGER;

/** `/settings/affiliates/ledger/conversions/…`: the end of every sum: one customer's payment, its names, its movements. */
export function bookedConversionPages(deps: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  routes.get(consolePath("/ledger/conversions/:appId/:conversionId"), own, async (c) => {
    const [appId, conversionId] = [idFrom(c, "appId"), idFrom(c, "conversionId")];
    if (appId === null || conversionId === null) return notThere(c);
    const query = parseLedgerQuery({ ...cursorIn(c.req.query("cursor")), conversion_id: conversionId, limit: "100" });
    if (!query.ok) return pageRefusal(c, query.failure);
    const scope = await readAccountScope(deps, { appId, affiliateId: null });
    const app = scope.ok ? scope.value.app : null;
    if (app === null) return notThere(c);
    const explained = await explainConversion(deps, app, { conversionId, affiliateId: null });
    if (!explained.ok) return notThere(c);
    const explanation = explained.value;
    const { affiliateId, commission, paymentId } = explanation.conversion;
    const [names, { postings, next }] = await Promise.all([
      readPaymentNames(deps, appId, paymentId),
      readLedger(deps, appId, query.value),
    ]);
    const { currency, terms } = commission;
    return page(
      c,
      consoleHead(c, "ledger", {
        title: words.title(formatMoney(terms.capturedCents, currency)),
        lead: words.lead,
        actions: (
          <Button kind="quiet" href={appPath(appId, `/conversions/${conversionId}`)}>
            {words.more}
          </Button>
        ),
      }),
      <div class="stack">
        <p class="small">
          <a href={accountsPath({ currency, appId, affiliateId })}>{words.back}</a>
        </p>
        <div class="columns aside">
          <div class="stack">
            <Payment appId={appId} explanation={explanation} />
            <Names names={names} />
            <Movements postings={postings} links={linksOf(c, { next })} explanation={explanation} />
            <Returned explanation={explanation} />
          </div>
          <Arithmetic explanation={explanation} />
        </div>
      </div>,
    );
  });

  return routes;
}

function cursorIn(cursor: string | undefined) {
  return cursor === undefined || cursor === "" ? {} : { cursor };
}

function Payment({ appId, explanation }: { appId: string; explanation: ConversionExplanation }) {
  const { conversion, maturation } = explanation;
  const { id, userId, terms, currency } = conversion.commission;
  const asked = (user: string) => withQuery(appPath(appId, "/activity/explain"), { subject: "user", id: user });
  return (
    <Card title={words.payment}>
      <Facts
        facts={[
          [words.paid, <Money cents={terms.capturedCents} currency={currency} />],
          [words.customer, userId === null ? CONVERSIONS.erased : <a href={asked(userId)}>{userId}</a>],
          [words.when, <Time at={maturation.occurredAt} />],
          [words.number, <code>{id}</code>],
        ]}
      />
    </Card>
  );
}

function Names({ names }: { names: readonly PaymentName[] }) {
  if (names.length === 0) {
    return (
      <Card title={words.names}>
        <p class="soft">{words.noNames}</p>
      </Card>
    );
  }
  return (
    <Card title={words.names} lead={words.namesLead}>
      <Table
        caption={words.names}
        unseen
        rows={names}
        columns={[
          { head: words.name, cell: ({ ref }) => <code>{ref}</code> },
          { head: words.of, cell: (name) => <>{ownerOf(name)}</> },
        ]}
      />
    </Card>
  );
}

/** What Stripe names begins as Stripe's do; anything else is a backend's own number. */
function ownerOf({ ref, account, isLive }: PaymentName): string {
  return account !== null || /^(?:in|pi|ch|cs|py)_/.test(ref) ? words.stripe(account, isLive) : words.own;
}

function Movements({
  postings,
  links,
  explanation,
}: {
  postings: readonly Posting[];
  links: { readonly older: string | null; readonly newest: string | null };
  explanation: ConversionExplanation;
}) {
  const { currency, netCents } = explanation.conversion.commission;
  return (
    <Card title={words.postings} lead={words.postingsLead}>
      <Table
        caption={words.postings}
        unseen
        rows={postings}
        columns={[
          { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
          { head: head.what, cell: (posting) => <What posting={posting} /> },
          { head: head.amount, end: true, cell: (posting) => <Amount posting={posting} /> },
          { head: head.cause, cell: (posting) => <Cause posting={posting} /> },
        ]}
      />
      <Pager {...links} />
      <Sum lines={[[words.sum, <Money cents={netCents} currency={currency} />]]} />
    </Card>
  );
}

/** What took money back, by the names it has at Stripe. */
function Returned({ explanation: { conversion, details } }: { explanation: ConversionExplanation }) {
  const { currency } = conversion.commission;
  const rows = [
    ...details.refunds.map(({ id, stripeId, at, amountCents, status, currency: own }) => ({
      id: stripeId ?? id,
      at,
      what: words.refund,
      cents: Math.min(amountCents, conversion.commission.terms.capturedCents),
      currency: own ?? currency,
      status: CONVERSIONS.one.refundStates[status] ?? status,
    })),
    ...details.disputes.map(({ id, openedAt, amountCents, status, currency: own }) => ({
      id,
      at: openedAt,
      what: words.dispute,
      cents: amountCents,
      currency: own ?? currency,
      status: CONVERSIONS.one.disputeStates[status],
    })),
  ];
  if (rows.length === 0) return null;
  return (
    <Card title={words.returned}>
      <Table
        caption={words.returned}
        unseen
        rows={rows}
        columns={[
          { head: head.at, cell: ({ at }) => <Time at={at} /> },
          { head: head.what, cell: ({ what }) => <>{what}</> },
          { head: head.amount, end: true, cell: (row) => <Money cents={row.cents} currency={row.currency} /> },
          { head: words.id, cell: ({ id }) => <code>{id}</code> },
          { head: words.state, cell: ({ status }) => <>{status}</> },
        ]}
      />
    </Card>
  );
}
