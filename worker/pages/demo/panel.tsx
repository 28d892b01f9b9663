import { formatMoney } from "../../domain/currency.ts";
import { ClickStep, CookieStep, PaymentStep, SignupStep } from "./steps.tsx";
import type { Story } from "./story.ts";
import { count, dateOf, type Done, headlineOf } from "./words.ts";

export interface PanelView {
  readonly story: Story;
  readonly done: Done | null;
  /** True when the address carries a code that no cookie holds yet: the script is at work. */
  readonly isLanding: boolean;
  readonly newId: (prefix: string) => string;
}

/** "What just happened": the whole side panel. */
export function Panel(view: PanelView) {
  return (
    <aside class="happened" id="happened" aria-labelledby="happened-title">
      <div class="happened-head">
        <p class="by">
          <LinkMark />
          AgentLinks
        </p>
        <h2 id="happened-title">What just happened</h2>
        <p id="happened-status" role="status">
          {headlineOf(view.story, view.done)}
        </p>
      </div>
      <PanelFacts {...view} />
    </aside>
  );
}

/** The part of the panel that is fetched again when something has happened. */
export function PanelFacts(view: PanelView) {
  const { story, newId } = view;
  return (
    <div
      id="happened-live"
      data-clicks={story.clicksBefore ?? story.counts.clicks}
      data-headline={headlineOf(story, null)}
    >
      <Purse story={story} />
      <ol class="steps">
        <CookieStep story={story} isLanding={view.isLanding} />
        <ClickStep story={story} />
        <SignupStep story={story} />
        <PaymentStep story={story} newId={newId} />
      </ol>
      <Foot story={story} />
    </div>
  );
}

/** What the creator has, before the steps that led to it: the number everybody looks for. */
function Purse({ story }: { story: Story }) {
  const { balance, creator, currency, holdingDays, now } = story;
  const [next] = balance.next;
  return (
    <section class="purse" aria-labelledby="purse-title">
      <h3 id="purse-title">{creator.name}’s balance</h3>
      <dl>
        <div>
          <dt>Pending</dt>
          <dd id="balance-pending">{formatMoney(balance.pendingCents, currency)}</dd>
        </div>
        <div class={balance.availableCents > 0 ? "good" : undefined}>
          <dt>Available</dt>
          <dd id="balance-available">{formatMoney(balance.availableCents, currency)}</dd>
        </div>
      </dl>
      <p>
        {next === undefined
          ? `A commission waits ${holdingDays} days for refunds, then it is available.`
          : `${formatMoney(next.amountCents, currency)} will be available on ${dateOf(next.availableAt)}.`}
      </p>
      <form method="post" action="/demo/later">
        <p>
          Today is <strong>{dateOf(now)}</strong>
        </p>
        <button class="quiet small">{holdingDays + 1} days later</button>
      </form>
    </section>
  );
}

function Foot({ story: { counts, customer, orders, cookieRef } }: { story: Story }) {
  return (
    <div class="happened-foot">
      <p>
        All visitors in the last 30 days: {count(counts.signups, "signup")}, {count(counts.conversions, "payment")},{" "}
        {count(counts.refunds, "refund")}.
      </p>
      {customer !== null || orders.length > 0 || cookieRef !== null ? (
        <form method="post" action="/demo/forget">
          <button class="quiet small">Start over as a new visitor</button>
        </form>
      ) : null}
    </div>
  );
}

function LinkMark() {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
      fill="none"
      stroke="currentColor"
      stroke-width="2.6"
      stroke-linecap="round"
    >
      <path d="M9.5 14.5l5-5" />
      <path d="M11 7l2-2a4.2 4.2 0 0 1 6 6l-2 2" />
      <path d="M13 17l-2 2a4.2 4.2 0 0 1-6-6l2-2" />
    </svg>
  );
}
