import type { Deps } from "../../deps.ts";
import { hmac } from "../hashing.ts";

/** By what the outbox knows that an app has mailed an address an invitation, without keeping the address. It is folded. */
export async function invitationMailKey(
  { config }: Pick<Deps, "config">,
  appId: string,
  email: string,
): Promise<string> {
  return (await hmac(config.authSecret, JSON.stringify(["mail-invitation", appId, email]))).slice(0, 32);
}
