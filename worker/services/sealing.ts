const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What AES-GCM takes (NIST SP 800-38D §5.2.1.1). Random ones are safe for 2^32 texts under one key. */
const IV_BYTES = 12;
/** A key for this alone: the same secret also keys hashes. */
const INFO = encoder.encode("agentlinks sealing v1");

/** Encrypts a text for the database: base64url of the IV and AES-GCM's ciphertext, under a key made of `AUTH_SECRET`. */
export async function seal(
  authSecret: string,
  text: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const iv = Uint8Array.from(randomBytes(IV_BYTES));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(authSecret), encoder.encode(text));
  return toBase64Url(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
}

/** The text that was sealed. Throws for one that was changed since, or sealed under another secret. */
export async function open(authSecret: string, sealed: string): Promise<string> {
  try {
    const bytes = fromBase64Url(sealed);
    const iv = bytes.slice(0, IV_BYTES);
    const key = await keyOf(authSecret);
    return decoder.decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(IV_BYTES)));
  } catch (cause) {
    throw new Error("Something sealed cannot be read: it was changed, or AUTH_SECRET is another one", { cause });
  }
}

async function keyOf(authSecret: string) {
  const material = await crypto.subtle.importKey("raw", encoder.encode(authSecret), "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: INFO };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Base64 in the alphabet of URLs, without padding (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
