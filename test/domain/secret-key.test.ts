import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AFFILIATE_TOKEN_PREFIX,
  isSecretKey,
  SECRET_KEY_PREFIX,
  secretKeyFromBytes,
} from "../../worker/domain/secret-key.ts";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".split("");
/** The key of thirty zeros: it stands here so that keys once issued stay keys. */
const ZEROS = "al_sk_0000000000000000000000000000002C8GjS";

const anyKey = fc
  .uint8Array({ minLength: 64, maxLength: 64 })
  .map((bytes) => secretKeyFromBytes(bytes, SECRET_KEY_PREFIX) ?? ZEROS);

describe("a secret key", () => {
  test("of given bytes is always the same", () => {
    expect(secretKeyFromBytes(new Uint8Array(30), SECRET_KEY_PREFIX)).toBe(ZEROS);
    expect(isSecretKey(ZEROS)).toBe(true);
  });

  test("has the prefix, 30 characters and a checksum of 6", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(key).toMatch(/^al_sk_[0-9A-Za-z]{36}$/);
        expect(isSecretKey(key)).toBe(true);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("gives each character the same number of bytes", () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const firsts = bytes.map((byte) =>
      secretKeyFromBytes(Uint8Array.from([byte, ...Array<number>(29).fill(0)]), SECRET_KEY_PREFIX),
    );
    const letters = firsts.flatMap((key) => (key === null ? [] : [key.charAt(SECRET_KEY_PREFIX.length)]));
    expect(letters).toHaveLength(248);
    for (const letter of BASE62) expect(letters.filter((other) => other === letter)).toHaveLength(4);
  });

  test.each([
    [29, 0, "one byte too few"],
    [64, 255, "enough bytes, none of them usable"],
  ])("is not made of %i bytes of %i: %s", (length, byte) => {
    expect(secretKeyFromBytes(new Uint8Array(length).fill(byte), SECRET_KEY_PREFIX)).toBeNull();
  });
});

test("an affiliate's token is like a key, but for its beginning", () => {
  const token = secretKeyFromBytes(new Uint8Array(30), AFFILIATE_TOKEN_PREFIX) ?? "";
  expect(token).toBe(ZEROS.replace("al_sk_", "al_at_"));
  expect(isSecretKey(token)).toBe(true);
  expect(isSecretKey(token.slice(0, -1))).toBe(false);
});

describe("the checksum", () => {
  test("is the CRC-32 of the body, in base 62", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const sum = key
          .slice(-6)
          .split("")
          .reduce((value, letter) => value * 62 + BASE62.indexOf(letter), 0);
        expect(sum).toBe(crc32(key.slice(SECRET_KEY_PREFIX.length, -6)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("catches each single changed character, at each place, to each other character", () => {
    const key =
      secretKeyFromBytes(
        Uint8Array.from({ length: 30 }, (_, at) => at * 8),
        SECRET_KEY_PREFIX,
      ) ?? "";
    const slips = key
      .split("")
      .flatMap((letter, at) =>
        BASE62.filter((other) => other !== letter).map((other) => key.slice(0, at) + other + key.slice(at + 1)),
      );
    expect(slips.length).toBeGreaterThan(2_500);
    expect(slips.filter(isSecretKey)).toEqual([]);
  });

  test("catches a changed character in any key", () => {
    const slip = fc.record({ key: anyKey, at: fc.nat({ max: 35 }), other: fc.constantFrom(...BASE62) });
    fc.assert(
      fc.property(slip, ({ key, at, other }) => {
        const place = SECRET_KEY_PREFIX.length + at;
        fc.pre(key.charAt(place) !== other);
        expect(isSecretKey(key.slice(0, place) + other + key.slice(place + 1))).toBe(false);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test("catches two neighbours that changed places", () => {
    fc.assert(
      fc.property(anyKey, fc.nat({ max: 34 }), (key, at) => {
        const place = SECRET_KEY_PREFIX.length + at;
        fc.pre(key.charAt(place) !== key.charAt(place + 1));
        const swapped = key.slice(0, place) + key.charAt(place + 1) + key.charAt(place) + key.slice(place + 2);
        expect(isSecretKey(swapped)).toBe(false);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

test.each([
  ["", "nothing"],
  [ZEROS.slice(0, -1), "a character is missing"],
  [`${ZEROS}0`, "a character too many"],
  [` ${ZEROS}`, "a blank before it"],
  [`${ZEROS}\n`, "a line break behind it"],
  [ZEROS.replace("al_sk_", "sk_live_"), "somebody else's prefix"],
  [ZEROS.toUpperCase(), "case matters"],
  [ZEROS.slice(SECRET_KEY_PREFIX.length), "no prefix"],
  [ZEROS.replace("0", "-"), "a character of no key"],
])("%j is no key: %s", (text) => {
  expect(isSecretKey(text)).toBe(false);
});
