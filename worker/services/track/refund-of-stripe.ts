import type { Deps } from "../../deps.ts";
import { isAmount } from "../../domain/money.ts";
import { NO_FACTS } from "../../domain/stripe-facts.ts";
import type { StripeTarget } from "../../store/refund-store.ts";
import { writeFacts } from "../../store/stripe-fact-store.ts";
import { readStripeRefund } from "../../store/stripe-return-store.ts";
import type { Refund, RefundReceipt } from "./record-refund.ts";

/** Of a charge `re_…`, of a payment by other means `pyr_…`. */
const STRIPE_REFUND = /^(?:re|pyr)_[A-Za-z0-9_]{1,250}$/;

/**
 * A backend's refund of a payment that Stripe reports. By Stripe's own id it is the refund that Stripe reports too, and
 * counts once, whoever tells it first; without one it is answered and left to Stripe. Throws DbError.
 */
export async function refundOfStripe(
  deps: Deps,
  appId: string,
  { call, target }: { readonly call: Refund; readonly target: StripeTarget },
): Promise<RefundReceipt> {
  const { charge, conversion } = target;
  const amountCents = call.amountCents ?? conversion?.leftCents ?? 0;
  const left: RefundReceipt = {
    id: null,
    applied: false,
    reason: "reported_by_stripe",
    currency: conversion?.currency ?? call.currency,
    amountCents: call.amountCents,
    reversedNetCents: 0,
    reversedFeeCents: 0,
    allocations: [],
    replayed: false,
    deduplicated: false,
  };
  const isStripes = call.eventId !== null && STRIPE_REFUND.test(call.eventId);
  if (!isStripes || call.eventId === null || charge === null || conversion === null || !isAmount(amountCents))
    return left;
  const now = deps.now();
  const scope = { app: appId, account: target.account, livemode: target.livemode ? (1 as const) : (0 as const) };
  const refund = {
    rowId: deps.newId("rfd"),
    id: call.eventId,
    charge,
    amountCents,
    currency: conversion.currency,
    status: "succeeded" as const,
    createdAt: now,
  };
  const facts = { ...NO_FACTS, objects: [], links: [], customers: [], refunds: [refund] };
  await deps.db.batch(writeFacts(scope, { facts, event: null, now }));
  const recorded = await readStripeRefund(deps.db, scope, refund.id);
  return {
    ...left,
    ...recorded,
    applied: true,
    reason: null,
    currency: conversion.currency,
    allocations: [{ conversionId: conversion.id, amountCents: recorded.amountCents }],
    replayed: recorded.id !== refund.rowId,
  };
}
