import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { NEXT_STATUSES } from "../../../domain/affiliate-status.ts";
import { percentOf } from "../../../domain/percent.ts";
import { nextRateOf } from "../../../domain/rate.ts";
import type { PayoutMethodView } from "../../../services/payouts/read-payout-method.ts";
import type { Affiliate } from "../../../store/affiliate-store.ts";
import type { App } from "../../../store/app-store.ts";
import type { CurrencyBalance } from "../../../store/book-store.ts";
import type { CommissionFacts } from "../../../store/commission-row.ts";
import type { Correction } from "../../../store/correction-store.ts";
import type { ExplainedCode } from "../../../store/explain-code-store.ts";
import type { Payout } from "../../../store/payout-store.ts";
import { AFFILIATES } from "../../../texts/affiliates.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { linkOf } from "../../../wire/affiliates.ts";
import { Copy } from "../../components/copy.tsx";
import { Badge, Card, Empty, Facts, Money, Pager, Stat, Stats, Table, Time } from "../../components/data.tsx";
import { Button, Choice, Field, Form } from "../../components/form.tsx";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";
import { formState, Outcome, type Tried } from "./form-state.tsx";
import { CommissionState, CreatorStatus, PayoutState } from "./parts.tsx";

const { one } = AFFILIATES;

interface Links {
  readonly older: string | null;
  readonly newest: string | null;
}

interface View {
  readonly c: Context<PageEnv>;
  readonly tried: Tried | null;
  readonly app: App;
  readonly affiliate: Affiliate;
  readonly codes: readonly ExplainedCode[];
  readonly balances: readonly CurrencyBalance[];
  readonly method: PayoutMethodView | null;
  readonly commissions: readonly CommissionFacts[];
  readonly commissionLinks: Links;
  readonly payouts: readonly Payout[];
  readonly payoutLinks: Links;
  readonly corrections: readonly Correction[];
  /** Names the next correction, so that a double click makes one. */
  readonly once: string;
  readonly now: number;
}

/** Everything about one creator. */
export function AffiliateView(view: View) {
  const { c, tried, app, balances } = view;
  return (
    <div class="stack">
      <p class="small">
        <a href={appPath(app.id, "/affiliates")}>{one.back}</a>
      </p>
      <Outcome c={c} tried={tried} done={AFFILIATES.done} />
      {balances.map((balance) => (
        <Balance balance={balance} isOnly={balances.length === 1} />
      ))}
      <div class="columns aside">
        <div class="stack">
          <Commissions {...view} />
          <Payouts {...view} />
          <Codes {...view} />
          <Corrections {...view} />
        </div>
        <div class="stack">
          <About {...view} />
          <Status {...view} />
          <RateForm {...view} />
        </div>
      </div>
    </div>
  );
}

function Balance({ balance, isOnly }: { balance: CurrencyBalance; isOnly: boolean }) {
  const { currency, availableCents, processingCents } = balance;
  return (
    <section class="stack close" aria-label={one.in(currency)}>
      {isOnly ? null : <h2>{one.in(currency)}</h2>}
      <Stats>
        <Stat label={one.pending} note={<Coming balance={balance} />}>
          <Money cents={balance.pendingCents} currency={currency} />
        </Stat>
        <Stat
          label={one.available}
          tone={availableCents < 0 ? "bad" : availableCents > 0 ? "good" : undefined}
          note={availableCents < 0 ? one.owed : one.availableNote}
        >
          <Money cents={availableCents} currency={currency} />
        </Stat>
        <Stat label={one.review} note={one.reviewNote}>
          <Money cents={balance.inReviewCents} currency={currency} />
        </Stat>
        <Stat label={one.frozen} note={one.frozenNote}>
          <Money cents={balance.heldCents} currency={currency} />
        </Stat>
        <Stat
          label={one.paid}
          note={
            processingCents === 0 ? undefined : (
              <>
                {one.processing} <Money cents={processingCents} currency={currency} />
              </>
            )
          }
        >
          <Money cents={balance.paidCents} currency={currency} />
        </Stat>
      </Stats>
    </section>
  );
}

/** When the next of what is pending comes, and how many days after it. */
function Coming({ balance }: { balance: CurrencyBalance }) {
  const [next, ...later] = balance.next;
  if (next === undefined) return <>{one.pendingNote}</>;
  return (
    <>
      <Money cents={next.amountCents} currency={balance.currency} /> {one.comes} <Time at={next.availableAt} as="day" />
      {later.length === 0 ? null : ` ${one.andLater(later.length)}`}
    </>
  );
}

