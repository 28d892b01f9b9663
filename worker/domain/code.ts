/** What a code may look like anywhere: in a link, a cookie, a call. The script refuses everything else on the spot. */
const CODE_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** A code an affiliate chooses: 3–32 of the same alphabet with at least one letter, so that it is no number. */
const VANITY_PATTERN = /^(?=.*[A-Za-z])[A-Za-z0-9_-]{3,32}$/;

/** Lower-case letters and digits that no one mistakes for another: no 0 o, 1 l i, 5 s, 2 z, u v. */
export const CODE_ALPHABET = "346789abcdefghjkmnpqrtwxy";

/** 25^8 codes are about 1.5 × 10^11: enough for one installation, short enough to say aloud. */
export const CODE_LENGTH = 8;

/** Fragments nobody wants in a link. Codes hold no vowels i, o, u, so few words can form at all. */
const PROFANE = [
  "fag",
  "cnt",
  "fck",
  "fkk",
  "nazp",
  "rape",
  "gay",
  "hate",
  "damn",
  "arse",
  "anal",
  "crap",
  "wank",
  "twat",
  "nggr",
  "kkk",
  "pape",
];

/** Codes are compared without regard to case: this is the form they are compared and stored in. */
export function foldCode(code: string): string {
  return code.toLowerCase();
}

export function isCode(value: string): boolean {
  return CODE_PATTERN.test(value);
}

export function isVanityCode(value: string): boolean {
  return VANITY_PATTERN.test(value);
}

/** A code from random bytes, or null when they are too few or spell something profane: draw again. */
export function codeFromBytes(bytes: Uint8Array): string | null {
  // Bytes beyond the largest multiple of the alphabet would favour its first letters.
  const limit = 256 - (256 % CODE_ALPHABET.length);
  const letters = [...bytes]
    .filter((byte) => byte < limit)
    .map((byte) => CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length));
  const code = letters.slice(0, CODE_LENGTH).join("");
  if (code.length < CODE_LENGTH || PROFANE.some((word) => code.includes(word))) return null;
  return code;
}
