import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { StripeTarget } from "../../store/refund-store.ts";
import { readToldRefund, tellRefund } from "../../store/stripe-return-store.ts";
import { bodyHash } from "../hashing.ts";
import type { Refund, RefundReceipt } from "./record-refund.ts";

/** Of a charge `re_…`, of a payment by other means `pyr_…`. */
const STRIPE_REFUND = /^(?:re|pyr)_[A-Za-z0-9_]{1,250}$/;

/**
 * A backend's refund of a payment that Stripe reports. By Stripe's own id, with its amount, it is the refund that Stripe
 * reports too, and counts once, whoever tells it first; Stripe's amount and charge are in force once they are told. Any other
 * is answered and left to Stripe, and so is one of several charges or of more than is left. Fails with `currency_mismatch`
 * and `idempotency_mismatch`. Throws DbError.
 */
export async function refundOfStripe(
  deps: Deps,
  appId: string,
  { call, target }: { readonly call: Refund; readonly target: StripeTarget },
): Promise<Result<RefundReceipt>> {
  const { charge, conversion } = target;
  const { amountCents, eventId } = call;
  const left: RefundReceipt = {
    id: null,
    applied: false,
    reason: "reported_by_stripe",
    currency: conversion.currency,
    amountCents,
    reversedNetCents: 0,
    reversedFeeCents: 0,
    allocations: [],
    replayed: false,
    deduplicated: false,
  };
  if (call.currency !== null && call.currency !== conversion.currency) {
    return fail("currency_mismatch", "The conversion is in another currency.");
  }
  if (eventId === null || !STRIPE_REFUND.test(eventId) || charge === null || amountCents === null) return ok(left);
  const told = {
    rowId: deps.newId("rfd"),
    id: eventId,
    charge,
    amountCents,
    currency: conversion.currency,
    bodyHash: await bodyHash([amountCents, conversion.id]),
  };
  const scope = { app: appId, account: target.account, livemode: target.livemode ? (1 as const) : (0 as const) };
  const recorded = readToldRefund(await deps.db.batch(tellRefund(scope, told, deps.now())));
  if (recorded === null) return ok(left);
  const { bodyHash: hash, ...refund } = recorded;
  if (hash !== null && hash !== told.bodyHash) {
    return fail("idempotency_mismatch", "This event_id was used for another refund.");
  }
  return ok({
    ...left,
    ...refund,
    applied: true,
    reason: null,
    allocations: [{ conversionId: conversion.id, amountCents: refund.amountCents }],
    replayed: refund.id !== told.rowId,
  });
}
