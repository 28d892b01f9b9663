import { HOSTILE_VALUES, MARKER, SPOILED_BODIES } from "../../support/hostile-bodies.ts";
import type { Dice } from "../chaos/dice.ts";
import { authorize, type Draft, draftOf, foreignOf, opens, type Stage } from "./draft.ts";
import type { Credential } from "./reference.ts";
import type { Input } from "./send.ts";
import { KEYS, type KeyName } from "./shop.ts";

/** What is done to a good call, and to how many of a hundred. */
const KINDS = {
  good: 34,
  value: 16,
  shape: 6,
  text: 8,
  path: 7,
  query: 7,
  header: 7,
  credential: 6,
  foreign: 5,
  method: 2,
  wire: 2,
} as const;
export type Kind = keyof typeof KINDS;

export interface Shot {
  readonly kind: Kind;
  readonly draft: Draft;
  readonly input: Input;
}

/** One input: a good call, or one that was spoilt in one way. */
export function shotOf(stage: Stage): Shot {
  const { dice, operations } = stage;
  const draft = draftOf(dice.pick(operations), stage);
  const kind = dice.draw(KINDS);
  return { kind, draft, input: spoil(kind, draft, stage) };
}

function spoil(kind: Kind, draft: Draft, stage: Stage): Input {
  const { dice } = stage;
  switch (kind) {
    case "good":
      return encode(draft, stage);
    case "value":
      // Where there is no body there is a query.
      if (draft.body === undefined) return query(draft, stage);
      draft.body = withHostileValue(draft.body, dice);
      return encode(draft, stage);
    case "shape":
      draft.body = misshapen(draft.body, dice);
      return encode(draft, stage);
    case "text":
      return encode(draft, stage, text(JSON.stringify(draft.body ?? {}), dice));
    case "path":
      return path(draft, stage);
    case "query":
      return query(draft, stage);
    case "header":
      return header(draft, stage);
    case "credential":
      credential(draft, stage);
      return encode(draft, stage);
    case "foreign":
      foreign(draft, stage);
      return encode(draft, stage);
    case "method":
      return encode({ ...draft, method: dice.pick(METHODS) }, stage);
    case "wire":
      return wire(draft, stage);
  }
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** Above what any body may have. */
const MAX_BODY_BYTES = 1024 * 1024;
const LONG = 9_000;

/** Long texts on which an expression that goes back and forth would take its time. */
const SLOW_TEXTS: readonly string[] = [
  `${"a".repeat(LONG)}!`,
  "a@".repeat(LONG / 2),
  `${"a.".repeat(LONG / 2)}@`,
  `a@${"a-.".repeat(LONG / 3)}`,
  " ".repeat(LONG),
  `1${" ".repeat(LONG)}x`,
  "9".repeat(LONG),
  `2026-01-01T00:00:00.${"0".repeat(LONG)}`,
  `https://${"a.".repeat(LONG / 2)}`,
  `https://${"%41".repeat(LONG / 3)}`,
  `${"-".repeat(LONG)}\u00e9`,
  `${"_".repeat(LONG)}%`,
  `Bearer ${"a".repeat(LONG)}`,
  "😀".repeat(LONG / 4),
  "\u0301".repeat(LONG / 3),
];

const NUMBERS: readonly unknown[] = [
  0,
  -0,
  -1,
  0.5,
  1.5,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  2 ** 63,
  1e308,
  5e-324,
  999_999_999_999,
  1e12,
];

const TEXTS: readonly unknown[] = [
  "\u0000",
  `${MARKER}\u0000`,
  "\ud800",
  `\udfff${MARKER}`,
  "\u202e\u2066",
  `${MARKER}\r\nX-Injected: 1`,
  `=cmd|'/c calc'!A1`,
  "٣٤",
  "１２",
  "0x10",
  "+1",
  "1e3",
  "-0",
  "2026-02-30T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "-271821-04-20T00:00:00Z",
  "275760-09-13T00:00:00.001Z",
  "2026-13-01",
  "0000-00-00",
  "http://127.0.0.1:1/",
  "https://user:pass@example.test/",
  "https://[::1]/",
  "https://169.254.169.254/latest/meta-data",
  "https://0x7f.1/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "https://exa\u00admple.test",
  "https://xn--/",
  "a@b",
  `"a b"@example.test`,
  "a@example.test,b@example.test",
  "a@[127.0.0.1]",
  "ﬁ@example.test",
  ...SLOW_TEXTS,
];

/** What nothing takes, and what some fields take. */
function hostile(dice: Dice): unknown {
  switch (dice.below(6)) {
    case 0:
      return dice.pick(NUMBERS);
    case 1:
      return dice.pick(TEXTS);
    case 2:
      return deep(dice.pick([7, 8, 9, 500]), dice);
    case 3:
      return Array.from({ length: dice.pick([1, 21, 101, 1_001, 3_000]) }, () => dice.pick([0, MARKER, null, "u1"]));
    default:
      return dice.pick(HOSTILE_VALUES);
  }
}

function deep(levels: number, dice: Dice): unknown {
  const isList = dice.below(2) === 0;
  let value: unknown = MARKER;
  for (let level = 0; level < levels; level += 1) value = isList ? [value] : { x: value };
  return value;
}

/** The body with one value in it replaced. */
function withHostileValue(body: unknown, dice: Dice): unknown {
  if (typeof body !== "object" || body === null) return hostile(dice);
  const names = Object.keys(body);
  if (names.length === 0 || dice.below(25) === 0) return hostile(dice);
  const name = dice.pick(names);
  const at = new Map<string, unknown>(Object.entries(body));
  const inner = at.get(name);
  const goesOn = typeof inner === "object" && inner !== null && dice.below(2) === 0;
  at.set(name, goesOn ? withHostileValue(inner, dice) : hostile(dice));
  return Array.isArray(body) ? [...at.values()] : Object.fromEntries(at);
}

/** The body with a field too few or too many, or no object at all. */
function misshapen(body: unknown, dice: Dice): unknown {
  if (typeof body !== "object" || body === null) return dice.pick([{}, [], null, 0, MARKER, { [MARKER]: MARKER }]);
  const fields = Object.entries(body);
  const one = dice.below(Math.max(1, fields.length));
  switch (dice.below(6)) {
    case 0:
      return Object.fromEntries(fields.filter((_, at) => at !== one));
    case 1:
      return { ...body, [dice.pick(EXTRA_FIELDS)]: dice.pick([1, MARKER, { a: 1 }, true]) };
    case 2:
      return Object.fromEntries(fields.map(([name, value]) => [name.toUpperCase(), value]));
    case 3:
      return Object.fromEntries(fields.map(([name]) => [name, null]));
    case 4:
      return Object.fromEntries(fields.map(([name, value]) => [name, [value]]));
    default:
      return dice.pick([[body], { body }, {}, [], null]);
  }
}

const EXTRA_FIELDS = [
  "id",
  "app",
  "app_id",
  "status",
  "net",
  "platform_fee_bps",
  "actor",
  "operator_funded",
  "toString",
  "__proto__",
  "constructor",
  MARKER,
];

/** JSON that is none, or that is odd. */
function text(json: string, dice: Dice): Buffer {
  switch (dice.below(13)) {
    case 0:
      return Buffer.from(json.slice(0, -1) + json.slice(json.indexOf("{") + 1).padStart(1, ","));
    case 1:
      return Buffer.from(
        json.replace(
          /:(\d+)/,
          (_, digits: string) => `:${dice.pick([`${digits}.0`, `${digits}e0`, "1e999", "-0", "0.1e1", `0${digits}`])}`,
        ),
      );
    case 2:
      return Buffer.from(`${"[".repeat(dice.pick([100, 8_000]))}${json}`);
    case 3:
      return Buffer.from(json.slice(0, dice.below(json.length + 1)));
    case 4:
      return Buffer.from(json.padEnd(dice.pick([16_384, 16_385, 70_000, MAX_BODY_BYTES + 1])));
    case 5:
      return flipped(Buffer.from(json), dice);
    case 6:
      // As a form, as a file of lines.
      return Buffer.from(
        dice.pick(["a=1&b=2", "payout_id,status\npo_x,settled\n", `"${MARKER}`, "payout_id\n\u0000", "\ufeff", ""]),
      );
    default: {
      const spoilt = dice.pick(SPOILED_BODIES).spoil(json === "" ? "{}" : json);
      return typeof spoilt === "string" ? Buffer.from(spoilt) : Buffer.from(spoilt);
    }
  }
}

/** Some bytes are others. */
function flipped(bytes: Buffer, dice: Dice): Buffer {
  for (let times = 1 + dice.below(4); times > 0 && bytes.length > 0; times -= 1)
    bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}

export const SEGMENTS: readonly string[] = [
  "%00",
  "%0a",
  "%7F",
  "%ff",
  "%c3%28",
  "%ED%A0%80",
  "%",
  "%2",
  "%zz",
  "%2e%2e",
  "..",
  "%2f",
  "..%2f..%2fetc%2fpasswd",
  "%252f",
  "",
  "%20",
  "+",
  "x".repeat(300),
  "x".repeat(4_000),
  "%41".repeat(1_500),
  "%F0%9F%98%80".repeat(60),
  "__proto__",
  "constructor",
  "null",
  "undefined",
  "*",
  ":id",
  "{id}",
  "-1",
  "0",
  "1e3",
  "99999999999999999999",
  "9223372036854775807",
  "9223372036854775808",
  "1.5",
  MARKER,
  "'%20OR%20'1'='1",
  "aff_000000000000000000000",
  "app_000000000000000000000",
  "conv_000000000000000000000",
  ";a=b",
  "x;y",
  "a,b",
  "@",
  "%40",
  "İ",
].map((segment) => encodeLoosely(segment));

/** Only what no line may hold. */
function encodeLoosely(segment: string): string {
  return segment.replaceAll(/[^\u0021-\u007e]/g, (letter) => encodeURIComponent(letter));
}

function path(draft: Draft, stage: Stage): Input {
  const { dice } = stage;
  const input = encode(draft, stage);
  const [pathname = "", search] = input.path.split("?");
  const segments = pathname.split("/");
  // It may lead to a route that is open.
  draft.entitled = true;
  switch (dice.below(6)) {
    case 0:
      segments.splice(1 + dice.below(segments.length), 0, dice.pick(SEGMENTS));
      break;
    case 1:
      segments.push(dice.pick(SEGMENTS));
      break;
    default:
      // What stands in the place of an id, where there is one.
      segments[placeOf(draft, dice) ?? 1 + dice.below(segments.length - 1)] = dice.pick(SEGMENTS);
  }
  draft.spoilt = "path";
  return { ...input, path: segments.join("/") + (search === undefined ? "" : `?${search}`) };
}

function placeOf({ operation }: Draft, dice: Dice): number | null {
  const places = operation.path.split("/").flatMap((segment, at) => (segment.startsWith("{") ? [at] : []));
  return places.length === 0 ? null : dice.pick(places);
}

export const QUERY_VALUES: readonly string[] = [
  "",
  "0",
  "-1",
  "1e2",
  "101",
  "9999999",
  "10000000",
  "99999999999999999999",
  "%00",
  "%ff",
  "%",
  "%ED%A0%80",
  "null",
  "[]",
  "{}",
  "true",
  MARKER,
  `%3Cscript%3E${MARKER}`,
  "a".repeat(300),
  "a".repeat(6_000),
  "9".repeat(6_000),
  "%20".repeat(2_000),
  "2026-02-31",
  "2026-00",
  "9999-12",
  "0000-01-01",
  "-2026-01-01",
  "MTAwMA",
  Buffer.from(JSON.stringify([0, ""])).toString("base64url"),
  Buffer.from(JSON.stringify({ __proto__: 1 })).toString("base64url"),
  Buffer.from("18446744073709551616 x").toString("base64url"),
  "evt_000000000000000000000_1",
  "evt_x_-1",
  "usd%20",
  "ÿ",
].map(encodeLoosely);

const MORE_NAMES = [
  "cursor",
  "limit",
  "offset",
  "after",
  "status",
  "app_id",
  "month",
  "from",
  "to",
  "format",
  "user_id",
  "__proto__",
  "limit[]",
  MARKER,
];

function query(draft: Draft, stage: Stage): Input {
  const { dice } = stage;
  const own = draft.operation.parameters.flatMap(({ name, in: place }) => (place === "query" ? [name] : []));
  const input = encode(draft, stage);
  const added: string[] = [];
  for (let times = 1 + dice.below(3); times > 0; times -= 1) {
    const name = own.length > 0 && dice.below(5) !== 0 ? dice.pick(own) : dice.pick(MORE_NAMES);
    added.push(`${name}=${dice.pick(QUERY_VALUES)}`);
  }
  draft.spoilt = "query";
  const [pathname = "", search = ""] = input.path.split("?");
  const isFirst = dice.below(2) === 0;
  const all = isFirst ? [...added, search] : [search, ...added];
  const joined = all.filter((part) => part !== "").join(dice.below(10) === 0 ? "&&" : "&");
  return { ...input, path: `${pathname}?${joined}` };
}

const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["content-type", "text/plain"],
  ["content-type", "application/x-www-form-urlencoded"],
  ["content-type", "multipart/form-data"],
  ["content-type", "multipart/form-data; boundary=x"],
  ["content-type", "application/json; charset=utf-16"],
  ["content-type", "text/csv"],
  ["content-type", `${MARKER}/${"x".repeat(2_000)}`],
  ["content-type", ""],
  ["content-encoding", "gzip"],
  ["content-encoding", "br, gzip"],
  ["accept", "text/html"],
  ["accept", "text/csv"],
  ["accept", "*/*;q=0"],
  ["accept-encoding", "gzip;q=0, br;q=0, *;q=0"],
  ["accept-encoding", "zstd"],
  ["if-none-match", "*"],
  ["if-none-match", `"${MARKER}", W/"x"`],
  ["if-none-match", `W/${'"a",'.repeat(1_500)}`],
  ["if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"],
  ["if-match", "*"],
  ["range", "bytes=0-0,5-"],
  ["range", "bytes=-99999999999999999999"],
  ["origin", "null"],
  ["origin", "https://evil.example.test"],
  ["origin", `https://${"a.".repeat(2_000)}test`],
  ["origin", MARKER],
  ["referer", `https://evil.example.test/${MARKER}`],
  ["sec-fetch-site", "cross-site"],
  ["cookie", `__Host-al_session=${MARKER}.x; al_session=%00; a`],
  ["cookie", "a=b; ".repeat(1_000)],
  ["cookie", `demo_customer=%E0%A4%A; agentlinks_ref=${"%".repeat(500)}`],
  ["user-agent", ""],
  ["user-agent", "x".repeat(5_000)],
  ["user-agent", "Googlebot/2.1"],
  ["x-forwarded-for", `${MARKER}, ::ffff:1.2.3.4, 999.1.1.1`],
  ["x-forwarded-for", "::1"],
  ["x-forwarded-for", ",".repeat(3_000)],
  ["x-forwarded-proto", "ftp"],
  ["x-forwarded-host", "evil.example.test"],
  ["forwarded", "for=1.2.3.4;host=evil.example.test"],
  ["x-http-method-override", "DELETE"],
  ["x-method-override", "DELETE"],
  ["x-original-url", "/metrics"],
  ["x-rewrite-url", "/metrics"],
  ["host", "evil.example.test"],
  ["host", "127.0.0.1@evil.example.test"],
  ["cf-ipcountry", MARKER],
  ["cf-connecting-ip", "x"],
  ["idempotency-key", ""],
  ["idempotency-key", "x".repeat(257)],
  ["idempotency-key", `${MARKER}\u00e9\u00ff`],
  ["idempotency-key", " k "],
  ["x-account-id", ""],
  ["x-account-id", "x".repeat(300)],
  ["x-account-id", "\u00ff\u0080"],
  ["x-account-id", "acc_0, acc_1"],
  ["x-account-id", "__proto__"],
  ["stripe-signature", "t=1,v1=00"],
  ["stripe-signature", `t=${"9".repeat(400)},v1=${MARKER}`],
  ["stripe-signature", `t=,${"v1=a,".repeat(1_200)}`],
  ["authorization", ""],
  ["authorization", "Bearer"],
  ["authorization", "Bearer "],
  ["authorization", "Basic YTpi"],
  ["authorization", "bearer \u00ff"],
  ["authorization", `Bearer ${"x".repeat(6_000)}`],
  ["authorization", `Bearer al_sk_${"0".repeat(36)}`],
  ["authorization", `Bearer al_at_${"z".repeat(36)}`],
  ["authorization", `Bearer ${"a".repeat(300)}.${"b".repeat(300)}.${"c".repeat(300)}`],
  ["authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY2NfMCJ9."],
  ["authorization", "Bearer ..."],
  ["authorization", `Bearer ${MARKER}`],
  ["transfer-encoding", "chunked"],
  ["connection", "upgrade"],
  ["expect", "200-ok"],
  ["x-big", "x".repeat(12_000)],
  ["x-huge", "x".repeat(40_000)],
];

