import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { foldEmail, maskEmail } from "../../domain/email.ts";
import { dayOf } from "../../domain/maturation.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Caller, callParams, sourceRef } from "../../store/call.ts";
import { readSignup, type ReferralRecord, type SignupAnswer, writeSignup } from "../../store/referral-store.ts";
import { bodyHash, hmac } from "../hashing.ts";
import { runCall } from "./run-call.ts";

export interface Signup {
  /** A browser's signup follows a click; a backend's need not. */
  readonly fromBrowser: boolean;
  readonly ref: string;
  readonly userId: string;
  readonly email: string | null;
  readonly customerCreatedAt: number | null;
  /** The caller's key, which makes the call repeatable. */
  readonly eventId: string | null;
}

export type SignupReceipt = { readonly replayed: boolean } & (
  | { readonly status: "active"; readonly referral: ReferralRecord }
  /** Said to the public only, and nothing more: the user belongs to another code. */
  | { readonly status: "already_referred"; readonly userId: string }
);

/**
 * Ties a user to the affiliate of a code: one referral per app and user. A repeat answers the first; the user's first
 * vouched signup replaces a public one. It was made now, or at `occurredAt`. Fails with `unknown_ref` (no live code of that app), `idempotency_mismatch` and
 * `origin_not_allowed`.
 */
export async function recordSignup(
  deps: Deps,
  caller: Caller,
  signup: Signup,
  { occurredAt }: { readonly occurredAt?: number } = {},
): Promise<Result<SignupReceipt>> {
  const now = deps.now();
  const seenAt = occurredAt ?? now;
  const code = isCode(signup.ref) ? foldCode(signup.ref) : "";
  const email = signup.email === null ? null : foldEmail(signup.email);
  const referral = deps.newId("ref");
  const emailHmac = email === null ? null : await hmac(deps.config.authSecret, email);
  // Not of the address itself: whoever has the database could try addresses until the hash fits.
  const hash = await bodyHash([signup.userId, code, emailHmac]);
  const batch = writeSignup({
    ...callParams(caller, { code, now }),
    user_id: signup.userId,
    referral,
    key: signup.eventId === null ? null : sourceRef(caller, { eventId: signup.eventId, code, rowId: referral, now }),
    body_hash: hash,
    email_hmac: emailHmac,
    email_mask: email === null ? null : maskEmail(email),
    customer_created_at: signup.customerCreatedAt,
    seen_at: seenAt,
    from_browser: signup.fromBrowser ? 1 : 0,
    audit: deps.newId("aud"),
    today: dayOf(seenAt),
  });
  const results = await runCall(deps, caller, { code, now, batch });
  if (!results.ok) return results;
  return receipt(caller, { answer: readSignup(results.value, referral), code, hash, userId: signup.userId });
}

function receipt(
  caller: Caller,
  { answer, code, hash, userId }: { answer: SignupAnswer; code: string; hash: string; userId: string },
): Result<SignupReceipt> {
  const { referral, replayed } = answer;
  if (answer.keyHash !== null && answer.keyHash !== hash) {
    return fail("idempotency_mismatch", "This event_id was used for another signup.");
  }
  if ((!answer.codeLive && !replayed) || referral === null) return fail("unknown_ref", "No live code by this ref.");
  if (caller.source === "public" && referral.code !== code) return ok({ replayed, status: "already_referred", userId });
  return ok({ replayed, status: "active", referral });
}
