import type {
  AccountExplanation,
  ProgramFacts,
  SymptomExplanation,
} from "../../../services/explain/explain-account.ts";
import type { Explanation } from "../../../services/explain/explain.ts";
import type { RefExplanation } from "../../../services/explain/explain-ref.ts";
import type { BriefConversion, UserExplanation } from "../../../services/explain/explain-user.ts";
import type { App } from "../../../store/app-store.ts";
import type { CodeCounts, CodeOwner } from "../../../store/explain-code-store.ts";
import type { ExplainedDrop, StripePaymentRow } from "../../../store/explain-user-store.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { creatorWords } from "../../../texts/creator-words.ts";
import { EXPLAIN } from "../../../texts/explain.ts";
import { wordsOf } from "../../../domain/explain-words.ts";
import { Badge, Card, Facts, Money, Table, Time } from "../../components/data.tsx";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";
import type { ActorNames } from "./actor.tsx";
import { CustomerForms } from "./customer-forms.tsx";
import { Findings, Timeline } from "./findings.tsx";
import { CommissionState, CreatorLink, CreatorStatus } from "./parts.tsx";
import { Share, type SharedStory } from "./share.tsx";

interface Asked {
  readonly app: App;
  /** Those of the owners who did something of it. */
  readonly names: ActorNames;
  readonly now: number;
  /** The link that was asked for. */
  readonly shared: SharedStory | null;
}

/** What is answered about a customer, a code or an account. A conversion has its own page. */
export function Answer(asked: Asked & { explanation: Explanation }) {
  const { explanation } = asked;
  switch (explanation.subject) {
    case "user":
      return <AboutUser {...asked} explanation={explanation} />;
    case "ref":
      return <AboutRef {...asked} explanation={explanation} />;
    case "account":
      return <AboutAccount {...asked} explanation={explanation} />;
    case "conversion":
      return null;
  }
}

function AboutUser({ app, explanation, names, now }: Asked & { explanation: UserExplanation }) {
  const { userId, referral, conversions, drops, stripePayments, timeline } = explanation;
  return (
    <div class="columns aside">
      <div class="stack">
        <Card title={EXPLAIN.answers.user(userId)}>
          <Findings findings={explanation.findings} />
        </Card>
        <Conversions app={app} conversions={conversions} now={now} />
        <StripePayments payments={stripePayments} />
        <Drops drops={drops} />
        <History moments={timeline} names={names} now={now} />
      </div>
      <div class="stack">
        <Card title={EXPLAIN.referral}>
          {referral === null ? (
            <p class="soft">{EXPLAIN.nobody}</p>
          ) : (
            <Facts
              facts={[
                [EXPLAIN.creator, <CreatorLink appId={app.id} id={referral.affiliateId} name={referral.ref} />],
                [EXPLAIN.state, <CreatorStatus status={referral.affiliate.status} />],
                [EXPLAIN.how, `${EXPLAIN.events[referral.event]}: ${EXPLAIN.trust[referral.trust]}`],
                [EXPLAIN.sinceWhen, <Time at={referral.createdAt} />],
              ]}
            />
          )}
        </Card>
        <CustomerForms appId={app.id} userId={userId} tried={null} />
      </div>
    </div>
  );
}

const CODE_TONES = { active: "good", retired: undefined, revoked: "bad", expired: "wait", unknown: "bad" } as const;

function AboutRef({ app, explanation, names, now, shared }: Asked & { explanation: RefExplanation }) {
  const { ref, state, code, counts, referrals, findings, drops, timeline } = explanation;
  const more = referrals.isAll ? "" : ` ${EXPLAIN.atLeast}`;
  return (
    <div class="columns aside">
      <div class="stack">
        <Card
          title={EXPLAIN.answers.ref(ref)}
          aside={<Badge tone={CODE_TONES[state]}>{EXPLAIN.codeStates[state]}</Badge>}
        >
          <Findings findings={findings} />
        </Card>
        <Drops drops={drops} />
        <History moments={timeline} names={names} now={now} />
      </div>
      <div class="stack">
        <Card title={EXPLAIN.facts}>
          <Facts
            facts={[
              ...ownerFacts(app, code?.affiliate ?? null),
              ...countFacts(counts),
              [EXPLAIN.counts.referrals, `${referrals.count}${more}`],
            ]}
          />
        </Card>
        {code === null || code.affiliate === null ? null : (
          <Share
            shared={shared}
            askPath={withQuery(appPath(app.id, "/activity/explain"), { subject: "ref", id: ref, share: "1" })}
          />
        )}
      </div>
    </div>
  );
}

function AboutAccount({ app, explanation, names, now }: Asked & { explanation: AccountExplanation }) {
  const { accountId, symptoms, affiliate, program, refusals, timeline } = explanation;
  return (
    <div class={affiliate === null ? "stack" : "columns aside"}>
      <div class="stack">
        <Card title={EXPLAIN.answers.account(accountId)} lead={EXPLAIN.symptoms}>
          {symptoms.map((symptom) => (
            <SymptomPart symptom={symptom} />
          ))}
        </Card>
        {program === null ? null : <Conversions app={app} conversions={program.conversions} now={now} />}
        <Drops drops={[...refusals, ...(program?.drops ?? [])]} />
        <History moments={timeline} names={names} now={now} />
      </div>
      {affiliate === null ? null : (
        <Card title={EXPLAIN.facts}>
          <Facts facts={[...ownerFacts(app, affiliate), ...(program === null ? [] : programFacts(program))]} />
        </Card>
      )}
    </div>
  );
}

