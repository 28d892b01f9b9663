import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { foldEmail, maskEmail } from "../../domain/email.ts";
import type { StripeFacts, StripeObject } from "../../domain/stripe-facts.ts";
import type { FactRows, ObjectRow } from "../../store/stripe-fact-store.ts";
import { type Hmac, hmacUnder } from "../hashing.ts";
import type { StripeConnection } from "./find-connection.ts";

/**
 * Facts as they are stored: addresses as hash and mask, codes folded, what earns by the app's tax setting, and the ids of
 * whatever may come of them, made once, so that the batch can be repeated.
 */
export async function prepareFacts(deps: Deps, connection: StripeConnection, facts: StripeFacts): Promise<FactRows> {
  const hash = await hmacUnder(deps.config.authSecret);
  const objects = facts.objects.map((object) => toRow(object, { deps, hash, netOfTax: connection.netOfTax }));
  const customers = facts.customers.map(async ({ id, createdAt, email }) => ({
    id,
    createdAt,
    ...(await hidden(email, hash)),
  }));
  return {
    objects: await Promise.all(objects),
    links: facts.links.map((names) => ({ names, payment: deps.newId("pay") })),
    bindings: facts.bindings.map((binding) =>
      binding.says === "ref" ? { ...binding, value: foldCode(binding.value) } : binding,
    ),
    customers: await Promise.all(customers),
    charges: facts.charges,
    refunds: facts.refunds.map((refund) => ({ ...refund, rowId: deps.newId("rfd") })),
    disputes: facts.disputes,
  };
}

/** Whom facts name: a customer, else the merchant's own user; null when they name nobody. */
export function subjectOf({ objects, customers, bindings }: StripeFacts): string | null {
  const [object] = objects;
  return (
    object?.customer ??
    customers[0]?.id ??
    bindings.find((binding) => /^(?:cus|acct)_/.test(binding.object))?.object ??
    object?.userId ??
    bindings.find((binding) => binding.says === "user")?.value ??
    null
  );
}

async function toRow(
  object: StripeObject,
  { deps, hash, netOfTax }: { deps: Deps; hash: Hmac; netOfTax: boolean },
): Promise<ObjectRow> {
  const { money } = object;
  return {
    id: object.id,
    form: object.form,
    names: object.names,
    claim: deps.newId("clm"),
    payment: deps.newId("pay"),
    customer: object.customer,
    subscription: object.subscription,
    promotions: object.promotions,
    code: object.ref === null ? null : foldCode(object.ref),
    rank: object.rank,
    bareCode: object.bareRef === null ? null : foldCode(object.bareRef),
    userId: object.userId,
    ...(await hidden(object.email, hash)),
    currency: money?.currency ?? null,
    capturedCents: money?.capturedCents ?? null,
    baseCents: money === null ? null : netOfTax ? money.netOfTaxCents : money.capturedCents,
    occurredAt: money?.occurredAt ?? null,
    settlement: object.settlement,
    ofInvoice: object.ofInvoice,
  };
}

async function hidden(
  email: string | null,
  hash: Hmac,
): Promise<{ readonly emailHmac: string | null; readonly emailMask: string | null }> {
  if (email === null) return { emailHmac: null, emailMask: null };
  const folded = foldEmail(email);
  return { emailHmac: await hash(folded), emailMask: maskEmail(folded) };
}
