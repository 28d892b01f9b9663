const encoder = new TextEncoder();

/** Hex SHA-256 of a text. */
export async function sha256(text: string): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Recognises a value without keeping it: hex HMAC-SHA-256 under a secret. */
export type Hmac = (text: string) => Promise<string>;

/** Prepares an HMAC for many values: making the key costs as much as using it. */
export async function hmacUnder(secret: string): Promise<Hmac> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return async (text) => toHex(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

export async function hmac(secret: string, text: string): Promise<string> {
  return (await hmacUnder(secret))(text);
}

/** The hash of what a call said: two calls with one key must have said the same. The order of the parts counts. */
export async function bodyHash(parts: readonly (string | number | null)[]): Promise<string> {
  return sha256(JSON.stringify(parts));
}

function toHex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
