import type { App } from "../../../store/app-store.ts";
import type { ReviewRule } from "../../../store/review-rule-store.ts";
import type { OwnersCommission } from "../../../store/review-store.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { Card, Empty, Money, Pager, Table, Time } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { withQuery } from "../../forms.ts";
import { appPath } from "../head.ts";
import { formState, type Tried } from "./form-state.tsx";
import { CreatorLink } from "./parts.tsx";

const { review, head } = CONVERSIONS;
const LANES = ["review", "held"] as const;
type WaitingLane = (typeof LANES)[number];

interface View {
  readonly app: App;
  readonly lane: WaitingLane;
  readonly waiting: readonly OwnersCommission[];
  readonly links: { readonly older: string | null; readonly newest: string | null };
  readonly rules: readonly ReviewRule[];
  /** Of those who have a rule of their own, by their ids. */
  readonly creators: ReadonlyMap<string, string>;
  readonly tried: Tried | null;
  readonly chosen: readonly string[];
}

/** What waits, to be chosen and decided on together, and the standing rules. */
export function ReviewView(view: View) {
  const { app, lane, waiting, links } = view;
  return (
    <>
      <Card>
        <nav aria-label={review.lanes}>
          <Tabs
            tabs={LANES.map((name) => ({
              href: withQuery(appPath(app.id, "/conversions/review"), { lane: name === "review" ? null : name }),
              label: review[name],
              current: name === lane,
            }))}
          />
        </nav>
        <p class="soft">{review.laneLead[lane]}</p>
        {waiting.length === 0 ? (
          <Empty title={review.none}>
            <p>{review.noneText}</p>
          </Empty>
        ) : (
          <Queue {...view} />
        )}
        <Pager {...links} />
      </Card>
      <Rules {...view} />
    </>
  );
}

function Queue({ app, lane, waiting, tried, chosen }: View) {
  const { value, problem } = formState(tried, "decide");
  return (
    <Form action={withQuery(appPath(app.id, "/conversions/review"), { lane: lane === "review" ? null : lane })}>
      <Table
        caption={review.title}
        unseen
        rows={waiting}
        columns={[
          { head: review.choose, cell: ({ id }) => <Pick id={id} isChosen={chosen.includes(id)} /> },
          { head: head.at, cell: (row) => <When appId={app.id} row={row} /> },
          { head: head.customer, cell: ({ userId }) => <>{userId ?? CONVERSIONS.erased}</> },
          {
            head: head.creator,
            cell: ({ affiliateId, affiliateEmail, ref }) => (
              <CreatorLink appId={app.id} id={affiliateId} name={affiliateEmail ?? ref} />
            ),
          },
          {
            head: head.amount,
            end: true,
            cell: ({ terms, currency }) => <Money cents={terms.capturedCents} currency={currency} />,
          },
          {
            head: head.net,
            end: true,
            cell: ({ netCents, currency }) => <Money cents={netCents} currency={currency} />,
          },
          { head: head.why, cell: (row) => <>{CONVERSIONS.why(row.reason) ?? CONVERSIONS.trust[row.trust]}</> },
        ]}
      />
      <Field
        name="reason"
        label={review.reason}
        hint={review.reasonHint}
        required
        maxlength={256}
        value={value("reason")}
        problem={problem("reason") ?? problem("ids") ?? problem("conversion_ids")}
      />
      <p class="soft small">{review.final}</p>
      <div class="row">
        <Button name="decision" value="approve">
          {review.approve}
        </Button>
        <Button kind="danger" name="decision" value="reject">
          {review.reject}
        </Button>
      </div>
    </Form>
  );
}

function Pick({ id, isChosen }: { id: string; isChosen: boolean }) {
  return (
    <label class="pick">
      <input type="checkbox" name="id" value={id} checked={isChosen} />
      <span class="unseen">{review.pick(id)}</span>
    </label>
  );
}

function When({ appId, row }: { appId: string; row: OwnersCommission }) {
  return (
    <a href={appPath(appId, `/conversions/${row.id}`)}>
      <Time at={row.createdAt} />
    </a>
  );
}

function Rules({ app, rules, creators, tried }: View) {
  const { ruleHead } = review;
  return (
    <div class="columns aside">
      <Card title={review.rules} lead={review.rulesLead} id="rules">
        {rules.length === 0 ? (
          <p class="soft">{review.noRules}</p>
        ) : (
          <Table
            caption={review.rules}
            unseen
            rows={rules}
            columns={[
              {
                head: ruleHead.who,
                cell: ({ affiliateId }) => <Whom appId={app.id} affiliateId={affiliateId} creators={creators} />,
              },
              {
                head: ruleHead.event,
                end: true,
                cell: ({ maxEventCents, currency }) => <Money cents={maxEventCents} currency={currency} />,
              },
              {
                head: ruleHead.day,
                end: true,
                cell: ({ maxDayCents, currency }) => <Money cents={maxDayCents} currency={currency} />,
              },
              {
                head: ruleHead.today,
                end: true,
                cell: ({ approvedTodayCents, currency }) => <Money cents={approvedTodayCents} currency={currency} />,
              },
              { head: ruleHead.reason, cell: ({ reason }) => <>{reason}</> },
              {
                head: "",
                end: true,
                cell: ({ id }) => (
                  <Form action={appPath(app.id, `/conversions/review/rules/${id}/end`)} kind="row">
                    <Button kind="quiet" slim about={review.ofRule(id)}>
                      {review.endRule}
                    </Button>
                  </Form>
                ),
              },
            ]}
          />
        )}
      </Card>
      <RuleForm app={app} tried={tried} />
    </div>
  );
}

function Whom({
  appId,
  affiliateId,
  creators,
}: {
  appId: string;
  affiliateId: string | null;
  creators: View["creators"];
}) {
  if (affiliateId === null) return <>{review.allCreators}</>;
  return <CreatorLink appId={appId} id={affiliateId} name={creators.get(affiliateId) ?? affiliateId} />;
}

function RuleForm({ app, tried }: { app: App; tried: Tried | null }) {
  const { field } = formState(tried, "rule");
  return (
    <Card title={review.newRule}>
      <Form action={appPath(app.id, "/conversions/review/rules")}>
        <Field id="rule-ref" {...field("ref")} label={review.code} hint={review.codeHint} maxlength={64} />
        <Field id="rule-event" {...field("max_event")} label={review.maxEvent} inputmode="decimal" required />
        <Field id="rule-day" {...field("max_day")} label={review.maxDay} inputmode="decimal" required />
        <Field
          id="rule-currency"
          {...field("currency", app.currency.toUpperCase())}
          label={review.currency}
          required
          minlength={3}
          maxlength={3}
        />
        <Field
          id="rule-reason"
          {...field("reason")}
          label={review.reason}
          hint={CONVERSIONS.one.reasonHint}
          required
          maxlength={256}
        />
        <div class="row">
          <Button kind="quiet">{review.addRule}</Button>
        </div>
      </Form>
    </Card>
  );
}
