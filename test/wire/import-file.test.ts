import { expect, test } from "vitest";
import { MAX_IMPORT_ROWS, parseImportFile } from "../../worker/wire/import-file.ts";

const NOW = Date.UTC(2026, 0, 15, 12);
const bytes = (text: string) => new TextEncoder().encode(text);

async function parsed(text: string | Uint8Array) {
  const file = await parseImportFile(typeof text === "string" ? bytes(text) : text, NOW);
  return file.ok ? file.value : expect.fail(file.failure.message);
}

async function refused(text: string | Uint8Array) {
  const file = await parseImportFile(typeof text === "string" ? bytes(text) : text, NOW);
  return file.ok ? "read" : file.failure.message;
}

test("one row of each type is read, whatever the order of the columns, and e-mails are folded", async () => {
  const file = await parsed(
    [
      "amount,currency,created_at,customer_email,user_id,status,commission_percent,ref,name,email,type,note",
      ",,2024-03-01,,,suspended,12.5,Kim-1,Kim,KIM@example.test,affiliate,met in May",
      ",,2024-03-02T10:00:00+02:00,,,,,kim_2,,kim@example.test,Code,",
      ",,,Lee@Example.test,u 1,,,,,kim@example.test,referral,",
      "-12.30,EUR,,,,,,,,kim@example.test,balance,until March",
    ].join("\n"),
  );
  expect(file.problems).toEqual([]);
  const email = "kim@example.test";
  expect(file.lines).toEqual([
    {
      line: 2,
      row: {
        type: "affiliate",
        email,
        name: "Kim",
        ref: "Kim-1",
        rateBps: 1_250,
        status: "suspended",
        createdAt: Date.UTC(2024, 2, 1),
      },
    },
    { line: 3, row: { type: "code", email, ref: "kim_2", createdAt: Date.UTC(2024, 2, 2, 8) } },
    {
      line: 4,
      row: { type: "referral", email, ref: null, userId: "u 1", customerEmail: "lee@example.test", createdAt: null },
    },
    { line: 5, row: { type: "balance", email, currency: "eur", amountCents: -1_230, note: "until March" } },
  ]);
});

test("a file that comes back from a spreadsheet is read: byte order mark, semicolons, CRLF, empty lines, rows of separators, quotes", async () => {
  const file = await parsed(
    '\uFEFFType;Email;Name;Visits\r\n\r\naffiliate;kim@example.test;"Kim; ""K""\r\nLee";7\r\naffiliate;lee@example.test;"\'=Lee";\r\n;;;\r\n; ;;\r\n',
  );
  expect(file.unknownColumns).toEqual(["visits"]);
  // A name of two lines is hostile; the row after it is told by its own line.
  expect(file.problems).toEqual([{ line: 4, field: "name", message: "must not hold control characters" }]);
  expect(file.lines).toMatchObject([{ line: 5, row: { name: "=Lee" } }]);
});

test.each([
  ["usd", "0.29", 29],
  ["usd", "1234567890.12", 123_456_789_012],
  ["usd", "5", 500],
  ["usd", "-0.01", -1],
  ["jpy", "500", 500],
  ["kwd", "1.005", 1_005],
  ["usd", "0", 0],
])("an amount is its digits: %s %s", async (currency, amount, cents) => {
  const file = await parsed(`type,email,currency,amount\nbalance,kim@example.test,${currency},${amount}`);
  expect(file.lines[0]?.row).toMatchObject({ amountCents: cents });
});

test.each([
  ["partner,kim@example.test,,,", "type", "must be affiliate, code, referral or balance"],
  [",kim@example.test,,,", "type", "must be affiliate, code, referral or balance"],
  ["affiliate,kim,,,", "email", "must be an e-mail address"],
  ["affiliate,,,,", "email", "is required"],
  ["affiliate,kim@example.test,kim.lee,,", "ref", "must be 1–64 of A–Z a–z 0–9 _ -"],
  ["affiliate,kim@example.test,,12,", "amount", "means nothing in a row of type affiliate: leave it empty"],
  ["code,kim@example.test,,,", "ref", "is required"],
  [
    'balance,kim@example.test,,"1,234.50",usd',
    "amount",
    "must be an amount like 1234.50, without a mark for thousands",
  ],
  ['balance,kim@example.test,,"12,50",usd', "amount", "must be an amount like 1234.50, without a mark for thousands"],
  ["balance,kim@example.test,,1.5,jpy", "amount", "must be an amount like 1234, without a mark for thousands"],
  ["balance,kim@example.test,,0.001,usd", "amount", "must be an amount like 1234.50, without a mark for thousands"],
  ["balance,kim@example.test,,1e3,usd", "amount", "must be an amount like 1234.50, without a mark for thousands"],
  ["balance,kim@example.test,,5,", "currency", "is required"],
  ["balance,kim@example.test,,5,xxx", "currency", "must be an ISO 4217 currency code"],
])("what is wrong is told by line and column: %s", async (row, field, message) => {
  const file = await parsed(`type,email,ref,amount,currency\naffiliate,ok@example.test,,,\n${row}`);
  expect(file.lines).toHaveLength(1);
  expect(file.problems).toEqual([{ line: 3, field, message }]);
});

test.each([
  ["referral,a@example.test,,,", ["user_id"]],
  ["referral,,u1,,", ["email"]],
  ["affiliate,a@example.test,,invited,", ["status"]],
  ["affiliate,a@example.test,,,31/01/2026", ["created_at"]],
  ["affiliate,a@example.test,,,2026-02-31", ["created_at"]],
  ["affiliate,a@example.test,,,2026-01-16", ["created_at"]],
  ["affiliate,a@example.test,,,0024-03-01", ["created_at"]],
  ["affiliate,a@example.test,,,,one too many", [null]],
])("what else is wrong: %s", async (row, fields) => {
  const file = await parsed(`type,email,user_id,status,created_at\n${row}`);
  expect(file.problems.map(({ field }) => field)).toEqual(fields);
});

test("what is no such file at all is refused in a sentence", async () => {
  const latin = new Uint8Array([...bytes("type,email\naffiliate,"), 0xe9, ...bytes("@example.test")]);
  expect(await refused(latin)).toBe("The file is not UTF-8: save it as CSV UTF-8.");
  expect(await refused("")).toBe("The file is empty.");
  expect(await refused("email,ref\na@example.test,a")).toBe("The heading has no column type.");
  expect(await refused("type,ref,REF\ncode,a,b")).toBe("The heading has the column ref twice.");
  expect(await refused('type,email\naffiliate,"a@example.test\ncode,b')).toMatch(/^Line \d+ is no CSV: /);
  const long = `type\n${"code\n".repeat(MAX_IMPORT_ROWS + 1)}`;
  expect(await refused(long)).toBe(`The file has more than ${MAX_IMPORT_ROWS} rows: take it in parts.`);
});
