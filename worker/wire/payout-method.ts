import * as v from "valibot";
import { foldEmail } from "../domain/email.ts";
import { foldAccount, isSoundAccount } from "../domain/iban.ts";
import type { PayoutMethod } from "../domain/payout-method.ts";
import { ok, type Result } from "../domain/result.ts";
import type { PayoutMethodView } from "../services/payouts/read-payout-method.ts";
import type { JsonObject } from "./body.ts";
import { check, email, optional, text } from "./fields.ts";
import { iso } from "./time.ts";

/** Longer than any bank's number: an IBAN has at most 34 characters, printed 42. */
const MAX_NUMBER_LENGTH = 64;

/** A number that a bank gave: nothing in it could be a formula of a spreadsheet. */
const bankNumber = v.pipe(
  v.string("must be a string"),
  v.trim(),
  v.maxLength(MAX_NUMBER_LENGTH, `must not be longer than ${MAX_NUMBER_LENGTH} characters`),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9 ./-]*$/, "must be of letters, digits, blanks, . / and -"),
);
const account = v.pipe(
  bankNumber,
  v.transform(foldAccount),
  v.check(isSoundAccount, "must be a valid IBAN where it begins like one"),
);
const country = v.pipe(
  v.string("must be a string"),
  v.regex(/^[A-Za-z]{2}$/, "must be a country of two letters"),
  v.toUpperCase(),
);

export const PayoutMethodSchema = v.variant(
  "kind",
  [
    v.object({ kind: v.literal("paypal"), email: v.pipe(email, v.transform(foldEmail)) }),
    v.object({
      kind: v.literal("bank"),
      holder: text,
      account,
      bank_code: optional(bankNumber),
      country: optional(country),
    }),
    v.object({ kind: v.literal("other"), details: text }),
  ],
  "must be paypal, bank or other",
);

/** Where money is to go. `stripe` is set by Stripe's own pages, and `none` by DELETE. */
export function parsePayoutMethod(body: JsonObject): Result<PayoutMethod> {
  const parsed = check(PayoutMethodSchema, body);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind !== "bank") return ok(parsed.value);
  const { bank_code: bankCode, ...rest } = parsed.value;
  return ok({ ...rest, bankCode });
}

export function presentPayoutMethod(method: PayoutMethodView | null) {
  if (method === null) return null;
  return {
    kind: method.kind,
    label: method.label,
    changed_at: iso(method.changedAt),
    payouts_blocked_until: method.blockedUntil === null ? null : iso(method.blockedUntil),
  };
}
