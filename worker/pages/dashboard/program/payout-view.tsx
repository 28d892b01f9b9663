import { formatMoney } from "../../../domain/currency.ts";
import { NOBODY_TO_ASK } from "../../../domain/transfer-timing.ts";
import type { App } from "../../../store/app-store.ts";
import type { Payout, PayoutItem } from "../../../store/payout-store.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { Card, Facts, Money, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Choices, Field, Form } from "../../components/form.tsx";
import type { PageHead } from "../../components/page.tsx";
import { Letterhead } from "../../components/print.tsx";
import { appPath } from "../head.ts";
import { formState, type Tried } from "./form-state.tsx";
import { CreatorLink, PayoutState } from "./parts.tsx";
import type { At } from "./payouts-view.tsx";

const { payout: words } = PAYOUTS;

interface View {
  readonly app: App;
  readonly at: At;
  readonly payout: Payout;
  readonly items: readonly PayoutItem[];
  readonly links: { readonly older: string | null; readonly newest: string | null };
  /** What the one who is paid is called. */
  readonly creator: string;
  readonly isOperator: boolean;
  readonly tried: Tried | null;
}

export function PayoutTitle({ payout }: Pick<View, "payout">): Pick<PageHead, "title" | "lead"> {
  return {
    title: words.title(formatMoney(payout.amountCents, payout.currency)),
    lead: (
      <>
        <PayoutState status={payout.status} /> <Time at={payout.createdAt} />
      </>
    ),
  };
}

/** One payout: what it pays, and what can be said of it. */
export function PayoutView(view: View) {
  const { app, at, payout } = view;
  return (
    <>
      <p class="small unprinted">
        <a href={at(`/payouts/${payout.batchId}`)}>{words.back}</a>
      </p>
      <Letterhead
        title={words.letter(app.name)}
        facts={[
          [words.to, view.creator],
          [words.itemHead.amount, <Money cents={payout.amountCents} currency={payout.currency} />],
        ]}
      />
      <div class="columns aside">
        <Items {...view} />
        <div class="stack">
          <Ends {...view} />
          <About {...view} />
        </div>
      </div>
    </>
  );
}

function Items({ app, payout, items, links }: View) {
  const { itemHead: head } = words;
  return (
    <Card title={words.items} lead={words.itemsLead}>
      <Table
        caption={words.items}
        unseen
        rows={items}
        columns={[
          { head: head.what, cell: (item) => <What appId={app.id} affiliateId={payout.affiliateId} item={item} /> },
          {
            head: head.amount,
            end: true,
            cell: ({ amountCents }) => <Money cents={amountCents} currency={payout.currency} />,
          },
        ]}
      />
      <Pager {...links} />
    </Card>
  );
}

function What({ appId, affiliateId, item }: { appId: string; affiliateId: string; item: PayoutItem }) {
  const { conversionId, correctionId } = item;
  if (conversionId === null) {
    return (
      <>
        <CreatorLink appId={appId} id={affiliateId} name={words.correction} part="#corrections" />{" "}
        <code class="soft">{correctionId}</code>
      </>
    );
  }
  return (
    <>
      <a href={appPath(appId, `/conversions/${conversionId}`)}>{words.conversion}</a>{" "}
      <code class="soft">{conversionId}</code>
    </>
  );
}

function About({ app, payout, creator }: View) {
  const { affiliateId, rail, reference, error, returnedCents, currency, settledAt } = payout;
  return (
    <Card title={words.facts}>
      <Facts
        facts={[
          [words.creator, <CreatorLink appId={app.id} id={affiliateId} name={creator} />],
          [PAYOUTS.batch.rail, PAYOUTS.rails[rail]],
          ...(reference === null ? [] : ([[words.reference, reference]] as const)),
          ...(error === null ? [] : ([[words.error, words.errors[error] ?? error]] as const)),
          ...(returnedCents === 0
            ? []
            : ([[words.returned, <Money cents={returnedCents} currency={currency} />]] as const)),
          [words.made, <Time at={payout.createdAt} />],
          ...(settledAt === null ? [] : ([[words.arrived, <Time at={settledAt} />]] as const)),
          [words.id, <code>{payout.id}</code>],
        ]}
      />
    </Card>
  );
}

/** What can be said of it by hand: nothing of Stripe's, which says it itself, but that it is to be paid again. */
function Ends(view: View) {
  const { payout, isOperator } = view;
  if (payout.status === "failed") return <Retry {...view} />;
  if (payout.rail === "stripe") {
    const isStuck = payout.status === "processing" && NOBODY_TO_ASK.includes(payout.error ?? "");
    return isStuck && isOperator ? <Resolve {...view} /> : null;
  }
  if (payout.status === "settled") return <Return {...view} />;
  return (
    <>
      <Settle {...view} />
      <Fail {...view} />
    </>
  );
}

function Settle({ at, payout, tried }: View) {
  const { field } = formState(tried, "settle");
  return (
    <Card title={words.settle}>
      <Form action={actionOf(at, payout, "settle")}>
        <Field
          id="settle-reference"
          {...field("reference")}
          label={words.reference}
          hint={words.referenceHint}
          maxlength={256}
        />
        <div class="row">
          <Button>{words.settleButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Fail({ at, payout, tried }: View) {
  const { field } = formState(tried, "fail");
  return (
    <Card title={words.fail} lead={words.failLead}>
      <Form action={actionOf(at, payout, "fail")}>
        <Field id="fail-reason" {...field("reason")} label={words.failReason} required maxlength={256} />
        <div class="row">
          <Button kind="danger">{words.failButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Resolve({ at, payout, tried }: View) {
  const { field } = formState(tried, "resolve");
  return (
    <Card title={words.resolve} lead={words.resolveLead}>
      <Form action={actionOf(at, payout, "resolve")}>
        <Choices
          {...field("status")}
          label={words.resolve}
          options={[
            { value: "settled", label: words.resolveArrived },
            { value: "failed", label: words.resolveFailed },
          ]}
        />
        <Field
          id="resolve-reference"
          {...field("reference")}
          label={words.reference}
          hint={words.referenceHint}
          maxlength={256}
        />
        <Field
          id="resolve-reason"
          {...field("reason")}
          label={words.reason}
          hint={words.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button>{words.resolveButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Retry({ at, payout }: View) {
  return (
    <Card title={words.retry} lead={words.retryLead}>
      <Form action={actionOf(at, payout, "retry")}>
        <div class="row">
          <Button>{words.retryButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Return({ at, payout, tried }: View) {
  const { field } = formState(tried, "return");
  return (
    <Card title={words.return} lead={words.returnLead}>
      <Form action={actionOf(at, payout, "return")}>
        <Field
          id="return-amount"
          {...field("amount")}
          label={words.returnAmount}
          hint={words.returnAmountHint}
          affix={payout.currency.toUpperCase()}
          inputmode="decimal"
        />
        <Field
          id="return-reason"
          {...field("reason")}
          label={words.reason}
          hint={words.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button kind="quiet">{words.returnButton}</Button>
        </div>
      </Form>
    </Card>
  );
}

function actionOf(at: At, payout: Payout, verb: string): string {
  return at(`/payouts/payout/${payout.id}/${verb}`);
}
