import { createHash, createHmac, createSecretKey } from "node:crypto";
import type { Hmac } from "./hmac.ts";

/** Hex SHA-256 of a text: by OpenSSL at once. Node's Web Crypto hands each to a thread, which takes twenty times as long. */
export async function sha256(text: string): Promise<string> {
  return createHash("sha256").update(text).digest("hex");
}

export async function hmacUnder(secret: string): Promise<Hmac> {
  const key = createSecretKey(Buffer.from(secret));
  return async (text) => createHmac("sha256", key).update(text).digest("hex");
}
