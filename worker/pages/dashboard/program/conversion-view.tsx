import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { STANDING_WORDS } from "../../../domain/claim-standing.ts";
import { formatMoney } from "../../../domain/currency.ts";
import { startOfDay } from "../../../domain/maturation.ts";
import { percentOf } from "../../../domain/percent.ts";
import type { ConversionExplanation } from "../../../services/explain/explain-conversion.ts";
import type { App } from "../../../store/app-store.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { Badge, Card, Facts, Money, Table, Time } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import type { PageHead } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";
import { Arithmetic } from "./arithmetic.tsx";
import type { ActorNames } from "./actor.tsx";
import { Findings, Timeline } from "./findings.tsx";
import { formState, Outcome, type Tried } from "./form-state.tsx";
import { Share, type SharedStory } from "./share.tsx";
import { CommissionState, CreatorLink, PayoutState } from "./parts.tsx";

const { one } = CONVERSIONS;

interface View {
  readonly c: Context<PageEnv>;
  readonly app: App;
  readonly explanation: ConversionExplanation;
  readonly names: ActorNames;
  readonly tried: Tried | null;
  readonly now: number;
  /** The link that was asked for. */
  readonly shared: SharedStory | null;
}

/** What the page of a conversion is headed with. */
export function ConversionTitle({ explanation }: Pick<View, "explanation">): Pick<PageHead, "title" | "lead"> {
  const { terms, currency, createdAt, id } = explanation.conversion.commission;
  return {
    title: one.title(formatMoney(terms.capturedCents, currency)),
    lead: (
      <>
        <Time at={createdAt} /> · <code>{id}</code>
      </>
    ),
  };
}

/** Everything about one conversion: how it stands and why, how it comes to what it is, and what can be done about it. */
export function ConversionView(view: View) {
  const { c, app, explanation, tried } = view;
  return (
    <div class="stack">
      <p class="small">
        <a href={appPath(app.id, "/conversions")}>{one.back}</a>
      </p>
      <Outcome c={c} tried={tried} done={CONVERSIONS.done} />
      <div class="columns aside">
        <div class="stack">
          <Standing {...view} />
          <Arithmetic explanation={explanation} />
          <Refunds {...view} />
          <Disputes {...view} />
          <PayoutsOf {...view} />
          <Claims {...view} />
          <Card title={one.timeline}>
            <Timeline moments={explanation.timeline} names={view.names} now={view.now} />
          </Card>
        </div>
        <div class="stack">
          <Decide {...view} />
          <About {...view} />
          <Share
            shared={view.shared}
            askPath={withQuery(appPath(app.id, `/conversions/${explanation.conversion.commission.id}`), { share: "1" })}
          />
          <Hold {...view} />
        </div>
      </div>
    </div>
  );
}

function Standing({ explanation, now }: View) {
  return (
    <Card
      title={one.now}
      aside={
        <span>
          <CommissionState commission={explanation.conversion.commission} now={now} />
        </span>
      }
    >
      <Findings findings={explanation.findings} />
    </Card>
  );
}

function About({ app, explanation }: View) {
  const { conversion, rate, maturation } = explanation;
  const { id, userId, ref, terms } = conversion.commission;
  const rateFacts: Child =
    rate === null ? (
      `${percentOf(terms.rateBps)} %`
    ) : (
      <>
        {percentOf(terms.rateBps)} %, {one.rateOf[rate.of]}, {one.since} <Time at={rate.effectiveFrom} as="date" />
      </>
    );
  return (
    <Card title={one.facts}>
      <Facts
        facts={[
          [
            one.customer,
            userId === null ? (
              CONVERSIONS.erased
            ) : (
              <a href={withQuery(appPath(app.id, "/activity/explain"), { subject: "user", id: userId })}>{userId}</a>
            ),
          ],
          [one.creator, <CreatorLink appId={app.id} id={conversion.affiliateId} name={ref} />],
          [one.rate, rateFacts],
          [one.trust, CONVERSIONS.trust[conversion.trust]],
          [one.occurred, <Time at={maturation.occurredAt} />],
          [one.available, <Time at={startOfDay(conversion.commission.status.matureDay)} as="day" />],
          [one.id, <code>{id}</code>],
        ]}
      />
    </Card>
  );
}

