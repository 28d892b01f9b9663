import { hmacUnder, sha256 } from "#sha256";

/** The same at both doors, each by what is fastest there (`imports` of package.json). */
export { hmacUnder, sha256 };

export type { Hmac } from "../gateways/sha256/hmac.ts";

export async function hmac(secret: string, text: string): Promise<string> {
  return (await hmacUnder(secret))(text);
}

/** The hash of what a call said: two calls with one key must have said the same. The order of the parts counts. */
export async function bodyHash(parts: readonly (string | number | null)[]): Promise<string> {
  return sha256(JSON.stringify(parts));
}
