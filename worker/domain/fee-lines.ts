import { startOfDay } from "./maturation.ts";

/** A line of a fee statement, with what is owed after it. */
export type FeeLine =
  | {
      readonly kind: "day";
      readonly day: number;
      /** What creators earned and the platform's share of it. */
      readonly netCents: number;
      readonly feeCents: number;
      readonly owedCents: number;
    }
  | {
      readonly kind: "collection";
      readonly id: string;
      readonly at: number;
      readonly reason: string;
      readonly amountCents: number;
      readonly owedCents: number;
    };

interface Movements {
  readonly openingCents: number;
  readonly days: readonly { readonly day: number; readonly netCents: number; readonly feeCents: number }[];
  readonly collections: readonly {
    readonly id: string;
    readonly createdAt: number;
    readonly reason: string;
    readonly amountCents: number;
  }[];
}

/**
 * The movements of a platform's fee in their order, each with what is owed after it: what a day brought, then what was collected
 * on it. The last line owes opening + Σ fees − Σ collections.
 */
export function feeLines({ openingCents, days, collections }: Movements): readonly FeeLine[] {
  const moves = [
    ...days.map((one) => ({ at: startOfDay(one.day), kind: "day" as const, ...one })),
    ...collections.map((one) => ({ at: one.createdAt, kind: "collection" as const, ...one })),
  ].toSorted((a, b) => a.at - b.at || (a.kind === "day" ? -1 : 1));
  let owedCents = openingCents;
  return moves.map((move): FeeLine => {
    owedCents += move.kind === "day" ? move.feeCents : -move.amountCents;
    if (move.kind === "day") {
      const { kind, day, netCents, feeCents } = move;
      return { kind, day, netCents, feeCents, owedCents };
    }
    const { kind, id, at, reason, amountCents } = move;
    return { kind, id, at, reason, amountCents, owedCents };
  });
}
