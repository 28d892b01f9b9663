import { formatMoney } from "../../domain/currency.ts";

/** Something that happened, or will, in plain words: for a page that shows them in their order. */
export interface Moment {
  readonly at: number;
  readonly what: MomentKind;
  readonly detail: string;
}

export type MomentKind =
  | "joined"
  | "status"
  | "code"
  | "referral"
  | "claim"
  | "conversion"
  | "refund"
  | "dispute"
  | "hold"
  | "decision"
  | "void"
  | "maturation"
  | "payout"
  | "posting"
  | "refusal"
  | "stripe"
  | "credits";

/** Moments in the order in which they happen; those of one instant stay as they are given. */
export function inOrder(moments: readonly (Moment | null)[]): readonly Moment[] {
  return moments.filter((one) => one !== null).toSorted((a, b) => a.at - b.at);
}

/** A moment, null where it has not come about. */
export function moment(at: number | null, what: MomentKind, detail: string): Moment | null {
  return at === null ? null : { at, what, detail };
}

/** An amount of minor units as people read it: exact, in the currency's own unit. */
export function amountOf(cents: number, currency: string): string {
  return formatMoney(cents, currency);
}

/** Who did something, where the reader may know. */
export function byWhom(actor: string | null): string {
  return actor === null ? "" : ` by ${actor}`;
}

/** Why, where the reader may know. */
export function because(reason: string | null): string {
  return reason === null ? "" : `: ${reason}`;
}
