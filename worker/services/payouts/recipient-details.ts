import type { Deps } from "../../deps.ts";
import { fieldsOf, idOf } from "../../gateways/stripe/read-object.ts";
import { open } from "../sealing.ts";

/** The account that a payout method of Stripe's names: its details are `{account}`, sealed. Throws when they cannot be read. */
export async function accountOf(deps: Deps, sealedDetails: string): Promise<string | null> {
  return idOf(fieldsOf(JSON.parse(await open(deps.config.authSecret, sealedDetails)))["account"]);
}
