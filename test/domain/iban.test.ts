import { expect, test } from "vitest";
import { foldAccount, isSoundAccount } from "../../worker/domain/iban.ts";

test.each([
  ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "an IBAN as it is printed"],
  ["gb82west12345698765432", "GB82WEST12345698765432", "in small letters"],
  ["NO93-8601-1117-947", "NO9386011117947", "the shortest country's, with hyphens"],
  ["MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S", "a long one with letters in it"],
  [" 000-123 456 ", "000-123 456", "any other number is kept as it is written"],
  ["D1234", "D1234", "one letter begins no IBAN"],
])("%j is the account %j: %s", (written, folded) => {
  expect(foldAccount(written)).toBe(folded);
  expect(isSoundAccount(folded)).toBe(true);
});

test.each([
  ["DE88370400440532013000", "a wrong check digit"],
  ["DE89370400440532031000", "two digits that changed places"],
  ["DE8937040044053201300", "a digit too few"],
  ["DE89370400440532013000000000000000000", "longer than any country's"],
  ["DE89=cmd|4005320130", "no letter or digit"],
  ["DE89", "a beginning alone"],
])("%j is no IBAN, though it begins like one: %s", (account) => {
  expect(isSoundAccount(account)).toBe(false);
});

test("each single wrong digit is caught", () => {
  const iban = "DE89370400440532013000";
  const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
  const slips = Array.from({ length: iban.length - 2 }, (_, at) =>
    digits.map((digit) => iban.slice(0, at + 2) + digit + iban.slice(at + 3)),
  ).flat();
  expect(slips.filter((slip) => slip !== iban && isSoundAccount(slip))).toEqual([]);
});
