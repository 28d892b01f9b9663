import { expect, test } from "vitest";
import { inviteesOf } from "../../worker/domain/friend-invitation.ts";

const LONG = `${"a".repeat(64)}@${"b".repeat(190)}`;

test.each([
  ["a", ["kim@example.test"], [["kim@example.test", null]]],
  ["space around it and capitals are none of it", [" Kim@Example.TEST\n"], [["kim@example.test", null]]],
  ["twice the same counts once", ["kim@example.test", "KIM@example.test "], [["kim@example.test", null]]],
  ["one's own, however written", [" MARA@example.test"], [["mara@example.test", "own"]]],
  ["a list is no address", ["a@example.test,b@example.test"], [["a@example.test,b@example.test", "invalid"]]],
  ["nor is a name with one", ["Kim <kim@example.test>"], [["kim <kim@example.test>", "invalid"]]],
  ["nothing is none", ["", "  "], [["", "invalid"]]],
  ["a header in it", ["kim@example.test\r\nBcc: x@y.z"], [["kim@example.test\r\nbcc: x@y.z", "invalid"]]],
  ["longer than a path may be", [LONG], [[LONG, "invalid"]]],
  [
    "each by itself, in their order",
    ["b@example.test", "x", "a@example.test"],
    [
      ["b@example.test", null],
      ["x", "invalid"],
      ["a@example.test", null],
    ],
  ],
])("whom a call means: %s", (_, emails, expected) => {
  const invitees = inviteesOf(emails, "Mara@Example.test ");
  expect(invitees.map(({ email, problem }) => [email, problem])).toEqual(expected);
});

test("without an address of the sender's nobody is the sender", () => {
  expect(inviteesOf(["mara@example.test"], null)).toEqual([{ email: "mara@example.test", problem: null }]);
});