function SymptomPart({ symptom }: { symptom: SymptomExplanation }) {
  const { ok, findings } = symptom;
  return (
    <section class="stack close">
      <div class="row apart">
        <h3>{EXPLAIN.symptomNames[symptom.symptom]}</h3>
        <Badge tone={ok ? "good" : "wait"}>{ok ? EXPLAIN.fine : EXPLAIN.explained}</Badge>
      </div>
      {findings.length === 0 ? null : <Findings findings={findings} />}
    </section>
  );
}

function ownerFacts(app: App, owner: CodeOwner | null) {
  if (owner === null) return [];
  return [
    [EXPLAIN.creator, <CreatorLink appId={app.id} id={owner.id} name={owner.name ?? owner.id} />],
    [EXPLAIN.state, <CreatorStatus status={owner.status} />],
  ] as const;
}

function countFacts({ clicks, signups, conversions, refunds }: CodeCounts) {
  const { counts } = EXPLAIN;
  return [
    [counts.clicks, String(clicks)],
    [counts.signups, String(signups)],
    [counts.conversions, String(conversions)],
    [counts.refunds, String(refunds)],
  ] as const;
}

function programFacts({ counts, balances }: ProgramFacts) {
  return [
    ...countFacts(counts),
    ...balances.flatMap(({ currency, pendingCents, availableCents }) => [
      [CONVERSIONS.statuses.pending, <Money cents={pendingCents} currency={currency} />] as const,
      [CONVERSIONS.statuses.confirmed, <Money cents={availableCents} currency={currency} />] as const,
    ]),
  ] as const;
}

function Conversions({ app, conversions, now }: { app: App; conversions: readonly BriefConversion[]; now: number }) {
  if (conversions.length === 0) return null;
  const { head } = CONVERSIONS;
  return (
    <Card title={EXPLAIN.conversions}>
      <Table
        caption={EXPLAIN.conversions}
        unseen
        rows={conversions}
        columns={[
          {
            head: head.at,
            cell: ({ commission }) => (
              <a href={appPath(app.id, `/conversions/${commission.id}`)}>
                <Time at={commission.createdAt} />
              </a>
            ),
          },
          {
            head: head.amount,
            end: true,
            cell: ({ commission }) => <Money cents={commission.terms.capturedCents} currency={commission.currency} />,
          },
          {
            head: head.net,
            end: true,
            cell: ({ commission }) => <Money cents={commission.netCents} currency={commission.currency} />,
          },
          { head: head.status, cell: ({ commission }) => <CommissionState commission={commission} now={now} /> },
          { head: EXPLAIN.why, cell: ({ findings }) => <First findings={findings} /> },
        ]}
      />
    </Card>
  );
}

/** The most final of what there is to say; the page of the conversion says the rest. */
function First({ findings }: Pick<BriefConversion, "findings">) {
  const [first] = findings;
  return first === undefined ? null : <>{creatorWords(wordsOf(first).message)}</>;
}

function Drops({ drops }: { drops: readonly ExplainedDrop[] }) {
  if (drops.length === 0) return null;
  const { dropHead: head } = EXPLAIN;
  return (
    <Card title={EXPLAIN.drops}>
      <Table
        caption={EXPLAIN.drops}
        unseen
        rows={drops}
        columns={[
          { head: head.at, cell: ({ at }) => <Time at={at} /> },
          { head: head.kind, cell: ({ kind }) => <>{kind}</> },
          { head: head.code, cell: ({ code }) => (code === null ? null : <code>{code}</code>) },
          {
            head: head.reason,
            cell: ({ reason }) => <>{creatorWords(wordsOf({ code: "call_refused", reason }).message)}</>,
          },
        ]}
      />
    </Card>
  );
}

const STRIPE_TONES = { parked: "wait", counted: "good", closed: "bad" } as const;

function StripePayments({ payments }: { payments: readonly StripePaymentRow[] }) {
  if (payments.length === 0) return null;
  const { stripeHead: head } = EXPLAIN;
  return (
    <Card title={EXPLAIN.stripe}>
      <Table
        caption={EXPLAIN.stripe}
        unseen
        rows={payments}
        columns={[
          { head: head.at, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
          {
            head: head.state,
            cell: ({ state }) => <Badge tone={STRIPE_TONES[state]}>{EXPLAIN.stripeStates[state]}</Badge>,
          },
          {
            head: head.reason,
            cell: ({ state, reason }) =>
              state === "counted" ? null : <>{creatorWords(wordsOf({ code: state, reason }).message)}</>,
          },
          {
            head: head.about,
            cell: ({ objects }) => (
              <>
                {objects.map(({ id }) => (
                  <div>
                    <code>{id}</code>
                  </div>
                ))}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

function History({ moments, names, now }: { moments: UserExplanation["timeline"]; names: ActorNames; now: number }) {
  if (moments.length === 0) return null;
  return (
    <Card title={EXPLAIN.timeline}>
      <Timeline moments={moments} names={names} now={now} />
    </Card>
  );
}
