import type { Hmac } from "./hmac.ts";

const encoder = new TextEncoder();

/** Hex SHA-256 of a text: by Web Crypto, which workerd runs without a thread of its own. */
export async function sha256(text: string): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Prepares an HMAC for many values: making the key costs as much as using it. */
export async function hmacUnder(secret: string): Promise<Hmac> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return async (text) => toHex(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

function toHex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
