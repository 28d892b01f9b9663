import { expect, test } from "vitest";
import { toCsv } from "../../worker/wire/csv.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t'=1"],
  ["\r=1", "\"'\r'=1\""],
  ["\n=1", '"\n\'=1"'],
  ["＝1", "'＝1"],
  ["－1", "'－1"],
  ["Ann;=1+1", "Ann;'=1+1"],
  ["Ann; \t-1", "Ann; \t'-1"],
  ['"=1', '"""=1"'],
  ['Ann, "the" one', '"Ann, ""the"" one"'],
  ["mara@example.test", "mara@example.test"],
  ["a-b; c", "a-b; c"],
  ["", ""],
])("text %j is written %j: it begins no formula", async (text, cell) => {
  expect(await toCsv(["a"], [[text]])).toBe(`a\r\n${cell}\r\n`);
});

test("numbers of ours stay numbers, below zero too; nothing is an empty cell", async () => {
  expect(await toCsv(["a", "b", "c"], [[-2_850, 0, null]])).toBe("a,b,c\r\n-2850,0,\r\n");
});

test("rows keep their order and their places, none is no row", async () => {
  const rows = [
    ["x", 1],
    ["y", 2],
  ] as const;
  expect(await toCsv(["n", "v"], rows)).toBe("n,v\r\nx,1\r\ny,2\r\n");
  expect(await toCsv(["n", "v"], [])).toBe("n,v\r\n");
});