function header(draft: Draft, stage: Stage): Input {
  const { dice } = stage;
  for (let times = 1 + dice.below(2); times > 0; times -= 1) {
    const [name, value] = dice.pick(HEADERS);
    draft.headers[name] = value;
    if (name === "authorization") draft.entitled = isOpen(draft);
    if (name === "transfer-encoding") draft.headers["content-length"] = "";
  }
  draft.spoilt = "header";
  return encode(draft, stage);
}

function isOpen({ operation }: Draft): boolean {
  return operation.credentials.some(({ scheme }) => scheme === "none");
}

/** Somebody else calls: whoever may not is to be refused. */
function credential(draft: Draft, stage: Stage): void {
  const { dice, shop, other, door } = stage;
  const { operation } = draft;
  const set = (value: string | null, entitled: boolean) => {
    draft.query = draft.query.filter(([name]) => name !== "app_id");
    delete draft.headers["origin"];
    if (value === null) delete draft.headers["authorization"];
    else draft.headers["authorization"] = `Bearer ${value}`;
    draft.entitled = entitled;
  };
  const accepts = (scheme: Credential["scheme"]) => operation.credentials.some((one) => one.scheme === scheme);
  switch (dice.below(9)) {
    case 0:
      return set(null, isOpen(draft) || accepts("stripeSignature"));
    case 1:
      return set(shop.revokedKey, accepts("stripeSignature") || isFree(operation.path));
    case 2:
      return set(`${shop.keys.full.slice(0, -1)}${shop.keys.full.endsWith("0") ? "1" : "0"}`, isFree(operation.path));
    case 3:
      return set(shop.affiliateToken, isFree(operation.path) || accepts("affiliateToken"));
    case 4:
      return set(shop.accountToken, isFree(operation.path) || accepts("accountToken"));
    case 5:
      authorize(
        draft,
        { scheme: "operatorKey", scope: null, account: operation.credentials.some(({ account }) => account) },
        stage,
      );
      draft.query = draft.query.filter(([name]) => name !== "app_id");
      if (dice.below(2) === 0)
        draft.query.push(["app_id", dice.pick([other.id, "", "x", MARKER, "app_000000000000000000000"])]);
      return;
    case 6:
      set(shop.keys.full, isFree(operation.path));
      draft.headers["origin"] = shop.origin;
      return;
    case 7:
      return set(door.operatorKey.slice(0, -1), isFree(operation.path));
    default: {
      const name = dice.pick(Object.keys(KEYS) as KeyName[]);
      return set(shop.keys[name], isFree(operation.path) || opens(operation, name));
    }
  }
}

