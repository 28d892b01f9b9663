import type { Deps } from "../../deps.ts";
import { isAmount } from "../../domain/money.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Collection, insertCollection, readRecorded } from "../../store/fee-store.ts";
import { sha256 } from "../hashing.ts";

export interface CollectionCall {
  readonly currency: string;
  /** What the platform got; negative: what it gave back. */
  readonly amountCents: number;
  readonly reason: string;
  /** Makes the call repeatable. */
  readonly eventId: string | null;
}

/** Of an `event_id`'s hash: 96 bits, so that no two of an app meet. */
const ID_LENGTH = 24;

/**
 * Records that the platform's fee was collected from an app, once for an `event_id`: a repeat answers the first. Fails with
 * `amount_out_of_range`, `not_found` without such an app, and `idempotency_mismatch` for the same `event_id` with something else.
 */
export async function recordCollection(
  deps: Deps,
  appId: string,
  { actor, call }: { actor: string; call: CollectionCall },
): Promise<Result<{ readonly collection: Collection; readonly replayed: boolean }>> {
  const { eventId, ...what } = call;
  if (!isAmount(Math.abs(what.amountCents))) {
    return fail("amount_out_of_range", "The amount must be a whole number from 1 to 999999999999, or its negative.");
  }
  const id = eventId === null ? deps.newId("fee") : `fee_${(await sha256(eventId)).slice(0, ID_LENGTH)}`;
  const audit = { id: deps.newId("aud"), actor, action: "fee.collected", object: id, after: what, now: deps.now() };
  const batch = insertCollection(appId, { ...what, id, actor }, { ...audit, reason: what.reason });
  const recorded = readRecorded(await deps.db.batch(batch));
  if (recorded === null) return fail("not_found", "No such app.");
  const { collection, isNew } = recorded;
  const isSame =
    collection.currency === what.currency &&
    collection.amountCents === what.amountCents &&
    collection.reason === what.reason;
  if (!isSame) return fail("idempotency_mismatch", "This event_id was used for another collection.");
  return ok({ collection, replayed: !isNew });
}
