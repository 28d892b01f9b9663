import * as v from "valibot";
import type { Click } from "../services/track/record-click.ts";
import type { Conversion, ConversionReceipt, FriendPayment } from "../services/track/record-conversion.ts";
import type { Refund, RefundReceipt } from "../services/track/record-refund.ts";
import type { Signup, SignupReceipt } from "../services/track/record-signup.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { JsonObject } from "./body.ts";
import { amount, check, currency, email, externalId, instant, metadata, optional, text } from "./fields.ts";
import { iso } from "./time.ts";

/** A visitor's name in a server click; longer ones are refused. It is hashed before it is stored. */
const MAX_VISITOR_LENGTH = 128;

/** What the script's own cookie gets. */
const DEFAULT_COOKIE_DAYS = 60;
/** Less than one day would be a deletion or close to it. */
const MIN_COOKIE_DAYS = 1;
/** Browsers keep no cookie longer: RFC 6265bis §5.5. */
const MAX_COOKIE_DAYS = 400;

/** Days out of range and a domain that is not the page's are taken all the same: a click must not be lost over them. */
export const CookieSchema = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), "must be an object"),
  v.object(
    { domain: optional(v.string("must be a string")), days: optional(v.number("must be a number")) },
    "must be an object",
  ),
);

/** A host, with its port if it has one. */
const HOST = /^[a-z0-9._:[\]-]+$/i;

/** Here and below: a `ref` that cannot be a code is unknown, not malformed, so any text may stand there. */
export const ClickSchema = v.object({
  ref: text,
  visitor: optional(
    v.pipe(text, v.maxLength(MAX_VISITOR_LENGTH, `must not be longer than ${MAX_VISITOR_LENGTH} characters`)),
  ),
  user_agent: optional(v.string("must be a string")),
  // Browsers take odd names for hosts: one that is none is left out, for a click must not be lost over it.
  referrer_host: optional(v.string("must be a string")),
  cookie: optional(CookieSchema),
});

export const SignupSchema = v.object({
  ref: text,
  user_id: externalId,
  email: optional(email),
  customer_created_at: optional(instant),
  event_id: optional(text),
});

export const ConversionSchema = v.object({
  ref: optional(text),
  user_id: externalId,
  amount_cents: amount,
  currency: optional(currency),
  payment_ref: optional(text),
  metadata: optional(metadata),
  customer_created_at: optional(instant),
  event_id: optional(text),
});

export const RefundSchema = v.object({
  ref: optional(text),
  amount_cents: optional(amount),
  currency: optional(currency),
  user_id: optional(externalId),
  conversion_id: optional(text),
  payment_ref: optional(text),
  event_id: optional(text),
});

export const CallSchema = v.object({ app_id: optional(text) });
export const ValidateSchema = v.object({ ref: text, app_id: text });

/** The app a call names, null when it names none. */
export function parseAppId(body: JsonObject): Result<string | null> {
  const parsed = check(CallSchema, body);
  return parsed.ok ? ok(parsed.value.app_id) : parsed;
}

/** What the request itself tells of a click's visitor: a browser sends an `Origin`, a backend does not. */
export interface ClickRequest {
  readonly origin: string | null;
  readonly ip: string;
  readonly userAgent: string;
  readonly prefetch: boolean;
  readonly country: string | null;
}

/** The cookie a click asks for: `domain` as the caller wrote it, unchecked; `days` as long as a cookie may live. */
export interface CookieWish {
  readonly domain: string | null;
  readonly days: number;
}

/** A click, and the cookie it asks for: null when it asks for none. Fails with `invalid_request`. */
export function parseClick(
  body: JsonObject,
  request: ClickRequest,
): Result<{ readonly click: Click; readonly cookie: CookieWish | null }> {
  const parsed = check(ClickSchema, body);
  if (!parsed.ok) return parsed;
  const { ip, userAgent, prefetch, country } = request;
  const { ref: code, referrer_host: referrerHost, visitor, user_agent, cookie } = parsed.value;
  const from: Click["from"] =
    request.origin === null
      ? { kind: "server", visitor, userAgent: user_agent }
      : { kind: "browser", ip, userAgent, prefetch };
  const host = referrerHost !== null && HOST.test(referrerHost) ? referrerHost.toLowerCase() : null;
  const click = { ref: code, referrerHost: host, country, from };
  return ok({ click, cookie: cookie === null ? null : { domain: cookie.domain, days: cookieDays(cookie.days) } });
}