/** What nobody is asked for a credential by. */
function isFree(pathname: string): boolean {
  return !/^\/(?:api\/(?:v1|track)\/|metrics)/.test(pathname);
}

/** Ids of another app's, under the own key. */
function foreign(draft: Draft, stage: Stage): void {
  const { dice } = stage;
  let changed = 0;
  for (const [name, value] of Object.entries(draft.segments)) {
    const theirs = foreignOf(value, stage);
    if (theirs === null || (changed > 0 && dice.below(2) === 0)) continue;
    draft.segments[name] = theirs;
    changed += 1;
  }
  const isKeyed = draft.headers["authorization"] !== undefined && draft.query.every(([name]) => name !== "app_id");
  if (changed > 0 && isKeyed && draft.headers["authorization"] !== `Bearer ${stage.door.operatorKey}`)
    draft.entitled = false;
  draft.query = draft.query.map(([name, value]) => [
    name,
    name === "app_id" ? value : (foreignOf(value, stage) ?? value),
  ]);
  if (changed === 0 || dice.below(2) === 0) draft.body = withForeign(draft.body, stage);
  draft.spoilt = "foreign";
}

function withForeign(value: unknown, stage: Stage): unknown {
  if (typeof value === "string") return foreignOf(value, stage) ?? value;
  if (Array.isArray(value)) return value.map((one) => withForeign(one, stage));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withForeign(one, stage)]));
}

