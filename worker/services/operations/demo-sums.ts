import { type Commission, commissionDue } from "../../domain/commission.ts";
import { formatMoney } from "../../domain/currency.ts";
import type { Answer, Teller } from "./demo-teller.ts";

/** The terms of the story's payments: 30 %, of which the platform takes 5 %. */
export const DEMO_TERMS = { rateBps: 3_000, feeBps: 500 };

/** Checks what a payment earned, in cents, against the sums by hand and the rule of the domain. */
export function checkCommission(
  teller: Teller,
  answer: Answer,
  { paidCents, byHand }: { paidCents: number; byHand: Commission },
): void {
  const rule = commissionDue(termsOf(paidCents), 0);
  const { grossCents, feeCents } = byHand;
  checkParts(teller, {
    labels: {
      grossCents: `30 % of ${show(paidCents)} is ${share(paidCents, DEMO_TERMS.rateBps)}: commission`,
      feeCents: `5 % of ${show(grossCents)} is ${share(grossCents, DEMO_TERMS.feeBps)}: platform fee`,
      netCents: `${show(grossCents)} − ${show(feeCents)}: Mara gets`,
    },
    byHand,
    rule,
    books: partsOf(answer, "commission"),
  });
}

/** The same for what a refund took back: the commission of what was still paid before it, less that of what is now. */
export function checkReversal(
  teller: Teller,
  answer: Answer,
  { paidCents, from, to, byHand }: { paidCents: number; from: number; to: number; byHand: Commission },
): void {
  const before = commissionDue(termsOf(paidCents), from);
  const after = commissionDue(termsOf(paidCents), to);
  teller.say(`  ${show(paidCents - to)} stays paid. Taken back:`);
  const difference = (part: keyof Commission) => `${show(before[part])} − ${show(after[part])}`;
  checkParts(teller, {
    labels: {
      grossCents: `${difference("grossCents")}: commission`,
      feeCents: `${difference("feeCents")}: platform fee`,
      netCents: `${difference("netCents")}: from Mara`,
    },
    byHand,
    rule: {
      grossCents: before.grossCents - after.grossCents,
      feeCents: before.feeCents - after.feeCents,
      netCents: before.netCents - after.netCents,
    },
    books: partsOf(answer, "reversed"),
  });
}

/** Checks a creator's balance, in cents, against what it must be by hand. */
export async function checkBalance(
  teller: Teller,
  affiliateId: string,
  byHand: { readonly pending: number; readonly available: number },
): Promise<void> {
  const balance = await teller.send("GET", `/api/v1/affiliates/${affiliateId}/balance`);
  const pending = balance.number("balances.0.pending_cents");
  const available = balance.number("balances.0.available_cents");
  teller.check("Mara's balance, pending", { byHand: byHand.pending, books: pending, show });
  teller.check("Mara's balance, available", { byHand: byHand.available, books: available, show });
}

function checkParts(
  teller: Teller,
  sums: { labels: Record<keyof Commission, string>; byHand: Commission; rule: Commission; books: Commission },
): void {
  const { labels, byHand, rule, books } = sums;
  for (const part of ["grossCents", "feeCents", "netCents"] as const) {
    teller.check(labels[part], { byHand: byHand[part], rule: rule[part], books: books[part], show });
  }
}

function partsOf(answer: Answer, field: "commission" | "reversed"): Commission {
  return {
    grossCents: answer.number(`${field}.commission_cents`),
    feeCents: answer.number(`${field}.platform_fee_cents`),
    netCents: answer.number(`${field}.net_commission_cents`),
  };
}

function termsOf(paidCents: number) {
  return { baseCents: paidCents, capturedCents: paidCents, ...DEMO_TERMS };
}

/** A share before it is rounded down, exact: 30 % of 49.99 → 14.997. Basis points of cents are millionths. */
function share(amountCents: number, bps: number): string {
  const digits = String(BigInt(amountCents) * BigInt(bps)).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6).replace(/0{1,4}$/, "")}`;
}

function show(amountCents: number): string {
  return formatMoney(amountCents, "usd").replace(/ USD$/, "");
}
