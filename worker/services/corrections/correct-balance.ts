import type { Deps } from "../../deps.ts";
import { isCorrection, MAX_AMOUNT_CENTS } from "../../domain/money.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Correction, postCorrection, readCorrection } from "../../store/correction-store.ts";
import type { AffiliateOfApp } from "../affiliates/read-affiliates.ts";
import { bodyHash } from "../hashing.ts";

export interface CorrectionCall {
  /** Minor units of either sign: a bonus above zero, what is owed back below. */
  readonly amountCents: number;
  /** Null: the app's. */
  readonly currency: string | null;
  readonly reason: string;
  /** The caller's key, which makes the call repeatable for this affiliate. */
  readonly eventId: string | null;
}

/** Letters of the hash in the id of a correction that has a key of the caller's: 128 bits, so that no two are alike. */
const HASH_LENGTH = 32;

/**
 * Adds to what an affiliate has, or takes from it, at once: whatever the affiliate's status, for what is owed must be settled.
 * A repeat under the same key answers the first. Fails with `amount_out_of_range` and `idempotency_mismatch`.
 */
export async function correctBalance(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  { actor, call }: { actor: string; call: CorrectionCall },
): Promise<Result<{ readonly correction: Correction; readonly replayed: boolean }>> {
  if (!isCorrection(call.amountCents)) {
    const message = `amount_cents must be a whole number from 1 to ${MAX_AMOUNT_CENTS}, or as much below zero.`;
    return fail("amount_out_of_range", message);
  }
  const { eventId, ...said } = call;
  const id = eventId === null ? deps.newId("cor") : await idOf([app.id, affiliate.id, eventId]);
  const { id: affiliateId } = affiliate;
  const row = {
    ...said,
    id,
    affiliateId,
    kind: "correction",
    actor,
    audit: deps.newId("aud"),
    now: deps.now(),
  } as const;
  const answer = readCorrection(await deps.db.batch(postCorrection(app.id, row)));
  if (answer === null) return fail("not_found", "No such affiliate.");
  const { correction, isNew } = answer;
  if (!isNew && !saysTheSame(correction, { ...said, currency: said.currency ?? app.currency })) {
    return fail("idempotency_mismatch", "This event_id was used for another correction.");
  }
  return ok({ correction, replayed: !isNew });
}

/** The key is part of the id, so that the database itself takes it once. */
async function idOf(key: readonly string[]): Promise<string> {
  return `cor_${(await bodyHash(key)).slice(0, HASH_LENGTH)}`;
}

function saysTheSame(correction: Correction, said: Omit<CorrectionCall, "eventId">): boolean {
  const { amountCents, currency, reason } = correction;
  return amountCents === said.amountCents && currency === said.currency && reason === said.reason;
}
