/** Every secret key of an app begins so: scanners of leaked secrets find it by this. */
export const SECRET_KEY_PREFIX = "al_sk_";
/** Every token of an affiliate begins so. */
export const AFFILIATE_TOKEN_PREFIX = "al_at_";
export type SecretPrefix = typeof SECRET_KEY_PREFIX | typeof AFFILIATE_TOKEN_PREFIX;

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 30 base62 characters are 178 bits. */
const BODY_LENGTH = 30;
/** A CRC-32 takes six base62 characters. It tells a mistyped key from an unknown one without a look-up; it protects nothing. */
const CHECKSUM_LENGTH = 6;
const SECRET_KEY_PATTERN = /^al_(?:sk|at)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

/** A secret key, or a token, from random bytes; null when they are too few: draw again. */
export function secretKeyFromBytes(bytes: Uint8Array, prefix: SecretPrefix): string | null {
  // Bytes beyond the largest multiple of 62 would favour the first letters.
  const body = [...bytes]
    .filter((byte) => byte < 248)
    .slice(0, BODY_LENGTH)
    .map((byte) => BASE62.charAt(byte % 62))
    .join("");
  return body.length < BODY_LENGTH ? null : `${prefix}${body}${checksum(body)}`;
}

/** True when the text has the form of a secret key or a token, and its checksum is right. */
export function isSecretKey(text: string): boolean {
  const match = SECRET_KEY_PATTERN.exec(text);
  return match !== null && checksum(match[1] ?? "") === match[2];
}

function checksum(body: string): string {
  let crc = 0xffffffff;
  for (const letter of body) {
    crc ^= letter.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let text = "";
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    text = BASE62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
