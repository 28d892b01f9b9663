import type { Child } from "hono/jsx";
import type { Signup } from "./agentlinks-client.ts";
import { CallDetails } from "./call-details.tsx";
import { OrderCard } from "./order-card.tsx";
import type { Story } from "./story.ts";
import { count } from "./words.ts";

/** The code in the visitor's browser, or the link that would put it there. */
export function CookieStep({ story, isLanding }: { story: Story; isLanding: boolean }) {
  const { cookieRef, creator } = story;
  return (
    <Step title="The cookie" isDone={cookieRef !== null}>
      {cookieRef !== null ? (
        <p>
          The script wrote <code class="fact">agentlinks_ref={cookieRef}</code>. It stays 60 days after the last link.{" "}
          <strong id="cookie-days" />
        </p>
      ) : isLanding ? (
        <p>
          The script is writing it.
          <noscript> It cannot while JavaScript is off.</noscript>
        </p>
      ) : (
        <>
          <p>You came without a link, so the script stored nothing and sent nothing.</p>
          <a class="button" href={`/demo?ref=${encodeURIComponent(creator.ref)}`}>
            Arrive by {creator.name}’s link
          </a>
        </>
      )}
    </Step>
  );
}

/** Whether the visit was counted. */
export function ClickStep({ story }: { story: Story }) {
  const { cookieRef, counts, clicksBefore, creator } = story;
  const isNew = clicksBefore !== null && counts.clicks > clicksBefore;
  const own = isNew
    ? "Yours was just counted."
    : clicksBefore === null
      ? "A visitor counts once an hour, and bots never do."
      : "Yours was reported and not counted twice: a visitor counts once an hour.";
  return (
    <Step title="The click" isDone={cookieRef !== null && counts.clicks > 0}>
      <p>
        <strong>{count(counts.clicks, "click")}</strong> on {creator.name}’s link in the last 30 days. {own}
      </p>
    </Step>
  );
}

/** Who the visitor is, and whose referral. */
export function SignupStep({ story }: { story: Story }) {
  const { customer, orders } = story;
  const signup = customer?.signup ?? null;
  const referral = signup?.done?.referral;
  const paid = orders.find(({ commission }) => commission !== null)?.commission;
  return (
    <Step title="The signup" isDone={referral !== undefined || (customer === null && paid != null)}>
      {referral !== undefined ? (
        <Referral name={customer?.name ?? "You"} referral={referral} />
      ) : customer !== null ? (
        <p>
          {signup === null
            ? "There was no code in the cookie, so there was nothing to report."
            : "The code is not one of this app."}
        </p>
      ) : paid != null ? (
        <p>
          None was needed: your payment tied you to <code class="fact">{paid.ref}</code>.
        </p>
      ) : (
        <p>Sign up, and the shop’s backend reports you with the code from the cookie. Buying as a guest works too.</p>
      )}
      {signup === null ? null : <CallDetails exchange={signup} />}
    </Step>
  );
}

function Referral({ name, referral }: { name: string; referral: Signup["referral"] }) {
  if (!("id" in referral)) return <p>{name} belongs to another code.</p>;
  return (
    <p>
      {name} is tied to <code class="fact">{referral.ref}</code> for good: referral{" "}
      <code class="fact">{referral.id}</code>.
    </p>
  );
}

/** What the visitor paid, and what each payment earned. */
export function PaymentStep({ story, newId }: { story: Story; newId: (prefix: string) => string }) {
  const { orders, creator, ratePercent } = story;
  return (
    <Step title={orders.length > 1 ? "The payments" : "The payment"} isDone={orders.length > 0}>
      {orders.length === 0 ? (
        <p>
          Buy something: {creator.name} earns {ratePercent} % of it. The shop’s backend reports each payment with its
          secret key.
        </p>
      ) : (
        orders.map((order) => <OrderCard order={order} story={story} newId={newId} />)
      )}
    </Step>
  );
}

function Step({ title, isDone, children }: { title: string; isDone: boolean; children: Child }) {
  return (
    <li class="step">
      <Mark isDone={isDone} />
      <h3>
        {title}
        <span class="unseen">{isDone ? " (done)" : " (not yet)"}</span>
      </h3>
      {children}
    </li>
  );
}

function Mark({ isDone }: { isDone: boolean }) {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {isDone ? (
        <>
          <circle cx="12" cy="12" r="12" fill="var(--good)" />
          <path
            d="M7 12.5l3.4 3.4L17 9"
            fill="none"
            stroke="var(--panel)"
            stroke-width="2.4"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        </>
      ) : (
        <circle
          cx="12"
          cy="12"
          r="10.5"
          fill="var(--panel)"
          stroke="var(--edge)"
          stroke-width="2"
          stroke-dasharray="3.4 3.2"
        />
      )}
    </svg>
  );
}
