import { expect, test } from "vitest";
import { foldEmail, maskEmail } from "../../worker/domain/email.ts";

test.each([
  ["mara@example.test", "mara@example.test", "as it is compared"],
  ["Mara@Example.Test", "mara@example.test", "case says nothing"],
  ["  mara@example.test\t", "mara@example.test", "blanks around it say nothing"],
  ["mara+shop@example.test", "mara+shop@example.test", "a tag stays: whether it means anything, the mail server knows"],
  ["m.a.r.a@example.test", "m.a.r.a@example.test", "dots stay, for the same reason"],
  ["MÄRA@example.test", "mära@example.test", "letters beyond ASCII fold as well"],
])("foldEmail(%j) is %j: %s", (email, expected) => {
  expect(foldEmail(email)).toBe(expected);
});

test.each([
  ["mara@example.test", "m•••@example.test", "the first letter and the domain"],
  ["m@example.test", "m•••@example.test", "a short name shows no more than a long one"],
  ['"a@b"@example.test', '"•••@example.test', "the domain begins at the last @"],
  ["mara", "m•••", "no address, and still not told"],
  ["@example.test", "@•••@example.test", "no name"],
  ["😀mara@example.test", "😀•••@example.test", "half a character is none, and no database takes it"],
  ["", "•••", "nothing"],
])("maskEmail(%j) is %j: %s", (email, expected) => {
  expect(maskEmail(email)).toBe(expected);
});
