/** What a posting of the ledger is, in a bookkeeper's words. `docs/money.md` says what each means. */
export const POSTING_KINDS = [
  "earned",
  "reversed",
  "restored",
  "lane_left",
  "lane_entered",
  "correction",
  "opening",
  "transfer_return",
  "payout",
  "payout_returned",
] as const;
export type PostingKind = (typeof POSTING_KINDS)[number];

/** What a line of a statement is: a change of lane is one line there, for the balance is the same after it. */
export const LINE_KINDS = [
  "earned",
  "reversed",
  "restored",
  "moved",
  "correction",
  "opening",
  "transfer_return",
  "payout",
  "payout_returned",
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** What made a posting. `payment`: Stripe told, or something told by Stripe was decided; `decision`: a line of the audit log. */
export type CauseKind =
  | "claim"
  | "refund"
  | "dispute"
  | "payment"
  | "decision"
  | "revocation"
  | "correction"
  | "payout"
  | "other";

/** Ids are made with their prefix, ours and Stripe's. */
const CAUSE_OF_PREFIX: ReadonlyMap<string, CauseKind> = new Map<string, CauseKind>([
  ["clm", "claim"],
  ["rfd", "refund"],
  ["re", "refund"],
  ["pyr", "refund"],
  ["dp", "dispute"],
  ["du", "dispute"],
  ["pdp", "dispute"],
  ["pay", "payment"],
  ["in", "payment"],
  ["cs", "payment"],
  ["pi", "payment"],
  ["ch", "payment"],
  ["py", "payment"],
  ["aud", "decision"],
  ["aff", "revocation"],
]);

/** The kind of what caused a posting, from its id and what the posting is: payouts and corrections are their own cause. */
export function causeKindOf(factId: string, kind: PostingKind): CauseKind {
  if (kind === "payout" || kind === "payout_returned") return "payout";
  if (kind === "correction" || kind === "opening" || kind === "transfer_return") return "correction";
  return CAUSE_OF_PREFIX.get(factId.slice(0, factId.indexOf("_"))) ?? "other";
}
