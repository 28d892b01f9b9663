import type { Context } from "hono";
import { formatMoney } from "../../domain/currency.ts";
import { dayOf, startOfDay } from "../../domain/maturation.ts";
import { percentOf } from "../../domain/percent.ts";
import type { ConversionExplanation } from "../../services/explain/explain-conversion.ts";
import { PORTAL } from "../../texts/portal.ts";
import { presentFinding } from "../../wire/explain-parts.ts";
import { Card, Facts, Sum, Time } from "../components/data.tsx";
import { Button } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { Standing } from "./commissions.tsx";
import { portalHead, portalPath } from "./head.ts";

const { why } = PORTAL;

/** Something that happened to a commission, or will. */
interface Moment {
  readonly at: number;
  readonly text: string;
}

/** Why a commission is what it is, to its creator: how it stands, how it adds up, and what happened. */
export function commissionPage(c: Context<PageEnv>, explanation: ConversionExplanation, now: number) {
  const { conversion } = explanation;
  const { commission } = conversion;
  const { id } = c.get("app");
  return page(
    c,
    portalHead(c, "commissions", {
      title: why.title,
      lead: why.lead(dateOf(commission.createdAt)),
      actions: (
        <Button kind="quiet" href={portalPath(id, "/commissions")}>
          {why.back}
        </Button>
      ),
    }),
    <CommissionStory
      explanation={explanation}
      now={now}
      payoutPath={(payoutId) => portalPath(id, `/payouts/${payoutId}`)}
    />,
  );
}

/** The story of a commission in its creator's words. `payoutPath`: where a payout of it is told; null where none is. */
export function CommissionStory({
  explanation,
  now,
  payoutPath,
}: {
  explanation: ConversionExplanation;
  now: number;
  payoutPath: ((payoutId: string) => string) | null;
}) {
  const { commission } = explanation.conversion;
  return (
    <div class="columns">
      <div class="stack">
        <Card title={why.says} aside={<Standing commission={commission} now={now} />}>
          <ul role="list" class="stack close">
            {explanation.findings.map((found) => (
              <li>{toldOf(found)}</li>
            ))}
          </ul>
        </Card>
        <Card title={why.sum}>
          <Sum lines={linesOf(explanation)} />
        </Card>
        <Card title={why.facts}>
          <Facts
            facts={[
              [why.code, <code>{commission.ref}</code>],
              [PORTAL.commissions.availableOn, <Time at={startOfDay(commission.status.matureDay)} as="date" />],
              [why.number, <code>{commission.id}</code>],
              ...explanation.details.payouts.map(
                (payout) =>
                  [
                    why.payout(PORTAL.payouts.statuses[payout.status]),
                    <PayoutNumber id={payout.id} href={payoutPath?.(payout.id) ?? null} />,
                  ] as const,
              ),
            ]}
          />
        </Card>
      </div>
      <Card title={why.story}>
        <ol class="steps" role="list">
          {storyOf(explanation, now).map(({ at, text }) => (
            <li class={at <= now ? "done" : undefined}>
              <h3>{text}</h3>
              <p class="soft">
                <Time at={at} />
              </p>
            </li>
          ))}
        </ol>
      </Card>
    </div>
  );
}

function PayoutNumber({ id, href }: { id: string; href: string | null }) {
  const number = <code>{id}</code>;
  return href === null ? number : <a href={href}>{number}</a>;
}

const FINDINGS: Readonly<Record<string, string>> = PORTAL.findings;

/** A finding in the creator's words; one that has none there, in those that everybody reads. */
export function toldOf(found: ConversionExplanation["findings"][number]): string {
  return FINDINGS[found.code] ?? presentFinding(found, { isAdvised: false }).message;
}

/** The sum, without the steps that change nothing. */
function linesOf({ conversion, arithmetic }: ConversionExplanation): readonly (readonly [string, string])[] {
  const { currency, terms } = conversion.commission;
  const cents = (step: (typeof arithmetic)[number]["step"]) => arithmetic.find((one) => one.step === step)?.cents ?? 0;
  const amount = (value: number) => formatMoney(value, currency);
  const refunded = cents("refunded");
  const isVoid = arithmetic.some(({ step }) => step === "void");
  return [
    [why.captured, amount(cents("captured"))],
    ...(cents("base") === cents("captured") ? [] : [[why.base, amount(cents("base"))] as const]),
    ...(refunded === 0
      ? []
      : [[why.refunded, amount(-refunded)] as const, [why.retained, amount(cents("retained"))] as const]),
    [why.commission(String(percentOf(terms.rateBps))), amount(cents("commission"))],
    ...(terms.feeBps === 0 ? [] : [[why.fee(String(percentOf(terms.feeBps))), amount(-cents("fee"))] as const]),
    isVoid ? [why.void, amount(0)] : [why.net, amount(cents("net"))],
  ];
}

function storyOf(explanation: ConversionExplanation, now: number): readonly Moment[] {
  const { conversion, referral, details } = explanation;
  const { commission, state } = conversion;
  const { currency, terms, status } = commission;
  const amount = (cents: number, of: string | null) => formatMoney(cents, of ?? currency);
  const words = why.moments;
  const began = { signup: words.referral, payment: words.referredByPayment, hand: words.assigned };
  const maturesAt = startOfDay(status.matureDay);
  const moments: readonly (Moment | null)[] = [
    referral === null ? null : { at: referral.createdAt, text: began[referral.event] },
    { at: commission.createdAt, text: words.recorded(amount(terms.capturedCents, currency)) },
    ...details.refunds.map((refund) => {
      const sum = amount(Math.min(refund.amountCents, terms.capturedCents), refund.currency);
      const isDone = refund.status === "succeeded";
      return { at: refund.at, text: isDone ? words.refund(sum) : words.refundOther(sum, refund.status) };
    }),
    ...details.disputes.flatMap((dispute) => [
      { at: dispute.openedAt, text: words.dispute(amount(dispute.amountCents, dispute.currency)) },
      dispute.status === "open" ? null : { at: dispute.changedAt, text: words[dispute.status] },
    ]),
    ...details.holds.map(({ at, action }) => ({ at, text: words[action] })),
    ...details.decisions.map(({ at, decision }) => ({ at, text: words[decision] })),
    state.voidedAt === null ? null : { at: state.voidedAt, text: words.void },
    { at: maturesAt, text: status.matureDay <= dayOf(now) ? words.matured : words.matures },
    ...details.payouts.flatMap((payout) => {
      const sum = amount(Math.abs(payout.amountCents), currency);
      const begun = payout.amountCents < 0 ? words.payoutNetted(sum) : words.payout(sum);
      return [
        { at: payout.createdAt, text: payout.status === "failed" ? words.payoutFailed(sum) : begun },
        payout.settledAt === null ? null : { at: payout.settledAt, text: words.settled },
      ];
    }),
  ];
  return moments.filter((one) => one !== null).toSorted((a, b) => a.at - b.at);
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

function dateOf(at: number): string {
  return DATE.format(new Date(at));
}
