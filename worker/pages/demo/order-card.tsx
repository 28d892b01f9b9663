import { formatMoney } from "../../domain/currency.ts";
import type { Commission } from "./agentlinks-client.ts";
import { CallDetails } from "./call-details.tsx";
import type { OrderStory, Story } from "./story.ts";
import { dateOf } from "./words.ts";

/** `unknown_ref`: no code and no referral, so there is nobody to credit. */
const NOBODY = 404;

/** One payment: what it earned, worked out line by line, and its refund buttons. */
export function OrderCard({
  order,
  story,
  newId,
}: {
  order: OrderStory;
  story: Story;
  newId: (prefix: string) => string;
}) {
  const { title, amountCents, commission, reports } = order;
  const status = reports[0]?.status;
  return (
    <div class="order">
      <div class="order-head">
        <h4>{title ?? `An earlier order, ${formatMoney(amountCents, story.currency)}`}</h4>
        {commission === null ? <span class="badge off">No commission</span> : <StatusBadge commission={commission} />}
      </div>
      {commission === null ? (
        <p>
          You paid {formatMoney(amountCents, story.currency)}.{" "}
          {status === NOBODY
            ? "There is no code in the cookie and no referral from before: nobody earns."
            : `AgentLinks answered ${status}; a real shop would send it again.`}
        </p>
      ) : (
        <>
          <Arithmetic commission={commission} story={story} />
          <RefundForms commission={commission} newId={newId} />
        </>
      )}
      {reports.map((exchange) => (
        <CallDetails exchange={exchange} />
      ))}
    </div>
  );
}

function StatusBadge({ commission }: { commission: Commission }) {
  switch (commission.status) {
    case "pending":
      return (
        <span class="badge">
          {commission.hold ? "Held for review" : `Pending until ${dateOf(commission.available_at)}`}
        </span>
      );
    case "confirmed":
      return <span class="badge good">Available</span>;
    case "paid":
      return <span class="badge good">Paid out</span>;
    case "cancelled":
      return <span class="badge off">Cancelled</span>;
  }
}

/** 100.00 → 30 % = 30.00, fee 5 % of it = 1.50, the creator gets 28.50: each number as the API gives it. */
function Arithmetic({ commission, story }: { commission: Commission; story: Story }) {
  const { currency } = commission;
  const amount = (cents: number) => formatMoney(cents, currency);
  const kept = commission.amount_cents - commission.refunded_cents;
  return (
    <dl class="sum">
      <Line label="Paid" value={amount(commission.amount_cents)} />
      {commission.refunded_cents === 0 ? null : <Line label="Refunded" value={amount(-commission.refunded_cents)} />}
      <Line
        label={`Commission, ${commission.rate_percent} % of ${bare(amount(kept))}`}
        value={amount(commission.commission_cents)}
      />
      {story.feePercent === 0 && commission.platform_fee_cents === 0 ? null : (
        <Line
          label={`Platform fee, ${story.feePercent} % of ${bare(amount(commission.commission_cents))}`}
          value={amount(-commission.platform_fee_cents)}
        />
      )}
      <Line label={`${story.creator.name} gets`} value={amount(commission.net_commission_cents)} isTotal />
    </dl>
  );
}

function Line({ label, value, isTotal = false }: { label: string; value: string; isTotal?: boolean }) {
  return (
    <div class={isTotal ? "total" : undefined}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function RefundForms({ commission, newId }: { commission: Commission; newId: (prefix: string) => string }) {
  const left = commission.amount_cents - commission.refunded_cents;
  if (left === 0) return null;
  return (
    <div class="actions">
      {commission.refunded_cents === 0 ? (
        <RefundForm commission={commission} share="half" label="Refund half" newId={newId} />
      ) : null}
      <RefundForm
        commission={commission}
        share="all"
        label={left < commission.amount_cents ? "Refund the rest" : "Refund"}
        newId={newId}
      />
    </div>
  );
}

/** Carries the refund's id, so that a form sent twice is one refund. */
function RefundForm(form: {
  commission: Commission;
  share: "half" | "all";
  label: string;
  newId: (prefix: string) => string;
}) {
  return (
    <form method="post" action="/demo/refund">
      <input type="hidden" name="refund" value={form.newId("refund")} />
      <input type="hidden" name="conversion" value={form.commission.conversion_id} />
      <button class="quiet small" name="share" value={form.share}>
        {form.label}
      </button>
    </form>
  );
}

function bare(amount: string): string {
  return amount.replace(/ [A-Z]{3}$/, "");
}
