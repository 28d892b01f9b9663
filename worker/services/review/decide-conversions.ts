import type { Deps } from "../../deps.ts";
import { decide, type Decided, type Decision, readDecided } from "../../store/review-store.ts";

/** Conversions decided on in one batch: they settle in about 15 ms, and other writers hardly wait. */
const PAGE = 100;

/** Why a conversion was not decided on. */
export type SkipReason = "not_found" | "already_decided" | "already_voided" | "paid" | "not_waiting";

export interface Outcome {
  /** Conversions for which the decision stands now, made by this call or before. */
  readonly done: number;
  readonly skipped: readonly { readonly conversionId: string; readonly reason: SkipReason }[];
}

/**
 * Approves or rejects conversions of an app that are in review or held by the app's rules: approved they are clear and
 * mature on the day they would have, rejected they are void for good. A decision is for life and the first one stands, so
 * a repeat changes nothing and answers the same. An open dispute or a hold by hand is lifted by no approval.
 *
 * What cannot be decided is skipped with its reason; of another app's conversion that is `not_found`, too.
 */
export async function decideConversions(
  deps: Deps,
  appId: string,
  call: { actor: string; decision: Decision; conversionIds: readonly string[]; reason: string },
): Promise<Outcome> {
  const { conversionIds, ...rest } = call;
  const ids = [...new Set(conversionIds)];
  const decided: Decided[] = [];
  for (let from = 0; from < ids.length; from += PAGE) {
    const items = ids.slice(from, from + PAGE).map((conversion) => ({ id: deps.newId("apv"), conversion }));
    const decisions = { ...rest, items, audit: deps.newId("aud"), now: deps.now() };
    decided.push(...readDecided(await deps.db.batch(decide(appId, decisions))));
  }
  const skipped = decided.flatMap((one) => {
    const reason = whySkipped(one, call.decision);
    return reason === null ? [] : [{ conversionId: one.conversionId, reason }];
  });
  return { done: decided.length - skipped.length, skipped };
}

/** Null: the decision stands. */
function whySkipped(one: Decided, decision: Decision): SkipReason | null {
  if (!one.exists) return "not_found";
  if (one.decision !== null) return one.decision === decision ? null : "already_decided";
  if (one.voided) return "already_voided";
  return one.paid ? "paid" : "not_waiting";
}
