import type { Deps } from "../../deps.ts";
import type { App } from "../../store/app-store.ts";
import { findConversionOfPayment } from "../../store/explain-payment-store.ts";

/** The conversion of a payment by a name of the payment (`pi_…`, `in_…`, the caller's `payment_ref`); null where none is known. */
export async function findPayment(deps: Deps, app: App, ref: string): Promise<string | null> {
  return findConversionOfPayment(deps.db, app.id, ref);
}