function Commissions({ app, commissions, commissionLinks, now }: View) {
  const { head } = CONVERSIONS;
  return (
    <Card title={one.commissions} id="commissions">
      {commissions.length === 0 ? (
        <Empty title={one.noCommissions}>
          <p>{one.noCommissionsText}</p>
        </Empty>
      ) : (
        <Table
          caption={one.commissions}
          unseen
          rows={commissions}
          columns={[
            { head: head.at, cell: (row) => <Time at={row.createdAt} /> },
            { head: head.customer, cell: (row) => <CustomerLink appId={app.id} commission={row} /> },
            {
              head: head.amount,
              end: true,
              cell: ({ terms, currency }) => <Money cents={terms.capturedCents} currency={currency} />,
            },
            { head: head.net, end: true, cell: (row) => <Money cents={row.netCents} currency={row.currency} /> },
            { head: head.status, cell: (row) => <CommissionState commission={row} now={now} /> },
          ]}
        />
      )}
      <Pager {...commissionLinks} />
    </Card>
  );
}

function CustomerLink({ appId, commission }: { appId: string; commission: CommissionFacts }) {
  const { id, userId } = commission;
  return <a href={appPath(appId, `/conversions/${id}`)}>{userId ?? CONVERSIONS.erased}</a>;
}

function Payouts({ app, payouts, payoutLinks }: View) {
  const { head } = PAYOUTS.payout;
  return (
    <Card title={one.payouts} id="payouts">
      {payouts.length === 0 ? (
        <p class="soft">{one.noPayouts}</p>
      ) : (
        <Table
          caption={one.payouts}
          unseen
          rows={payouts}
          columns={[
            {
              head: head.at,
              cell: ({ id, createdAt }) => (
                <a href={appPath(app.id, `/payouts/payout/${id}`)}>
                  <Time at={createdAt} />
                </a>
              ),
            },
            {
              head: head.amount,
              end: true,
              cell: ({ amountCents, currency }) => <Money cents={amountCents} currency={currency} />,
            },
            { head: head.state, cell: ({ status }) => <PayoutState status={status} /> },
          ]}
        />
      )}
      <Pager {...payoutLinks} />
    </Card>
  );
}

function Corrections(view: View) {
  const { corrections } = view;
  return (
    <Card title={one.corrections} id="corrections">
      {corrections.length === 0 ? (
        <p class="soft">{one.noCorrections}</p>
      ) : (
        <Table
          caption={one.corrections}
          unseen
          rows={corrections}
          columns={[
            { head: CONVERSIONS.head.at, cell: ({ createdAt }) => <Time at={createdAt} /> },
            {
              head: one.amount,
              end: true,
              cell: ({ amountCents, currency }) => <Money cents={amountCents} currency={currency} />,
            },
            { head: one.reason, cell: ({ reason }) => <>{reason}</> },
          ]}
        />
      )}
      <CorrectionForm {...view} />
    </Card>
  );
}

