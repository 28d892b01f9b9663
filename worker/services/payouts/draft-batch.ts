import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type BatchKind,
  type BatchScope,
  insertBatch,
  type PayoutBatch,
  readBatch,
} from "../../store/payout-batch-store.ts";
import { readBatchTerms } from "./read-policy.ts";

/**
 * Stores what a preview shows as a draft: who is paid, and at most how much, up to today. Null: nobody would be paid, or the
 * schedule's period or the affiliate's request has its batch. Fails as `readBatchTerms` does.
 */
export async function draftBatch(
  deps: Deps,
  appId: string,
  draft: { actor: string; kind: BatchKind; period: string | null; scope: BatchScope },
): Promise<Result<PayoutBatch | null>> {
  const terms = await readBatchTerms(deps, appId);
  if (!terms.ok) return terms;
  const { actor, kind, period, scope } = draft;
  const now = deps.now();
  const id = deps.newId("bat");
  const audit = {
    id: deps.newId("aud"),
    actor,
    action: "payouts.drafted",
    object: id,
    after: { kind, period, ...scope, rail: terms.value.rail, payer: terms.value.payer },
    now,
  };
  const batch = { ...terms.value, ...scope, id, kind, period, today: dayOf(now), audit };
  return ok(readBatch(await deps.db.batch(insertBatch(appId, batch))));
}

/** An owner's batch of everybody, or of one currency or affiliate. Fails with `conflict` where nobody would be paid. */
export async function draftByHand(
  deps: Deps,
  appId: string,
  { actor, scope }: { actor: string; scope: BatchScope },
): Promise<Result<PayoutBatch>> {
  const drafted = await draftBatch(deps, appId, { actor, kind: "hand", period: null, scope });
  if (!drafted.ok) return drafted;
  if (drafted.value === null) return fail("conflict", "Nobody can be paid now: the preview says why.");
  return ok(drafted.value);
}