/** The call as it goes over the line. */
function encode(draft: Draft, { door, dice }: Stage, body?: Buffer): Input {
  const pathname = draft.operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(draft.segments[name] ?? ""),
  );
  const search = new URLSearchParams(draft.query).toString();
  const sent = body ?? (draft.body === undefined ? null : jsonOf(draft.body));
  const { "content-length": length, ...headers } = draft.headers;
  return {
    method: draft.method,
    path: pathname + (search === "" ? "" : `?${search}`),
    headers: {
      [door.addressHeader.toLowerCase()]: `10.${dice.below(256)}.${dice.below(256)}.${1 + dice.below(250)}`,
      ...(sent === null ? {} : { "content-type": "application/json" }),
      ...(sent === null || length === "" ? {} : { "content-length": String(sent.length) }),
      "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      ...headers,
    },
    body: sent,
  };
}

/** As much as is sent of what a body became. */
function jsonOf(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body) ?? "");
}

/** Bytes that a client of HTTP would not send. */
function wire(draft: Draft, stage: Stage): Input {
  const { dice } = stage;
  const input = encode(draft, stage);
  const body = input.body ?? Buffer.from("{}");
  const { "content-length": _, ...headers } = input.headers;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const message = ({
    start = `${input.method} ${input.path} HTTP/1.1`,
    more = [`content-length: ${body.length}`],
    sent = body,
  }: {
    readonly start?: string;
    readonly more?: readonly string[];
    readonly sent?: Buffer | string;
  }) =>
    Buffer.concat([
      Buffer.from([start, "host: 127.0.0.1", "connection: close", ...lines, ...more, "", ""].join("\r\n"), "latin1"),
      typeof sent === "string" ? Buffer.from(sent, "latin1") : sent,
    ]);
  const chunked = `${body.length.toString(16)}\r\n${body.toString("latin1")}\r\n0\r\n\r\n`;
  const raw = dice.pick<() => Buffer>([
    () => message({ more: ["transfer-encoding: chunked"], sent: chunked }),
    () => message({ more: ["transfer-encoding: chunked", `content-length: ${body.length}`], sent: chunked }),
    () => message({ more: ["transfer-encoding: chunked, gzip"], sent: chunked }),
    () => message({ more: ["transfer-encoding: xchunked"], sent: chunked }),
    () => message({ more: ["transfer-encoding: chunked"], sent: "zz\r\n{}\r\n0\r\n\r\n" }),
    () => message({ more: ["transfer-encoding: chunked"], sent: "ffffffffffffffff\r\n{}" }),
    () => message({ more: [`content-length: ${body.length}`, "content-length: 1"] }),
    () => message({ more: ["content-length: -1"] }),
    () => message({ more: ["content-length: 1e3"] }),
    () => message({ more: ["content-length: 99999999999999999999"] }),
    () => message({ more: [`content-length: ${body.length + 50}`] }),
    () => message({ more: [`content-length: ${Math.max(0, body.length - 1)}`] }),
    () => message({ more: [] }),
    () => message({ start: `${input.method} ${input.path} HTTP/1.0` }),
    () => message({ start: `${input.method} http://evil.example.test${input.path} HTTP/1.1` }),
    () => message({ start: `${input.method} ${input.path} HTTP/9.9` }),
    () => message({ start: `${input.method} ${input.path}` }),
    () => message({ start: `${input.method.toLowerCase()} ${input.path} HTTP/1.1` }),
    () => message({ start: `BREW ${input.path} HTTP/1.1` }),
    () => message({ start: `OPTIONS * HTTP/1.1` }),
    () => message({ start: `${input.method} //evil.example.test${input.path} HTTP/1.1` }),
    () => message({ start: `${input.method} ${input.path}/\u00e9\u00ff HTTP/1.1` }),
    () => message({ start: `${input.method} ${input.path}${"/x".repeat(12_000)} HTTP/1.1` }),
    () => message({ start: `${input.method} \\${input.path} HTTP/1.1` }),
    () => message({ start: `${input.method} ${input.path}#${MARKER} HTTP/1.1` }),
    () => message({ more: ["no colon here"] }),
    () => message({ more: ["x-nul: a\u0000b"] }),
    () => message({ more: ["x-folded: a\r\n b"] }),
    () => message({ more: [" authorization: Bearer x"] }),
    () => message({ more: Array.from({ length: 300 }, (__, n) => `x-${n}: y`) }),
    () => message({ more: ["host: evil.example.test"] }),
    () => message({ more: ["authorization: Bearer x", `content-length: ${body.length}`] }),
    () => Buffer.from("\u0016\u0003\u0001\u0002\u0000\u0001", "latin1"),
    () => Buffer.from("\r\n".repeat(50)),
    () => Buffer.from(`GET ${input.path}\n\n`),
  ])();
  draft.spoilt = "wire";
  return { ...input, raw };
}
