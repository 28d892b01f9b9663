import type { Child } from "hono/jsx";
import { formatMoney } from "../../../domain/currency.ts";
import { percentOf } from "../../../domain/percent.ts";
import type { ConversionExplanation } from "../../../services/explain/explain-conversion.ts";
import { CONVERSIONS } from "../../../texts/conversions.ts";
import { Card, Money, Sum } from "../../components/data.tsx";

const { one } = CONVERSIONS;

type Steps = ConversionExplanation["arithmetic"];
type Step = Steps[number]["step"];

/** How a commission comes to what it is, as a worked sum: a step that changes nothing is left out. */
export function Arithmetic({ explanation }: { explanation: ConversionExplanation }) {
  const { currency, terms, status } = explanation.conversion.commission;
  const isPlain = terms.baseCents === terms.capturedCents;
  const steps = explanation.arithmetic.filter(({ step }) => {
    if (step === "base") return !isPlain;
    if (step === "refunded" || step === "retained") return status.refundedCents > 0;
    return step !== "fee" || terms.feeBps > 0;
  });
  return (
    <Card title={one.sum}>
      <Sum
        lines={steps.map(({ step, cents }): readonly [Child, Child] => [
          <>
            {labelOf(step, terms)}
            <Worked text={workedOf(step, explanation)} />
          </>,
          <Money cents={step === "refunded" || step === "fee" ? -cents : cents} currency={currency} />,
        ])}
      />
      <p class="soft small">{one.rounded}</p>
    </Card>
  );
}

function Worked({ text }: { text: string | null }) {
  return text === null ? null : <div class="soft small">{text}</div>;
}

interface Terms {
  readonly rateBps: number;
  readonly feeBps: number;
}

function labelOf(step: Step, { rateBps, feeBps }: Terms): string {
  if (step === "commission") return one.steps.commission(percentOf(rateBps));
  return step === "fee" ? one.steps.fee(percentOf(feeBps)) : one.steps[step];
}

/** What is done with which amounts; null where an amount is simply what was recorded. */
function workedOf(step: Step, { conversion, arithmetic }: ConversionExplanation): string | null {
  const { currency, terms } = conversion.commission;
  const amount = (of: Step) => formatMoney(arithmetic.find((it) => it.step === of)?.cents ?? 0, currency);
  const { worked } = one;
  switch (step) {
    case "retained":
      return worked.retained({ base: amount("base"), refunded: amount("refunded"), captured: amount("captured") });
    case "commission":
      return worked.share(amount("retained"), percentOf(terms.rateBps));
    case "fee":
      return worked.share(amount("commission"), percentOf(terms.feeBps));
    case "net":
      return terms.feeBps === 0 ? null : worked.less(amount("commission"), amount("fee"));
    case "captured":
    case "base":
    case "refunded":
    case "void":
      return null;
  }
}
