import type { Deps } from "../../deps.ts";
import { hmac } from "../hashing.ts";

/** By what an app's invitations know an address, which is not kept. It is folded. */
export async function invitedAddress({ config }: Pick<Deps, "config">, appId: string, email: string): Promise<string> {
  return (await hmac(config.authSecret, JSON.stringify(["friend-invitation", appId, email]))).slice(0, 32);
}
