import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { dayOf } from "../../domain/maturation.ts";
import { isAmount, MAX_AMOUNT_CENTS } from "../../domain/money.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Caller, callParams, sourceRef } from "../../store/call.ts";
import {
  readRefund,
  type RecordedRefund,
  type RefundAnswer,
  type RefundTarget,
  writeRefund,
} from "../../store/refund-store.ts";
import { bodyHash } from "../hashing.ts";
import { refundOfStripe } from "./refund-of-stripe.ts";
import { runCall } from "./run-call.ts";

export interface Refund {
  readonly ref: string | null;
  /** What the customer got back, in the currency's minor unit. Null: all that is left of what is named. */
  readonly amountCents: number | null;
  readonly currency: string | null;
  readonly userId: string | null;
  readonly conversionId: string | null;
  readonly paymentRef: string | null;
  readonly eventId: string | null;
}

export interface RefundReceipt extends Omit<RecordedRefund, "id" | "bodyHash" | "sameKey"> {
  /** Null: nothing was recorded, because of `reason`. */
  readonly id: string | null;
  readonly reason: "reported_by_stripe" | null;
  readonly replayed: boolean;
  readonly deduplicated: boolean;
}

/**
 * Takes back the commission on what a customer got back: of the named conversion or payment, else of the user's newest,
 * else of the code's affiliate's newest. All or nothing; the share is cumulative, so any split ends at zero.
 *
 * A backend's refund of a payment not seen yet is kept and waits (`applied` false). One of a payment that Stripe reports is
 * Stripe's to report, so it is not recorded, unless its `event_id` is Stripe's own id of the refund (`re_…`). Fails with `amount_out_of_range`,
 * `unknown_ref`, `not_found`, `currency_mismatch`, `refund_exceeds_conversions`, `idempotency_mismatch`,
 * `origin_not_allowed`; else the public hears `key_required` whatever the reason, for a reason would tell what a code sold.
 */
export async function recordRefund(deps: Deps, caller: Caller, call: Refund): Promise<Result<RefundReceipt>> {
  if (call.amountCents !== null && !isAmount(call.amountCents)) {
    return fail("amount_out_of_range", `amount_cents must be a whole number from 1 to ${MAX_AMOUNT_CENTS}.`);
  }
  const now = deps.now();
  const code = call.ref !== null && isCode(call.ref) ? foldCode(call.ref) : null;
  if (call.ref !== null && code === null) return fail("unknown_ref", "No code by this ref.");
  const refund = deps.newId("rfd");
  const hash = await bodyHash([call.userId, call.amountCents, call.currency, call.paymentRef, code, call.conversionId]);
  const batch = writeRefund(targetOf(call), {
    ...callParams(caller, { code, now }),
    refund,
    payment: deps.newId("pay"),
    source_ref: sourceRef(caller, { eventId: call.eventId, code, rowId: refund, now }),
    body_hash: hash,
    user_id: call.userId,
    conversion: call.conversionId,
    payment_ref: call.paymentRef,
    currency: call.currency,
    amount: call.amountCents,
    today: dayOf(now),
  });
  const results = await runCall(deps, caller, { code, now, batch });
  if (!results.ok) return results;
  const answer = readRefund(results.value);
  if (answer.recorded === null && caller.source === "key" && answer.ofStripe !== null) {
    return refundOfStripe(deps, caller.appId, { call, target: answer.ofStripe });
  }
  if (answer.recorded === null) return refused(caller, call, answer);
  const { recorded } = answer;
  if (recorded.sameKey && recorded.bodyHash !== hash) {
    return fail("idempotency_mismatch", "This event_id was used for another refund.");
  }
  const replayed = recorded.sameKey && recorded.id !== refund;
  return ok({ ...recorded, reason: null, replayed, deduplicated: !recorded.sameKey });
}

function targetOf(call: Refund): RefundTarget {
  if (call.conversionId !== null) return "conversion";
  if (call.paymentRef !== null) return "payment";
  return call.userId === null ? "code" : "user";
}

function refused(caller: Caller, call: Refund, answer: RefundAnswer): Result<never> {
  if (call.ref !== null && !answer.codeKnown) return fail("unknown_ref", "No code by this ref was ever issued.");
  if (caller.source === "public") return fail("key_required", "This refund needs a secret key.");
  if (call.conversionId !== null && !answer.namedExists) return fail("not_found", "No such conversion.");
  if (call.currency !== null && answer.namedCurrency !== null && answer.namedCurrency !== call.currency) {
    return fail("currency_mismatch", "The conversion is in another currency.");
  }
  return fail("refund_exceeds_conversions", "More is refunded than is left.");
}
