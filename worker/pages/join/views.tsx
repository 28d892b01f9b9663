import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { formatMoney } from "../../domain/currency.ts";
import { percentOf } from "../../domain/percent.ts";
import type { Offer } from "../../services/programs/read-offer.ts";
import type { App } from "../../store/app-store.ts";
import { JOIN } from "../../texts/join.ts";
import { SIGN_IN } from "../../texts/sign-in.ts";
import { Card, Facts, Notice, Stat, Stats, Sum, Time } from "../components/data.tsx";
import { Button, Choice, Field, Form } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import type { JoinForm, JoinProblems } from "./join-form.ts";

/** What the page for joining shows beside the offer. */
export interface JoinView {
  readonly app: App;
  readonly offer: Offer;
  /** Where the program takes only some people, what is said of that. */
  readonly narrowed: string | null;
  readonly form: Partial<JoinForm>;
  readonly problems: JoinProblems;
}

/** The program in words and numbers, and the form that joins it. */
export function joinPage(c: Context<PageEnv>, view: JoinView, status: ContentfulStatusCode = 200) {
  const { app, offer, narrowed, problems } = view;
  return page(
    c,
    { title: JOIN.title(app.name), lead: JOIN.lead(app.name) },
    <div class="columns aside">
      <div class="stack">
        {problems.seen === undefined ? null : <Notice tone="wait">{problems.seen}</Notice>}
        <Hero offer={offer} />
        <Card title={JOIN.howItWorks}>
          <Facts facts={factsOf(app, offer)} />
        </Card>
        <Arithmetic offer={offer} />
        {offer.terms.text === "" ? null : <OwnTerms app={app} offer={offer} />}
      </div>
      <Card title={JOIN.form} id="join">
        {narrowed === null ? null : <Notice tone="wait">{narrowed}</Notice>}
        <JoinFields c={c} view={view} />
      </Card>
    </div>,
    status,
  );
}

function Hero({ offer: { example, currency, holdingDays, tag } }: { offer: Offer }) {
  return (
    <Stats>
      <Stat label={JOIN.youGet} tone="good" note={JOIN.ofEvery(formatMoney(example.ofCents, currency))}>
        {formatMoney(example.netCents, currency)}
      </Stat>
      <Stat label={JOIN.remembered} note={JOIN.afterVisit}>
        {JOIN.days(tag.cookieDays)}
      </Stat>
      <Stat label={JOIN.hold} note={JOIN.afterPayment}>
        {JOIN.days(holdingDays)}
      </Stat>
    </Stats>
  );
}

function Arithmetic({ offer: { example, currency, rateBps, feeBps } }: { offer: Offer }) {
  const amount = (cents: number) => formatMoney(cents, currency);
  const fee = [JOIN.fee(String(percentOf(feeBps))), amount(-example.feeCents)] as const;
  return (
    <Card title={JOIN.arithmetic(amount(example.ofCents))}>
      <Sum
        lines={[
          [JOIN.commission(String(percentOf(rateBps))), amount(example.grossCents)],
          ...(feeBps === 0 ? [] : [fee]),
          [JOIN.youGet, amount(example.netCents)],
        ]}
      />
      <p class="soft small">{JOIN.rounding}</p>
    </Card>
  );
}

function factsOf(app: App, offer: Offer): readonly (readonly [string, string])[] {
  const { tag, holdingDays, maxMonths, newCustomersOnly, minimumCents, currency } = offer;
  const days = JOIN.days(tag.cookieDays);
  return [
    [
      JOIN.counts,
      `${maxMonths === null ? JOIN.every : JOIN.months(maxMonths)}${newCustomersOnly ? ` ${JOIN.newOnly}` : ""}`,
    ],
    [JOIN.remembered, tag.attribution === "last" ? JOIN.lastClick(days) : JOIN.firstClick(days)],
    [JOIN.hold, holdingDays === 0 ? JOIN.holdNone : JOIN.holdDays(JOIN.days(holdingDays))],
    [JOIN.payout, `${JOIN.minimum(formatMoney(minimumCents, currency))}, ${whenPaid(offer)}`],
    [JOIN.approval, whenBegun(app, offer)],
  ];
}

