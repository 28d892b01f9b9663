import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Deps } from "../../deps.ts";
import { formatMoney } from "../../domain/currency.ts";
import type { Failure } from "../../domain/result.ts";
import { actorOf } from "../../services/accounts/person.ts";
import { readBalance } from "../../services/affiliates/read-affiliates.ts";
import { type CashOutPreview, previewCashOut } from "../../services/payouts/preview-cash-out.ts";
import { readPayoutMethod } from "../../services/payouts/read-payout-method.ts";
import { requestCashOut } from "../../services/payouts/request-cash-out.ts";
import type { CurrencyBalance } from "../../store/book-store.ts";
import { PORTAL } from "../../texts/portal.ts";
import { STATUS_OF } from "../../wire/errors.ts";
import { parseCashOut } from "../../wire/payouts.ts";
import { Card, Facts, Money, Notice, Stat, Stats, Time } from "../components/data.tsx";
import { Button, FilterForm, Form, Select } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import { type PageEnv, personOf } from "../context.ts";
import { filled, sentBy, withQuery } from "../forms.ts";
import { pageRefusal } from "../refusal.tsx";
import { creatorOf, portalHead, portalPath } from "./head.ts";
import { StatusNotice } from "./states.tsx";

const words = PORTAL.cashOut;

/** Reasons that another way to be paid mends. */
const OF_METHOD: ReadonlySet<CashOutPreview["reason"]> = new Set(["no_method", "other_method", "method_changed"]);

/** `/referrals/:appId/cash-out`: what a payout would come to, and asking for it. */
export function cashOutPages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get("/cash-out", async (c) => {
    const { currency } = filled(c.req.query());
    const asked = parseCashOut(currency === undefined ? {} : { currency });
    if (!asked.ok) return pageRefusal(c, asked.failure);
    return show(c, { currency: asked.value.currency ?? c.get("app").currency, failure: null });
  });

  routes.post("/cash-out", async (c) => {
    const { currency } = filled(await sentBy(c));
    const asked = parseCashOut(currency === undefined ? {} : { currency });
    if (!asked.ok) return pageRefusal(c, asked.failure);
    const creator = creatorOf(c);
    const unit = asked.value.currency ?? creator.app.currency;
    const request = await requestCashOut(deps, creator, { actor: actorOf(personOf(c)), currency: unit });
    if (!request.ok) return show(c, { currency: unit, failure: request.failure });
    return c.redirect(withQuery(here(c), { currency: unit, done: "asked" }), 303);
  });

  return routes;

  async function show(c: Context<PageEnv>, { currency, failure }: { currency: string; failure: Failure | null }) {
    const creator = creatorOf(c);
    const [preview, balances, method] = await Promise.all([
      previewCashOut(deps, creator, currency),
      readBalance(deps, creator),
      readPayoutMethod(deps, creator.app.id, creator.affiliate.id),
    ]);
    if (failure !== null) c.set("failure", failure.code);
    const status: ContentfulStatusCode = failure === null ? 200 : STATUS_OF[failure.code];
    const label = method.ok && method.value !== null ? method.value.label : null;
    return cashOutPage(c, { currency, preview, balances, label }, status);
  }
}

function here(c: Context<PageEnv>): string {
  return portalPath(c.get("app").id, "/cash-out");
}

interface CashOutView {
  readonly currency: string;
  readonly preview: CashOutPreview;
  readonly balances: readonly CurrencyBalance[];
  /** Where it would go, masked. */
  readonly label: string | null;
}

function cashOutPage(c: Context<PageEnv>, view: CashOutView, status: ContentfulStatusCode) {
  const { currency, preview, balances } = view;
  return page(
    c,
    portalHead(c, "payouts", { title: words.title, lead: words.lead }),
    <div class="stack">
      {c.req.query("done") === "asked" && preview.open !== null ? <Notice tone="good">{words.done}</Notice> : null}
      <StatusNotice status={c.get("affiliate").status} />
      {balances.length < 2 ? null : (
        <FilterForm action={here(c)} label={words.pick}>
          <Select
            name="currency"
            label={words.currency}
            value={currency}
            options={balances.map((one) => ({ value: one.currency, label: one.currency.toUpperCase() }))}
          />
          <Button kind="quiet">{words.show}</Button>
        </FilterForm>
      )}
      <div class="columns">
        {preview.open === null ? <Offered c={c} view={view} /> : <Requested preview={preview} currency={currency} />}
        <LeftOut view={view} />
      </div>
    </div>,
    status,
  );
}

function Requested({ preview: { open }, currency }: { preview: CashOutPreview; currency: string }) {
  if (open === null) return null;
  const approved = open.sums.find((sum) => sum.currency === currency)?.approvedCents ?? 0;
  return (
    <Card title={words.requested} lead={words.requestedLead}>
      <Facts
        facts={[
          [words.payable, <Money cents={approved} currency={currency} />],
          [words.requestedOn, <Time at={open.createdAt} />],
        ]}
      />
    </Card>
  );
}

function Offered({ c, view }: { c: Context<PageEnv>; view: CashOutView }) {
  const { preview, currency, label } = view;
  const { reason, payableCents, minimumCents } = preview;
  return (
    <Card title={words.sum}>
      <Stats>
        <Stat label={reason === null ? words.payable : words.available} tone={reason === null ? "good" : undefined}>
          <Money cents={payableCents} currency={currency} />
        </Stat>
      </Stats>
      {reason === null ? (
        <Form action={here(c)}>
          <input type="hidden" name="currency" value={currency} />
          {label === null ? null : (
            <p>
              {words.to} <code>{label}</code>
            </p>
          )}
          <Button>{words.ask}</Button>
        </Form>
      ) : (
        <Notice tone="wait" title={words.not}>
          <p>{words.reasons[reason]}</p>
        </Notice>
      )}
      {minimumCents === null ? null : <p class="soft small">{words.minimum(formatMoney(minimumCents, currency))}</p>}
      {OF_METHOD.has(reason) ? (
        <Button kind="quiet" href={portalPath(c.get("app").id, "/payout-method")}>
          {words.toMethod}
        </Button>
      ) : null}
    </Card>
  );
}

/** What is not in a payout, and why. */
function LeftOut({ view }: { view: CashOutView }) {
  const { currency, balances } = view;
  const balance = balances.find((one) => one.currency === currency);
  const { inReviewCents = 0, heldCents = 0, pendingCents = 0 } = balance ?? {};
  const lines = [
    ...(inReviewCents === 0 ? [] : [words.review(formatMoney(inReviewCents, currency))]),
    ...(heldCents === 0 ? [] : [words.held(formatMoney(heldCents, currency))]),
    ...(pendingCents === 0 ? [] : [words.pending(formatMoney(pendingCents, currency))]),
  ];
  return (
    <Card title={words.leftOut}>
      {lines.length === 0 ? (
        <p>{words.all}</p>
      ) : (
        <ul role="list" class="stack close">
          {lines.map((line) => (
            <li>{line}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}
