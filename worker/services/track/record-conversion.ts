import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { type Commission, commissionDue } from "../../domain/commission.ts";
import { type CommissionStatus, commissionStatus } from "../../domain/conversion-status.ts";
import { assert } from "../../domain/assert.ts";
import { dayOf, startOfDay } from "../../domain/maturation.ts";
import { isAmount, MAX_AMOUNT_CENTS } from "../../domain/money.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Lane } from "../../domain/trust.ts";
import { type Caller, callParams, sourceRef } from "../../store/call.ts";
import { type ConversionAnswer, readConversion, writeConversion } from "../../store/conversion-store.ts";
import type { CommissionFacts } from "../../store/commission-row.ts";
import { bodyHash } from "../hashing.ts";
import { runCall } from "./run-call.ts";

export interface Conversion {
  /** Null: with a secret key, when the user has a referral. */
  readonly ref: string | null;
  readonly userId: string;
  /** What the customer paid, in the currency's minor unit. */
  readonly amountCents: number;
  /** Null: the app's. */
  readonly currency: string | null;
  readonly paymentRef: string | null;
  readonly metadata: string | null;
  readonly customerCreatedAt: number | null;
  readonly eventId: string | null;
}

/** The commission as first recorded; only the status, lane and reason are today's. */
export interface ConversionReceipt {
  readonly conversionId: string;
  readonly status: CommissionStatus;
  readonly currency: string;
  readonly availableAt: number;
  readonly amountCents: number;
  readonly commission: Commission;
  readonly lane: Lane;
  readonly reason: string | null;
  /** The same key was used before: nothing was recorded now. */
  readonly replayed: boolean;
  /** Without a key, but the same call or the same payment as before: nothing was recorded twice. */
  readonly deduplicated: boolean;
}

/** A payment by which nobody earns cash, told by a backend: it counts for the friend who brought its user for credits. */
export interface FriendPayment {
  readonly conversionId: null;
  readonly currency: string;
  readonly amountCents: number;
  readonly replayed: false;
}

/**
 * Records a payment of a referred user and what it earns, exactly once under retries. It was made now, or at `occurredAt`: then
 * it takes the rate of that time and matures from there.
 *
 * One write batch decides everything in SQL: who earns, at which rate, in which lane, whether this payment already counts.
 * Fails with `amount_out_of_range`, `unknown_ref` (no live code, and the user has no referral), `idempotency_mismatch` and
 * `origin_not_allowed`.
 */
export async function recordConversion(
  deps: Deps,
  caller: Caller,
  call: Conversion,
  { occurredAt }: { readonly occurredAt?: number } = {},
): Promise<Result<ConversionReceipt | FriendPayment>> {
  if (!isAmount(call.amountCents)) {
    return fail("amount_out_of_range", `amount_cents must be a whole number from 1 to ${MAX_AMOUNT_CENTS}.`);
  }
  const now = deps.now();
  const code = call.ref !== null && isCode(call.ref) ? foldCode(call.ref) : null;
  const claim = deps.newId("clm");
  const conversion = deps.newId("conv");
  const hash = await bodyHash([call.userId, call.amountCents, call.currency, call.paymentRef, code]);
  const batch = writeConversion({
    ...callParams(caller, { code, now }),
    claim,
    conversion,
    payment: deps.newId("pay"),
    referral: deps.newId("ref"),
    audit: deps.newId("aud"),
    source_ref: sourceRef(caller, { eventId: call.eventId, code, rowId: claim, now }),
    body_hash: hash,
    user_id: call.userId,
    amount: call.amountCents,
    currency: call.currency,
    payment_ref: call.paymentRef,
    metadata: call.metadata,
    customer_created_at: call.customerCreatedAt,
    unreadable: call.ref !== null && code === null ? 1 : 0,
    occurred_at: occurredAt ?? now,
    default_fee_bps: deps.config.platformFeeBps,
    today: dayOf(now),
  });
  const results = await runCall(deps, caller, { code, now, batch });
  if (!results.ok) return results;
  return receipt(caller, readConversion(results.value), {
    claim,
    conversion,
    hash,
    now,
    amountCents: call.amountCents,
  });
}

function receipt(
  caller: Caller,
  { recorded, commission, inForce, friendOf }: ConversionAnswer,
  {
    claim,
    conversion,
    hash,
    now,
    amountCents,
  }: { claim: string; conversion: string; hash: string; now: number; amountCents: number },
): Result<ConversionReceipt | FriendPayment> {
  if (recorded === null && friendOf !== null) {
    return ok({ conversionId: null, currency: friendOf.currency, amountCents, replayed: false });
  }
  if (recorded === null) return fail("unknown_ref", "No live code by this ref, and this user has no referral.");
  if (recorded.sameKey && recorded.bodyHash !== hash) {
    return fail("idempotency_mismatch", "This event_id was used for another conversion.");
  }
  assert(commission !== null, "a recorded call has its conversion");
  const isFirst = recorded.claimId === claim;
  const current = caller.source === "public" ? asTold(commission) : (inForce ?? commission);
  return ok({
    conversionId: commission.id,
    status: commissionStatus(current.status, now),
    currency: commission.currency,
    availableAt: startOfDay(commission.status.matureDay),
    amountCents: commission.terms.capturedCents,
    commission: commissionDue(commission.terms, 0),
    lane: current.lane,
    reason: current.reason,
    replayed: !isFirst && recorded.sameKey,
    deduplicated: isFirst ? commission.id !== conversion : !recorded.sameKey,
  });
}

/**
 * To the public its own word stands: what a backend said of the same payment since, whether the money is held, what its owner
 * decided, what was paid, and whether the creator is still there, is none of its business.
 */
function asTold(commission: CommissionFacts): CommissionFacts {
  const { status, voidReason } = commission;
  const told = { ...status, lane: "review" as const, voided: false, everPaid: false };
  return { ...commission, status: voidReason === "superseded" ? { ...told, refundedCents: 0 } : told };
}
