import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { isAmount } from "../../domain/money.ts";
import type { FailureCode } from "../../domain/result.ts";
import { type Caller, callParams } from "../../store/call.ts";
import { insertDrop } from "../../store/drop-store.ts";
import type { JoinRefusal } from "../../store/join-store.ts";
import type { Conversion } from "./record-conversion.ts";
import type { Refund } from "./record-refund.ts";
import type { Signup } from "./record-signup.ts";

export type RefusedCall =
  | { readonly kind: "signup"; readonly call: Signup }
  | { readonly kind: "conversion"; readonly call: Conversion }
  | { readonly kind: "refund"; readonly call: Refund };

/** What is kept of a backend's refused call: all that it takes to run it again, and neither address nor metadata. */
export type KeptCall =
  | { readonly kind: "signup"; readonly call: Omit<Signup, "email" | "fromBrowser"> }
  | { readonly kind: "conversion"; readonly call: Omit<Conversion, "metadata"> }
  | { readonly kind: "refund"; readonly call: Refund };

/** Characters of what is kept of one call: a call of ordinary names is a tenth of it, and an app has 1,000 of them. */
const MAX_BODY_LENGTH = 2_048;

/**
 * Notes a refused call for its app's owner, a backend's with what it said: best effort, after the answer, never in a batch that
 * moves money. Throws DbError.
 */
export async function recordDrop(
  deps: Deps,
  caller: Caller,
  { refused, reason }: { refused: RefusedCall; reason: FailureCode },
): Promise<void> {
  const { ref, userId } = refused.call;
  const code = ref !== null && isCode(ref) ? foldCode(ref) : null;
  const params = callParams(caller, { code, now: deps.now() });
  const body = caller.source === "key" ? bodyOf(refused) : null;
  await deps.db.batch(insertDrop({ ...params, kind: refused.kind, reason, user_id: userId, body }));
}

/** Notes that somebody may not join, by which rule, and which account of the host it was (null: nobody of a host). Throws DbError. */
export async function recordJoinRefusal(
  deps: Deps,
  appId: string,
  { accountId, refusal }: { accountId: string | null; refusal: JoinRefusal },
): Promise<void> {
  const params = callParams({ source: "key", appId }, { code: null, now: deps.now() });
  const drop = { kind: "join", reason: `join_refused:${refusal}`, user_id: accountId, body: null } as const;
  await deps.db.batch(insertDrop({ ...params, ...drop }));
}

/** What `recordDrop` kept of a call. */
export function asKeptCall(kind: RefusedCall["kind"], body: string): KeptCall {
  // Only `bodyOf` writes it, by the same kind.
  return { kind, call: JSON.parse(body) };
}

/** Null for what no other ref could help: an amount that none can be, or more than is kept. */
function bodyOf(refused: RefusedCall): string | null {
  const { call } = kept(refused);
  if ("amountCents" in call && call.amountCents !== null && !isAmount(call.amountCents)) return null;
  const body = JSON.stringify(call);
  return body.length > MAX_BODY_LENGTH ? null : body;
}

function kept({ kind, call }: RefusedCall): KeptCall {
  switch (kind) {
    case "signup": {
      const { email: _, fromBrowser: __, ...rest } = call;
      return { kind, call: rest };
    }
    case "conversion": {
      const { metadata: _, ...rest } = call;
      return { kind, call: rest };
    }
    case "refund":
      return { kind, call };
  }
}
