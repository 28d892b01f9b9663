import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { RedemptionReport } from "../../../services/credits/read-credit-report.ts";
import type { App } from "../../../store/app-store.ts";
import type { CreditMovement } from "../../../store/credit-report-store.ts";
import type { Redemption } from "../../../store/redemption-store.ts";
import { CREDITS } from "../../../texts/credits.ts";
import { CreditState, stateOf } from "../../components/credits.tsx";
import { Card, Facts, Sum, Time } from "../../components/data.tsx";
import { Button, Field, Form } from "../../components/form.tsx";
import type { PageHead } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { appPath } from "../head.ts";
import { Actor, type ActorNames } from "../program/actor.tsx";
import { formState, Outcome, type Tried } from "../program/form-state.tsx";
import { AccountLink } from "./parts.tsx";

const { one: words } = CREDITS.owner;

interface View {
  readonly c: Context<PageEnv>;
  readonly app: App;
  readonly report: RedemptionReport;
  readonly names: ActorNames;
  readonly tried: Tried | null;
}

export function RedemptionTitle({ report: { redemption } }: Pick<View, "report">): Pick<PageHead, "title" | "lead"> {
  return { title: words.title, lead: redemption.referredAccount };
}

export function RedemptionView(view: View) {
  const { c, app, tried } = view;
  return (
    <div class="stack">
      <p class="small">
        <a href={appPath(app.id, "/credits")}>{words.back}</a>
      </p>
      <Outcome c={c} tried={tried} done={{ revoked: words.revoked }} />
      <div class="columns aside">
        <div class="stack">
          <Story {...view} />
          <Revoke {...view} />
        </div>
        <About {...view} />
      </div>
    </div>
  );
}

/** Something that happened, and who did it where somebody did. */
interface Moment {
  readonly at: number;
  readonly text: string;
  readonly by: string | null;
}

function Story({ report, names }: View) {
  return (
    <Card title={words.story} aside={<CreditState redemption={report.redemption} />}>
      <ol class="steps" role="list">
        {momentsOf(report).map(({ at, text, by }) => (
          <li class="done">
            <h3>{text}</h3>
            <p class="soft">
              <Time at={at} />
            </p>
            {by === null ? null : (
              <div class="soft small">
                {words.by} <Actor actor={by} names={names} />
              </div>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function momentsOf({ redemption, movements, revokedBy }: RedemptionReport): readonly Moment[] {
  const { createdAt, code } = redemption;
  const said = words.moments;
  const moved = (taken: boolean) => movements.filter(({ amount }) => amount < 0 === taken).map(momentOf);
  return [
    { at: createdAt, text: said.created(code), by: null },
    ...waitingOf(redemption),
    ...completionOf(redemption),
    ...moved(false),
    ...revocationOf(redemption, revokedBy),
    ...moved(true),
  ];
}

function momentOf({ kind, amount, createdAt }: CreditMovement): Moment {
  const text = kind === "spend" ? "" : words.moments[kind](Math.abs(amount));
  return { at: createdAt, text, by: null };
}

function waitingOf(redemption: Redemption): readonly Moment[] {
  const state = stateOf(redemption);
  if (state !== "pending" && state !== "expired" && state !== "dead") return [];
  return [{ at: redemption.createdAt, text: words.moments[state], by: null }];
}

function completionOf({ completedAt, referrerAward, refereeAward }: Redemption): readonly Moment[] {
  if (completedAt === null) return [];
  const nothing = { at: completedAt, text: words.moments.nothing, by: null };
  const text = referrerAward === 0 ? words.moments.capped : words.moments.completed;
  return [{ at: completedAt, text, by: null }, ...(referrerAward + refereeAward === 0 ? [nothing] : [])];
}

function revocationOf({ revokedAt, reason }: Redemption, by: string | null): readonly Moment[] {
  return revokedAt === null ? [] : [{ at: revokedAt, text: words.moments.revoked(reason), by }];
}

function About({ app, report: { redemption, balances } }: View) {
  const { code, id, referredAccount, referrerAccount } = redemption;
  return (
    <Card title={words.facts}>
      <Facts
        facts={[
          [words.friend, <Side app={app} account={referredAccount} balance={balances.friend} />],
          [words.referrer, <Side app={app} account={referrerAccount} balance={balances.referrer} />],
          [words.code, <code>{code}</code>],
          [words.id, <code>{id}</code>],
        ]}
      />
    </Card>
  );
}

function Side({ app, account, balance }: { app: App; account: string; balance: number }) {
  return (
    <>
      <AccountLink appId={app.id} account={account} />
      <div class="soft small">{words.balance(balance)}</div>
    </>
  );
}

function Revoke({ app, report, tried }: View) {
  const { redemption } = report;
  if (redemption.status === "revoked") return null;
  const { field } = formState(tried, "revoke");
  return (
    <Card title={words.revoke} lead={words.revokeLead} danger>
      <h3>{words.effect}</h3>
      <Effect report={report} />
      <Form action={appPath(app.id, `/credits/${redemption.id}/revoke`)}>
        <Field {...field("reason")} label={words.reason} hint={words.reasonHint} required maxlength={256} />
        <div class="row">
          <Button kind="danger">{words.revokeDo}</Button>
        </div>
      </Form>
    </Card>
  );
}

/** What the batch of a revocation would do, in the numbers of now. */
function Effect({ report: { redemption, balances } }: Pick<View, "report">) {
  const { referrerAward, refereeAward, status } = redemption;
  const isNothing = status === "pending" || referrerAward + refereeAward === 0;
  const lines: readonly (readonly [string, Child])[] = [
    [words.effectReferrer, words.effectBalance(balances.referrer, balances.referrer - referrerAward)],
    [words.effectFriend, words.effectBalance(balances.friend, balances.friend - refereeAward)],
  ];
  const goesBelow = balances.referrer < referrerAward || balances.friend < refereeAward;
  return (
    <>
      {isNothing ? <p>{words.effectNothing}</p> : <Sum lines={lines} isEven />}
      {goesBelow && !isNothing ? <p class="soft small">{words.below}</p> : null}
      <p class="soft small">{words.keeps}</p>
    </>
  );
}
