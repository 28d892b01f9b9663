import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import type { PayoutMethod, StripePayer } from "../../domain/payout-method.ts";
import type { PayoutMethodRow } from "../../store/payout-method-store.ts";
import { open, seal } from "../sealing.ts";

type SealedMethod = Pick<PayoutMethodRow, "kind" | "sealedDetails" | "payer">;

/** A method's details as they are stored: sealed, null where it has none. */
export async function sealMethod(deps: Deps, method: PayoutMethod): Promise<string | null> {
  const text = detailsOf(method);
  return text === null ? null : seal(deps.config.authSecret, text, deps.randomBytes);
}

/** A method with the details that were sealed. Throws when they cannot be read: with another `AUTH_SECRET`. */
export async function openMethod(deps: Deps, { kind, sealedDetails, payer }: SealedMethod): Promise<PayoutMethod> {
  if (kind === "none") return { kind };
  assert(sealedDetails !== null, "a method has details");
  const details: unknown = JSON.parse(await open(deps.config.authSecret, sealedDetails));
  const field = (name: string) => textIn(details, name);
  switch (kind) {
    case "paypal":
      return { kind, email: required(field("email")) };
    case "bank": {
      const [holder, account] = [required(field("holder")), required(field("account"))];
      return { kind, holder, account, bankCode: field("bankCode"), country: field("country") };
    }
    case "other":
      return { kind, details: required(field("details")) };
    case "stripe":
      assert(payer !== null, "a method of Stripe's says who pays");
      return { kind, account: required(field("account")), payer };
  }
}

/** The account at Stripe that a payout goes to. Null for a method that is not an account of its payer's: a run pays by none such. */
export async function accountOf(
  deps: Deps,
  { sealedDetails, payer }: Pick<SealedMethod, "sealedDetails" | "payer">,
): Promise<string | null> {
  if (sealedDetails === null) return null;
  const method = await openMethod(deps, { kind: "stripe", sealedDetails, payer });
  return method.kind === "stripe" ? method.account : null;
}

/** Whether both pay into the same: what is sealed looks another way each time. */
export function isSameMethod(one: PayoutMethod, other: PayoutMethod): boolean {
  return one.kind === other.kind && payerOf(one) === payerOf(other) && detailsOf(one) === detailsOf(other);
}

function payerOf(method: PayoutMethod): StripePayer | null {
  return method.kind === "stripe" ? method.payer : null;
}

/** Everything that has no column of its own, in one order. */
function detailsOf(method: PayoutMethod): string | null {
  switch (method.kind) {
    case "paypal":
      return JSON.stringify({ email: method.email });
    case "bank": {
      const { holder, account, bankCode, country } = method;
      return JSON.stringify({ holder, account, bankCode, country });
    }
    case "other":
      return JSON.stringify({ details: method.details });
    case "stripe":
      return JSON.stringify({ account: method.account });
    case "none":
      return null;
  }
}

function textIn(value: unknown, name: string): string | null {
  const entry =
    typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name) : null;
  const found: unknown = entry?.[1] ?? null;
  assert(found === null || typeof found === "string", `${name} is text`);
  return found;
}

function required(text: string | null): string {
  assert(text !== null, "what was sealed is whole");
  return text;
}
