import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CODE_ALPHABET, CODE_LENGTH, codeFromBytes, foldCode, isCode, isVanityCode } from "../../worker/domain/code.ts";

describe("the alphabet of drawn codes", () => {
  test("is lower-case letters and digits, none twice", () => {
    expect(CODE_ALPHABET).toMatch(/^[0-9a-z]+$/);
    expect(new Set(CODE_ALPHABET).size).toBe(CODE_ALPHABET.length);
  });

  test.each(["0o", "1li", "5s", "2z", "uv"])(
    "holds at most one of %s, which people mistake for each other",
    (alike) => {
      expect(alike.split("").filter((letter) => CODE_ALPHABET.includes(letter)).length).toBeLessThanOrEqual(1);
    },
  );
});

describe("codeFromBytes", () => {
  const usable = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => startingWith(byte) !== null);

  test("gives each letter the same number of bytes, and so the same chance", () => {
    const count = new Map<string, number>();
    for (const byte of usable) {
      const letter = startingWith(byte)?.charAt(0) ?? "";
      count.set(letter, (count.get(letter) ?? 0) + 1);
    }
    expect([...count.keys()].toSorted().join("")).toBe(CODE_ALPHABET.split("").toSorted().join(""));
    expect(new Set(count.values())).toEqual(new Set([Math.floor(256 / CODE_ALPHABET.length)]));
  });

  test("passes over the bytes that would favour the first letters", () => {
    const wasted = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !usable.includes(byte));
    expect(wasted).toEqual([250, 251, 252, 253, 254, 255]);
    expect(codeFromBytes(Uint8Array.from([250, 0, 255, 1, 251, 2, 252, 3, 253, 4, 254, 5, 0, 1]))).toBe("34678934");
  });

  test.each([
    [[], "no bytes"],
    [[0, 1, 2, 3, 4, 5, 6], "one too few"],
    [[0, 1, 2, 3, 4, 5, 6, 250, 255], "enough, but not of usable ones"],
  ])("of %j is null: %s", (bytes) => {
    expect(codeFromBytes(Uint8Array.from(bytes))).toBeNull();
  });

  test.each(["fag", "fck", "cnt", "rape", "gay", "hate", "damn", "crap", "wank", "twat", "nggr", "kkk"])(
    "never spells %s, wherever it stands",
    (word) => {
      for (let at = 0; at + word.length <= CODE_LENGTH; at++) {
        const text = "3".repeat(at) + word + "3".repeat(CODE_LENGTH - at - word.length);
        expect(codeFromBytes(bytesOf(text))).toBeNull();
      }
    },
  );

  test("looks at the code alone: what stands behind it in the bytes is not in the code", () => {
    expect(codeFromBytes(bytesOf("33333333kkk"))).toBe("33333333");
  });

  test("always makes a code a link, a cookie and the directory take", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const code = codeFromBytes(bytes);
        if (code === null) return;
        expect(code).toHaveLength(CODE_LENGTH);
        expect(isCode(code)).toBe(true);
        expect(foldCode(code)).toBe(code);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

describe("what may be a code anywhere, and what an affiliate may choose", () => {
  test.each([
    ["mara", true, true, "a name"],
    ["Mara_2026-x", true, true, "any case, digits, - and _"],
    ["abc", true, true, "three is the shortest chosen one"],
    ["ab", true, false, "two is too short to choose"],
    ["a".repeat(32), true, true, "32 is the longest chosen one"],
    ["a".repeat(33), true, false, "33 is too long to choose"],
    ["a".repeat(64), true, false, "64 is the longest anywhere"],
    ["a".repeat(65), false, false, "65 is none"],
    ["12345", true, false, "a number is no chosen one"],
    ["---", true, false, "no letter"],
    ["1-a", true, true, "one letter will do"],
    ["", false, false, "nothing"],
    ["ma ra", false, false, "no blanks"],
    ["mara\n", false, false, "no line break behind it"],
    ["ma.ra", false, false, "no dots: a link would break at the end of a sentence"],
    ["märä", false, false, "ASCII only: folding must not depend on a locale"],
    ["mara%20", false, false, "nothing to be decoded"],
    ["K", true, false, "a letter"],
    ["\u212A", false, false, "the Kelvin sign folds to k: another code with the same fold"],
  ])("%j: anywhere %s, chosen %s: %s", (text, anywhere, chosen) => {
    expect([isCode(text), isVanityCode(text)]).toEqual([anywhere, chosen]);
  });

  test.each([
    ["MARA", "mara"],
    ["Mara_2026-X", "mara_2026-x"],
    ["mara", "mara"],
  ])("%s is compared as %s", (code, folded) => {
    expect(foldCode(code)).toBe(folded);
  });
});

/** A code whose first letter comes from this byte; null when the byte is not used, since then a letter is missing. */
function startingWith(byte: number): string | null {
  return codeFromBytes(Uint8Array.from([byte, 0, 1, 2, 3, 4, 5, 0]));
}

/** The bytes that spell a text of the alphabet. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => {
    const byte = CODE_ALPHABET.indexOf(letter);
    if (byte < 0) throw new Error(`no code can hold ${letter}`);
    return byte;
  });
}
