import type { FailureCode } from "../../worker/domain/result.ts";

/** What the words of hostile input share: no answer may repeat it. */
export const MARKER = "zq9marker";

/** A body that no call takes, made of one that it would take. */
export interface SpoiledBody {
  readonly why: string;
  readonly spoil: (json: string) => string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly code: FailureCode;
}

/** 16 KiB, what a body may have. */
const MAX_BODY_BYTES = 16_384;

export const SPOILED_BODIES: readonly SpoiledBody[] = [
  ...notJson({
    "no body": () => "",
    "blanks alone": () => "   ",
    "half a body": (json) => json.slice(0, -1),
    "two bodies": (json) => json + json,
    "a trailing comma": (json) => `${json.slice(0, -1)},}`,
    "single quotes": (json) => json.replaceAll('"', "'"),
    "a comment": (json) => `${json} // ${MARKER}`,
    "a form": () => `ref=${MARKER}&user_id=u1`,
    "NaN for a number": (json) => add(json, '"x":NaN'),
    "Infinity for a number": (json) => add(json, '"x":Infinity'),
    "a hexadecimal number": (json) => add(json, '"x":0x10'),
    "a raw NUL in a string": (json) => add(json, '"x":"\0"'),
    "a raw line break in a string": (json) => add(json, `"x":"${MARKER}\n"`),
    "UTF-16": (json) => new Uint8Array(Buffer.from(json, "utf16le")),
    "a byte that is no UTF-8": (json) => bytes(add(json, '"x":"?"'), 0xff),
    "half a UTF-8 character": (json) => bytes(add(json, '"x":"?"'), 0xc3),
    "a surrogate in UTF-8": (json) => bytes(add(json, '"x":"?"'), 0xed, 0xa0, 0x80),
  }),
  ...notAccepted({
    "the word null": () => "null",
    "a number": () => "42",
    "a text": () => `"${MARKER}"`,
    "the word true": () => "true",
    "a list": (json) => `[${json}]`,
    "an empty list": () => "[]",
    "the key __proto__": (json) => add(json, `"__proto__":{"${MARKER}":true}`),
    "the key constructor": (json) => add(json, '"constructor":{"prototype":{}}'),
    "the key prototype": (json) => add(json, '"prototype":1'),
    "__proto__ in an object": (json) => add(json, `"x":{"__proto__":"${MARKER}"}`),
    "constructor in a list": (json) => add(json, '"x":[[{"constructor":1}]]'),
    "an escaped NUL": (json) => add(json, `"x":"${MARKER}\\u0000"`),
    "an escaped bell": (json) => add(json, `"x":"${MARKER}\\u0007"`),
    "an escaped line break": (json) => add(json, `"x":"${MARKER}\\r\\nSet-Cookie: a=b"`),
    "a DEL": (json) => add(json, `"x":"${MARKER}\\u007f"`),
    "a C1 control": (json) => add(json, `"x":"${MARKER}\\u0085"`),
    "a NUL in a key": (json) => add(json, `"${MARKER}\\u0000":1`),
    "half a surrogate pair": (json) => add(json, `"x":"${MARKER}\\ud800"`),
    "the other half": (json) => add(json, `"x":"\\udc00${MARKER}"`),
    "half a pair in a key": (json) => add(json, `"${MARKER}\\ud83d":1`),
    "257 characters": (json) => add(json, `"x":"${MARKER.padEnd(257, "x")}"`),
    "a key of 257 characters": (json) => add(json, `"${MARKER.padEnd(257, "x")}":1`),
    "nesting of nine": (json) => add(json, `"x":${'{"x":'.repeat(8)}{}${"}".repeat(8)}`),
    "nesting of four thousand": (json) => add(json, `"x":${"[".repeat(4_000)}${"]".repeat(4_000)}`),
  }),
  {
    why: "a byte over 16 KiB",
    spoil: (json) => json.padEnd(MAX_BODY_BYTES + 1),
    status: 413,
    code: "body_too_large",
  },
];

/** The body with everything that is odd and accepted all the same, 16 KiB of it. */
export function oddButHonest(json: string): string {
  const members = [
    `"x":{"y":[1,null,"${MARKER}"]},"toString":1,"hasOwnProperty":2`,
    `"long":"${"x".repeat(256)}","beyond the basic plane":"${"😀".repeat(128)}"`,
    `"deep":${'{"x":'.repeat(6)}{}${"}".repeat(6)}`,
  ];
  const dressed = `\uFEFF \n\t${members.reduce(add, json)}\r\n`;
  return dressed + " ".repeat(MAX_BODY_BYTES - Buffer.byteLength(dressed));
}

/** What a field may be hit with. Some calls take some of it; none may fall over it. */
export const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  [],
  [null],
  [MARKER],
  {},
  { [MARKER]: MARKER },
  "",
  " ",
  "0",
  "-1",
  "NaN",
  "null",
  "undefined",
  "1e5",
  "__proto__",
  "constructor",
  MARKER,
  `${MARKER}' OR '1'='1`,
  `${MARKER}"; DROP TABLE conversion; --`,
  `<script>${MARKER}</script>`,
  `$.${MARKER}`,
  `%00${MARKER}`,
  `../../${MARKER}`,
  `${MARKER}\u202e\u200b\ufeff`,
  `${MARKER}\ufdd0\uffff`,
  `İıß${MARKER}`,
  "😀".repeat(128),
  MARKER.padEnd(256, "x"),
  0,
  -0,
  -1,
  0.1,
  1e-7,
  1e21,
  -1e21,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  Number.MAX_VALUE,
];

function notJson(cases: Readonly<Record<string, SpoiledBody["spoil"]>>): readonly SpoiledBody[] {
  return Object.entries(cases).map(([why, spoil]) => ({ why, spoil, status: 400, code: "invalid_json" }));
}

function notAccepted(cases: Readonly<Record<string, SpoiledBody["spoil"]>>): readonly SpoiledBody[] {
  return Object.entries(cases).map(([why, spoil]) => ({ why, spoil, status: 400, code: "invalid_request" }));
}

/** A JSON object's text with one more member. */
function add(json: string, member: string): string {
  return `${json.slice(0, -1)},${member}}`;
}

/** The text as UTF-8, its one question mark replaced by these bytes. */
function bytes(text: string, ...instead: readonly number[]): Uint8Array<ArrayBuffer> {
  const [before = "", after = ""] = text.split("?");
  return new Uint8Array(Buffer.concat([Buffer.from(before), Buffer.from(instead), Buffer.from(after)]));
}