function About({ app, affiliate, method, tried }: View) {
  const link = linkOf(affiliate.ref, app);
  const { field } = formState(tried, "name");
  const facts: readonly (readonly [string, Child])[] = [
    [AFFILIATES.status, <CreatorStatus status={affiliate.status} />],
    ...(affiliate.email === null ? [] : [[AFFILIATES.email, affiliate.email] as const]),
    ...(affiliate.accountId === null ? [] : [[one.account, <code>{affiliate.accountId}</code>] as const]),
    [AFFILIATES.head.joined, <Time at={affiliate.createdAt} as="date" />],
    [one.method, <Method method={method} />],
    [one.id, <code>{affiliate.id}</code>],
  ];
  return (
    <Card title={one.facts}>
      <h3>{one.link}</h3>
      {link === null ? <p class="soft">{one.noLink}</p> : <Copy value={link} label={one.link} />}
      <Facts facts={facts} />
      {affiliate.accountId === null ? null : (
        <p class="small">
          <a href={withQuery(appPath(app.id, "/activity/explain"), { subject: "account", id: affiliate.accountId })}>
            {one.explain}
          </a>
        </p>
      )}
      <Form action={actionOf(app, affiliate, "name")}>
        <Field id="rename" {...field("name", affiliate.name ?? "")} label={one.rename} maxlength={256} />
        <div class="row">
          <Button kind="quiet">{AFFILIATES.save}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Method({ method }: { method: PayoutMethodView | null }) {
  if (method === null) return <>{one.noMethod}</>;
  return (
    <>
      {one.methods[method.kind]} {method.label}
      {method.blockedUntil === null ? null : (
        <div class="soft small">
          {one.blocked} <Time at={method.blockedUntil} />
        </div>
      )}
    </>
  );
}

function Status({ app, affiliate }: View) {
  const next = NEXT_STATUSES[affiliate.status];
  const wordFor = (to: (typeof next)[number]) => {
    if (to === "active" && affiliate.status === "suspended") return one.reactivate;
    return to === "revoked" && affiliate.status === "applied" ? one.refuse : one.to[to];
  };
  return (
    <Card title={one.change}>
      <p>
        <CreatorStatus status={affiliate.status} />
      </p>
      <p class="soft">{AFFILIATES.statusLead[affiliate.status]}</p>
      {next.length === 0 ? (
        <p class="soft">{one.final}</p>
      ) : (
        <div class="row">
          {next.map((to) => (
            <Button
              kind={to === "revoked" ? "danger" : to === "active" ? undefined : "quiet"}
              href={withQuery(actionOf(app, affiliate, "status"), { to })}
            >
              {wordFor(to)}
            </Button>
          ))}
        </div>
      )}
    </Card>
  );
}

function Codes({ app, affiliate, codes, tried, now }: View) {
  const { field } = formState(tried, "code");
  return (
    <Card title={one.codes} id="codes">
      <Table
        caption={one.codes}
        unseen
        rows={codes}
        columns={[
          {
            head: AFFILIATES.code,
            cell: ({ ref }) => (
              <>
                <code>{ref}</code>
                {ref === affiliate.ref ? <span class="soft small"> {one.main}</span> : null}
              </>
            ),
          },
          { head: AFFILIATES.status, cell: (code) => <CodeState code={code} now={now} /> },
          {
            head: "",
            end: true,
            cell: ({ ref, state }) =>
              state === "active" ? (
                <Button
                  kind="quiet"
                  slim
                  href={withQuery(actionOf(app, affiliate, "codes/retire"), { ref })}
                  about={ref}
                >
                  {one.removeCode}
                </Button>
              ) : null,
          },
        ]}
      />
      {affiliate.status === "revoked" ? null : (
        <Form action={actionOf(app, affiliate, "codes")}>
          <Field id="new-code" {...field("ref")} label={one.addCode} hint={AFFILIATES.codeHint} maxlength={32} />
          <div class="row">
            <Button kind="quiet">{one.addCodeButton}</Button>
          </div>
        </Form>
      )}
    </Card>
  );
}

function CodeState({ code, now }: { code: ExplainedCode; now: number }) {
  const isExpired = code.state === "active" && code.expiresAt !== null && code.expiresAt <= now;
  const state = isExpired ? "expired" : code.state;
  return <Badge tone={state === "active" ? "good" : undefined}>{one.codeStates[state]}</Badge>;
}

function RateForm({ app, affiliate, tried }: View) {
  const { field, value, problem } = formState(tried, "rate");
  const isOwn = value("rate", affiliate.rateBps === null ? "app" : "own") === "own";
  const next = nextRateOf(affiliate, app);
  return (
    <Card title={one.rate} lead={one.rateLead(percentOf(affiliate.rateBps ?? app.rateBps))}>
      {next === null ? null : (
        <p>
          {one.rateNext(percentOf(next.bps))} <Time at={next.from} />
        </p>
      )}
      <Form action={actionOf(app, affiliate, "rate")}>
        <fieldset class="field">
          <legend class="unseen">{one.rate}</legend>
          <Choice
            type="radio"
            name="rate"
            id="rate-app"
            value="app"
            label={one.rateOfApp(percentOf(app.rateBps))}
            checked={!isOwn}
          />
          <Choice type="radio" name="rate" id="rate-own" value="own" label={one.rateOwn} checked={isOwn} />
          <Field
            id="rate-percent"
            {...field("commission_percent", String(percentOf(affiliate.rateBps ?? app.rateBps)))}
            label={AFFILIATES.rateField}
            affix={AFFILIATES.percent}
            inputmode="decimal"
          />
        </fieldset>
        <Field
          id="rate-day"
          name="day"
          type="date"
          label={one.rateFrom}
          hint={one.rateFromHint}
          value={value("day")}
          problem={problem("day") ?? problem("commission_from")}
        />
        <div class="row">
          <Button kind="quiet">{one.saveRate}</Button>
        </div>
      </Form>
    </Card>
  );
}

function CorrectionForm({ app, affiliate, tried, once }: View) {
  const { field, value } = formState(tried, "correction");
  return (
    <details open={tried?.form === "correction"}>
      <summary>{one.correction}</summary>
      <p class="soft">{one.correctionLead}</p>
      <Form action={actionOf(app, affiliate, "corrections")}>
        <input type="hidden" name="once" value={value("once", once)} />
        <Field
          id="correction-amount"
          {...field("amount")}
          label={one.amount}
          hint={one.amountHint}
          inputmode="text"
          required
        />
        <Field
          id="correction-currency"
          {...field("currency", app.currency.toUpperCase())}
          label={one.currency}
          required
          minlength={3}
          maxlength={3}
        />
        <Field
          id="correction-reason"
          {...field("reason")}
          label={one.reason}
          hint={one.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button kind="quiet">{one.post}</Button>
        </div>
      </Form>
    </details>
  );
}

function actionOf(app: App, affiliate: Affiliate, verb: string): string {
  return appPath(app.id, `/affiliates/${affiliate.id}/${verb}`);
}
