import { causeKindOf } from "../../domain/posting.ts";
import { formatMoney } from "../../domain/currency.ts";
import { keyOfAccount } from "../../services/books/read-accounts.ts";
import type { Posting } from "../../store/ledger-store.ts";
import type { CurrencyBooks } from "../../store/total-store.ts";
import { LEDGER } from "../../texts/console-ledger.ts";
import { Card, Empty, Money, Table, Time } from "../components/data.tsx";
import { appPath } from "../dashboard/head.ts";
import { withQuery } from "../forms.ts";
import { consolePath } from "./head.ts";

const { head } = LEDGER;

/** Where the accounts are that a sum is made of, and where one conversion of an account is. */
export function accountsPath(of: { currency: string; appId?: string | null; affiliateId?: string | null }): string {
  const { currency, appId = null, affiliateId = null } = of;
  return withQuery(consolePath("/ledger/accounts"), { currency, app_id: appId, affiliate_id: affiliateId });
}

export function bookedConversionPath(appId: string, conversionId: string): string {
  return consolePath(`/ledger/conversions/${appId}/${conversionId}`);
}

/** What the books come to, a currency a line, each with a link to what it is made of. */
export function Totals({
  title,
  currencies,
  appId,
}: {
  title: string;
  currencies: readonly CurrencyBooks[];
  appId: string | null;
}) {
  if (currencies.length === 0) {
    return (
      <Card title={title}>
        <Empty title={LEDGER.noTotals}>
          <p>{LEDGER.noTotalsHow}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card title={title} lead={LEDGER.totalsLead}>
      <Table
        caption={title}
        unseen
        rows={currencies}
        columns={[
          {
            head: head.currency,
            cell: ({ currency }) => <a href={accountsPath({ currency, appId })}>{currency.toUpperCase()}</a>,
          },
          { head: head.earned, end: true, cell: (one) => <Money cents={earnedOf(one)} currency={one.currency} /> },
          {
            head: head.adjusted,
            end: true,
            cell: (one) => <Money cents={one.adjustedCents} currency={one.currency} />,
          },
          { head: head.paid, end: true, cell: (one) => <Money cents={one.paidCents} currency={one.currency} /> },
          {
            head: head.left,
            end: true,
            cell: (one) => <Money cents={earnedOf(one) + one.adjustedCents - one.paidCents} currency={one.currency} />,
          },
          { head: head.fee, end: true, cell: (one) => <Money cents={one.feeCents} currency={one.currency} /> },
        ]}
      />
    </Card>
  );
}

function earnedOf({ earned }: CurrencyBooks): number {
  return earned.clearCents + earned.reviewCents + earned.heldCents;
}

type Names = ReadonlyMap<string, { readonly app: string; readonly affiliate: string }>;

/** Movements, each with whose account it is in and what caused it. */
export function Postings({ postings, names }: { postings: readonly Posting[]; names: Names }) {
  return (
    <Table
      caption={LEDGER.postings}
      unseen
      rows={postings}
      columns={[
        { head: head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
        { head: head.app, cell: (one) => <AppName posting={one} names={names} /> },
        { head: head.creator, cell: (one) => <CreatorName posting={one} names={names} /> },
        { head: head.what, cell: (one) => <What posting={one} /> },
        { head: head.amount, end: true, cell: (one) => <Amount posting={one} /> },
        { head: head.cause, cell: (one) => <Cause posting={one} /> },
      ]}
    />
  );
}

export function What({ posting: { kind, lane } }: { posting: Pick<Posting, "kind" | "lane"> }) {
  const isMove = kind === "lane_left" || kind === "lane_entered";
  return (
    <>
      {LEDGER.kinds[kind]}
      {lane === null || (lane === "clear" && !isMove) ? null : (
        <span class="soft"> {LEDGER.lanes[lane].toLowerCase()}</span>
      )}
    </>
  );
}

export function Amount({ posting }: { posting: Pick<Posting, "netCents" | "feeCents" | "currency"> }) {
  const { netCents, feeCents, currency } = posting;
  return (
    <>
      <Money cents={netCents} currency={currency} />
      {feeCents === 0 ? null : <div class="soft small">{LEDGER.fee(formatMoney(feeCents, currency))}</div>}
    </>
  );
}

function AppName({ posting: { appId, affiliateId }, names }: { posting: Posting; names: Names }) {
  const name = names.get(keyOfAccount({ appId, affiliateId }))?.app ?? appId;
  return <a href={withQuery(consolePath("/ledger"), { app_id: appId })}>{name}</a>;
}

function CreatorName({ posting: { appId, affiliateId, currency }, names }: { posting: Posting; names: Names }) {
  const name = names.get(keyOfAccount({ appId, affiliateId }))?.affiliate ?? affiliateId;
  return <a href={accountsPath({ currency, appId, affiliateId })}>{name}</a>;
}

/** What caused a movement, with a link to where that is told. */
export function Cause({ posting }: { posting: Posting }) {
  const kind = causeKindOf(posting.fact, posting.kind);
  const href = causePath(posting, kind);
  return (
    <>
      {href === null ? LEDGER.causes[kind] : <a href={href}>{LEDGER.causes[kind]}</a>}
      <div class="soft small">
        <code>{posting.fact}</code>
      </div>
    </>
  );
}

function causePath(posting: Posting, kind: ReturnType<typeof causeKindOf>): string | null {
  const { appId, affiliateId, conversionId, payoutId } = posting;
  if (kind === "correction") return appPath(appId, `/affiliates/${affiliateId}#corrections`);
  if (kind === "revocation") return appPath(appId, `/affiliates/${affiliateId}`);
  if (payoutId !== null) return appPath(appId, `/payouts/payout/${payoutId}`);
  return conversionId === null ? null : bookedConversionPath(appId, conversionId);
}