function cookieDays(asked: number | null): number {
  return Math.min(Math.max(asked ?? DEFAULT_COOKIE_DAYS, MIN_COOKIE_DAYS), MAX_COOKIE_DAYS);
}

/** A signup; `fromBrowser` when its request has an `Origin`. */
export function parseSignup(body: JsonObject, { fromBrowser }: { fromBrowser: boolean }): Result<Signup> {
  const parsed = check(SignupSchema, body);
  if (!parsed.ok) return parsed;
  const call = parsed.value;
  return ok({
    fromBrowser,
    ref: call.ref,
    userId: call.user_id,
    email: call.email,
    customerCreatedAt: call.customer_created_at,
    eventId: call.event_id,
  });
}

export function parseConversion(body: JsonObject): Result<Conversion> {
  const parsed = check(ConversionSchema, body);
  if (!parsed.ok) return parsed;
  const call = parsed.value;
  return ok({
    ref: call.ref,
    userId: call.user_id,
    amountCents: call.amount_cents,
    currency: call.currency,
    paymentRef: call.payment_ref,
    metadata: call.metadata,
    customerCreatedAt: call.customer_created_at,
    eventId: call.event_id,
  });
}

export function parseRefund(body: JsonObject): Result<Refund> {
  const parsed = check(RefundSchema, body);
  if (!parsed.ok) return parsed;
  const call = parsed.value;
  if (call.amount_cents === null && call.conversion_id === null && call.payment_ref === null) {
    const message = "is required unless a conversion_id or payment_ref is named";
    return fail("invalid_request", "The request is not valid.", [{ path: "amount_cents", message }]);
  }
  return ok({
    ref: call.ref,
    amountCents: call.amount_cents,
    currency: call.currency,
    userId: call.user_id,
    conversionId: call.conversion_id,
    paymentRef: call.payment_ref,
    eventId: call.event_id,
  });
}

export function parseValidate(body: JsonObject): Result<{ readonly ref: string; readonly appId: string }> {
  const parsed = check(ValidateSchema, body);
  return parsed.ok ? ok({ ref: parsed.value.ref, appId: parsed.value.app_id }) : parsed;
}

export function presentSignup(receipt: SignupReceipt) {
  if (receipt.status === "already_referred") {
    return { referral: { user_id: receipt.userId, status: receipt.status } };
  }
  const { id, ref: code, userId, createdAt } = receipt.referral;
  return { referral: { id, ref: code, user_id: userId, status: receipt.status, created_at: iso(createdAt) } };
}

/** `hold` and `reason` are for the app's own backend: the public is never told why money waits. */
export function presentConversion(receipt: ConversionReceipt, { keyed }: { keyed: boolean }) {
  return {
    conversion_id: receipt.conversionId,
    status: receipt.status,
    currency: receipt.currency,
    available_at: iso(receipt.availableAt),
    commission: { amount_cents: receipt.amountCents, ...presentCommission(receipt.commission) },
    ...(keyed ? { hold: receipt.lane === "held", reason: receipt.reason } : {}),
    ...(receipt.deduplicated ? { deduplicated: true } : {}),
  };
}

/** The same; where nobody earns cash by a payment that a backend told of a friend's friend, its fields are null and its sums 0. */
export function presentPayment(receipt: ConversionReceipt | FriendPayment, { keyed }: { keyed: boolean }) {
  if (receipt.conversionId !== null) return presentConversion(receipt, { keyed });
  const commission = presentCommission({ grossCents: 0, feeCents: 0, netCents: 0 });
  return {
    conversion_id: null,
    status: null,
    currency: receipt.currency,
    available_at: null,
    commission: { amount_cents: receipt.amountCents, ...commission },
    hold: false,
    reason: null,
  };
}

export function presentRefund(receipt: RefundReceipt) {
  const { reversedNetCents: netCents, reversedFeeCents: feeCents } = receipt;
  return {
    refund_id: receipt.id,
    currency: receipt.currency,
    amount_cents: receipt.amountCents,
    applied: receipt.applied,
    reversed: presentCommission({ grossCents: netCents + feeCents, feeCents, netCents }),
    allocations: receipt.allocations.map((part) => ({
      conversion_id: part.conversionId,
      amount_cents: part.amountCents,
    })),
    ...(receipt.reason === null ? {} : { reason: receipt.reason }),
    ...(receipt.deduplicated ? { deduplicated: true } : {}),
  };
}

function presentCommission(commission: { grossCents: number; feeCents: number; netCents: number }) {
  return {
    commission_cents: commission.grossCents,
    platform_fee_cents: commission.feeCents,
    net_commission_cents: commission.netCents,
  };
}
