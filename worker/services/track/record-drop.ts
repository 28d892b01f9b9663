import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import type { FailureCode } from "../../domain/result.ts";
import { type Caller, callParams } from "../../store/call.ts";
import type { JoinRefusal } from "../../store/join-store.ts";
import { type DropParams, insertDrop } from "../../store/drop-store.ts";

/** A refused call, as far as its owner needs it to find out why. */
export interface Drop {
  readonly kind: DropParams["kind"];
  /** The code of the refusal; of somebody who may not join also which rule it was. */
  readonly reason: FailureCode | `join_refused:${JoinRefusal}`;
  readonly ref: string | null;
  readonly userId: string | null;
}

/** Notes a refused call for its app's owner: best effort, after the answer, never in a batch that moves money. Throws DbError. */
export async function recordDrop(deps: Deps, caller: Caller, { kind, reason, ref, userId }: Drop): Promise<void> {
  const code = ref !== null && isCode(ref) ? foldCode(ref) : null;
  await deps.db.batch(insertDrop({ ...callParams(caller, { code, now: deps.now() }), kind, reason, user_id: userId }));
}