function Decide({ app, explanation, tried }: View) {
  const { commission, state } = explanation.conversion;
  const waits = state.entryLane !== "clear" && state.voidedAt === null && state.decision === null;
  if (!waits) return null;
  const { value, problem } = formState(tried, "decide");
  const why = CONVERSIONS.why(commission.reason);
  return (
    <Card title={one.decide} lead={one.decideLead}>
      {why === null ? null : (
        <p>
          <strong>{why}.</strong>
        </p>
      )}
      <Form action={appPath(app.id, `/conversions/${commission.id}/decide`)}>
        <Field
          id="decide-reason"
          name="reason"
          label={one.reason}
          hint={one.reasonHint}
          required
          maxlength={256}
          value={value("reason")}
          problem={problem("reason") ?? problem("decision")}
        />
        <div class="row">
          <Button name="decision" value="approve">
            {one.approve}
          </Button>
          <Button kind="danger" name="decision" value="reject">
            {one.reject}
          </Button>
        </div>
      </Form>
    </Card>
  );
}

function Hold({ app, explanation, tried }: View) {
  const { commission, state } = explanation.conversion;
  const action = state.heldAt === null ? "hold" : "release";
  if (action === "hold" && state.voidedAt !== null) return null;
  const { field } = formState(tried, action);
  const words = {
    hold: { title: one.hold, lead: one.holdLead, button: one.holdButton },
    release: { title: one.release, lead: one.releaseLead, button: one.releaseButton },
  }[action];
  const [last] = explanation.details.holds;
  return (
    <Card title={words.title} lead={words.lead}>
      {action === "hold" || last === undefined ? null : (
        <p>
          {one.heldFor} {last.reason}
        </p>
      )}
      <Form action={appPath(app.id, `/conversions/${commission.id}/${action}`)}>
        <Field
          id="hold-reason"
          {...field("reason")}
          label={one.reason}
          hint={one.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button kind="quiet">{words.button}</Button>
        </div>
      </Form>
    </Card>
  );
}

function Refunds({ explanation }: View) {
  const { refunds } = explanation.details;
  if (refunds.length === 0) return null;
  const { currency, terms } = explanation.conversion.commission;
  const { refundHead: head } = one;
  return (
    <Card title={one.refunds}>
      <Table
        caption={one.refunds}
        unseen
        rows={refunds}
        columns={[
          { head: head.at, cell: ({ at }) => <Time at={at} /> },
          {
            head: head.amount,
            end: true,
            // "All that is left" is no more than what was paid.
            cell: (refund) => (
              <Money cents={Math.min(refund.amountCents, terms.capturedCents)} currency={refund.currency ?? currency} />
            ),
          },
          { head: head.by, cell: ({ source }) => <>{one.sources[source]}</> },
          { head: head.status, cell: ({ status }) => <>{one.refundStates[status] ?? status}</> },
        ]}
      />
    </Card>
  );
}

function Disputes({ explanation }: View) {
  const { disputes } = explanation.details;
  if (disputes.length === 0) return null;
  const { currency } = explanation.conversion.commission;
  const { refundHead: head } = one;
  return (
    <Card title={one.disputes}>
      <Table
        caption={one.disputes}
        unseen
        rows={disputes}
        columns={[
          { head: head.at, cell: ({ openedAt }) => <Time at={openedAt} /> },
          {
            head: head.amount,
            end: true,
            cell: (dispute) => <Money cents={dispute.amountCents} currency={dispute.currency ?? currency} />,
          },
          { head: head.status, cell: ({ status }) => <Badge>{one.disputeStates[status]}</Badge> },
        ]}
      />
    </Card>
  );
}

function PayoutsOf({ app, explanation }: View) {
  const { payouts } = explanation.details;
  if (payouts.length === 0) return null;
  const { currency } = explanation.conversion.commission;
  const { refundHead: head } = one;
  return (
    <Card title={one.payouts}>
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
            cell: ({ amountCents }) => <Money cents={amountCents} currency={currency} />,
          },
          { head: head.status, cell: ({ status }) => <PayoutState status={status} /> },
        ]}
      />
    </Card>
  );
}

function Claims({ explanation }: View) {
  const { claims } = explanation;
  // One that counts needs no comparing.
  if (claims.length < 2) return null;
  const { claimHead: head } = one;
  return (
    <Card title={one.claims}>
      <Table
        caption={one.claims}
        unseen
        rows={claims}
        columns={[
          { head: head.at, cell: ({ claim }) => <Time at={claim.receivedAt} /> },
          { head: head.by, cell: ({ claim }) => <>{one.sources[claim.source]}</> },
          {
            head: head.amount,
            end: true,
            cell: ({ claim }) => <Money cents={claim.capturedCents} currency={claim.currency} />,
          },
          {
            head: head.stands,
            cell: ({ inForce }) => (
              <Badge tone={inForce ? "good" : undefined}>{inForce ? one.inForce : one.notInForce}</Badge>
            ),
          },
          { head: head.why, cell: ({ why }) => <span class="soft small">{STANDING_WORDS[why]}</span> },
        ]}
      />
    </Card>
  );
}