function whenPaid({ schedule: { schedule, scheduleDay } }: Offer): string {
  if (schedule === "none") return JOIN.byRequest;
  return schedule === "weekly" ? JOIN.weekly(JOIN.weekdays[scheduleDay - 1] ?? "") : JOIN.monthly(scheduleDay);
}

function whenBegun(app: App, { byApproval, isInvited }: Offer): string {
  if (isInvited) return JOIN.invited(app.name);
  return byApproval ? JOIN.byHand(app.name) : JOIN.automatic;
}

function OwnTerms({ app, offer: { terms } }: { app: App; offer: Offer }) {
  return (
    <Card
      title={JOIN.terms(app.name)}
      lead={
        terms.createdAt === null ? undefined : (
          <>
            {JOIN.version(terms.version)} <Time at={terms.createdAt} as="date" />
          </>
        )
      }
    >
      <p class="lines">{terms.text}</p>
    </Card>
  );
}

function JoinFields({ c, view }: { c: Context<PageEnv>; view: JoinView }) {
  const { app, offer, form, problems } = view;
  const person = c.get("person");
  return (
    <>
      <p class="soft">{person === null ? JOIN.formLead : JOIN.signedInLead(person.email)}</p>
      <Form action={`/join/${app.id}`}>
        <input type="hidden" name="seen" value={offer.seen} />
        {person === null ? (
          <Field
            name="email"
            type="email"
            label={JOIN.email}
            value={form.email}
            problem={problems.email}
            autocomplete="email"
            maxlength={254}
            required
          />
        ) : null}
        <Field
          name="name"
          label={JOIN.name}
          hint={JOIN.nameHint}
          value={form.name}
          problem={problems.name}
          autocomplete="name"
          maxlength={100}
        />
        <Field
          name="ref"
          label={JOIN.code}
          hint={JOIN.codeHint}
          value={form.ref}
          problem={problems.ref}
          maxlength={32}
          autocomplete="off"
        />
        <Choice
          name="accept"
          label={offer.terms.text === "" ? JOIN.accept : JOIN.acceptWithTerms(app.name)}
          hint={problems.accept}
          required
        />
        <Button>{person === null ? JOIN.send : JOIN.join}</Button>
      </Form>
      {person === null ? null : (
        <Form action="/signout" kind="row">
          <Button kind="text">{JOIN.another}</Button>
        </Form>
      )}
    </>
  );
}

/** Where the code of a mail is entered: who has it joins with that. */
export function joinCodePage(
  c: Context<PageEnv>,
  { app, email, problem, isAgain }: { app: App; email: string; problem?: string; isAgain: boolean },
) {
  const { code: texts } = SIGN_IN;
  return page(
    c,
    { title: texts.title, lead: texts.sentTo(email), shape: "narrow" },
    <div class="stack">
      {isAgain ? <Notice tone="good">{texts.sentAgain}</Notice> : null}
      <Form action={`/join/${app.id}/code`}>
        <Field
          name="code"
          label={texts.code}
          problem={problem}
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength={16}
          required
          autofocus
        />
        <Button>{JOIN.enterCode}</Button>
      </Form>
      <Form action={`/join/${app.id}/again`} kind="row">
        <Button kind="quiet">{texts.resend}</Button>
        <a href={`/join/${app.id}`}>{JOIN.startOver}</a>
      </Form>
    </div>,
    problem === undefined ? 200 : 400,
  );
}

/** Why somebody may not join. */
export function joinRefusedPage(
  c: Context<PageEnv>,
  { app, refusal }: { app: App; refusal: keyof typeof JOIN.refusals },
) {
  const [title, lead] = JOIN.refusals[refusal];
  return page(
    c,
    { title, lead, shape: "narrow" },
    <div class="row">
      <Button kind="quiet" href={`/join/${app.id}`}>
        {JOIN.title(app.name)}
      </Button>
      <a href="/">{SIGN_IN.refusals.home}</a>
    </div>,
    403,
  );
}
