import type { Deps } from "../../deps.ts";
import type { MethodKind } from "../../domain/payout-method.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { BLOCK_MS, findPayoutMethod, type PayoutMethodRow } from "../../store/payout-method-store.ts";

/** What may be shown of the method in force. */
export interface PayoutMethodView {
  readonly kind: MethodKind;
  readonly label: string;
  readonly changedAt: number;
  /** Until when payouts wait after a change, null when they do not. */
  readonly blockedUntil: number | null;
}

/** Where an affiliate's money goes, null where they have not said or said nowhere. Fails with `not_found`. */
export async function readPayoutMethod(
  deps: Deps,
  appId: string,
  affiliateId: string,
): Promise<Result<PayoutMethodView | null>> {
  const found = await findPayoutMethod(deps.db, appId, affiliateId);
  return found === null ? fail("not_found", "No such affiliate.") : ok(viewOf(found.method, deps.now()));
}

/** A method as of `now`. */
export function viewOf(method: PayoutMethodRow | null, now: number): PayoutMethodView | null {
  if (method === null || method.kind === "none") return null;
  const { kind, label, createdAt, isChange } = method;
  const endsAt = createdAt + BLOCK_MS;
  return { kind, label, changedAt: createdAt, blockedUntil: isChange && endsAt > now ? endsAt : null };
}
