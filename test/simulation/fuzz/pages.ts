import { HOSTILE_TEXTS } from "../../support/hostile-texts.ts";
import { MARKER } from "../../support/hostile-bodies.ts";
import { PAGE_QUERIES } from "../../support/page-queries.ts";
import { type Dice, diceOf } from "../chaos/dice.ts";
import { isOurs, MAX_MS } from "./check.ts";
import { type Door, OPERATOR_EMAIL } from "./doors.ts";
import { QUERY_VALUES, SEGMENTS } from "./mutate.ts";
import type { ProductRoute } from "./product-routes.ts";
import { type Answer, type Input, Line } from "./send.ts";
import type { Shop } from "./shop.ts";
import { type Difference, inWords, settle, Watch } from "./watch.ts";

/** A form as a page has it. */
interface Form {
  readonly action: string;
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Somebody in front of the pages, with what the pages showed them: where to go on, and what to fill in. */
class Visitor {
  readonly cookies = new Map<string, string>();
  readonly links = new Map<string, string[]>();
  readonly forms = new Map<string, Form>();
  readonly name: string;
  readonly email: string | null;

  constructor(name: string, email: string | null) {
    this.name = name;
    this.email = email;
  }

  /** Keeps the links and forms of a page, by the pattern of the route that they lead to. */
  learn(html: string, routeOf: (path: string, method: string) => string | null): void {
    for (const [, href = ""] of html.matchAll(/href="(\/[^"#]*)/g)) {
      const path = plain(href);
      const pattern = routeOf(path, "GET");
      if (pattern === null) continue;
      const known = this.links.get(pattern) ?? [];
      if (!known.includes(path)) this.links.set(pattern, [...known, path].slice(-MAX_LINKS));
    }
    for (const [, head = "", inner = ""] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
      const action = plain(/\baction="([^"]*)"/.exec(head)?.[1] ?? "");
      const method = /\bmethod="post"/i.test(head) ? "POST" : "GET";
      const pattern = routeOf(action, method);
      if (pattern !== null) this.forms.set(pattern, { action, method, fields: fieldsOf(inner) });
    }
  }
}

const MAX_LINKS = 12;

function fieldsOf(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [, attributes = ""] of form.matchAll(/<(?:input|button)\b([^>]*)>/g)) {
    const name = attribute(attributes, "name");
    if (name !== null) fields[name] = attribute(attributes, "value") ?? "";
  }
  for (const [, attributes = "", inner = ""] of form.matchAll(
    /<(?:select|textarea)\b([^>]*)>([\s\S]*?)<\/(?:select|textarea)>/g,
  )) {
    const name = attribute(attributes, "name");
    if (name !== null) fields[name] = plain(/\bvalue="([^"]*)"/.exec(inner)?.[1] ?? inner.replaceAll(/<[^>]*>/g, ""));
  }
  return fields;
}

function attribute(attributes: string, name: string): string | null {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return found === undefined ? null : plain(found);
}

/** What a page wrote escaped. */
function plain(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

export interface PagesReport {
  /** Routes that are registered and in no reference, and those that were asked. */
  readonly routes: number;
  readonly asked: number;
  readonly inputs: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly serverErrors: number;
  readonly changedByRefused: number;
  readonly slowest: { readonly ms: number; readonly what: string };
  readonly problems: readonly string[];
}

interface PagesOptions {
  readonly seed: number;
  readonly inputs: number;
  readonly shop: Shop;
  readonly other: Shop;
  readonly routes: readonly ProductRoute[];
  readonly secrets: ReadonlySet<string>;
}

/**
 * What a refused form may write: `drop` and `rate_limits` count refusals; a code that is asked for, or guessed at, is in
 * `verifications`, and a use of a session rolls it.
 */
const NO_STATE = new Set(["drop", "rate_limits", "verifications", "sessions"]);

/** Plays pages, forms and files that the reference has no word of: each route in turn, by people and by nobody. */
export async function runPages(door: Door, options: PagesOptions): Promise<PagesReport> {
  const run = new PagesRun(door, options);
  try {
    await run.signIn();
    for (let n = 0; n < options.inputs; n += 1) await run.play(n);
    return run.report();
  } finally {
    run.close();
  }
}

class PagesRun {
  readonly #door: Door;
  readonly #options: PagesOptions;
  readonly #line: Line;
  readonly #watch: Watch;
  readonly #visitors: readonly Visitor[];
  readonly #patterns: readonly { readonly method: string; readonly path: string; readonly pattern: RegExp }[];
  readonly #asked = new Set<string>();
  readonly #answers = new Map<string, number>();
  readonly #problems: string[] = [];
  #serverErrors = 0;
  #changed = 0;
  #inputs = 0;
  #slowest = { ms: 0, what: "" };

  constructor(door: Door, options: PagesOptions) {
    this.#door = door;
    this.#options = options;
    this.#line = new Line(door.url);
    this.#watch = new Watch(door.file);
    const { shop } = options;
    this.#visitors = [
      new Visitor("nobody", null),
      new Visitor("owner", shop.owner),
      new Visitor("creator", shop.creator),
      new Visitor("operator", OPERATOR_EMAIL),
    ];
    this.#patterns = options.routes.map(({ method, path }) => ({ method, path, pattern: patternOf(path) }));
  }

  /** Everybody who has an address comes in by the code that is mailed, and looks around. */
  async signIn(): Promise<void> {
    for (const visitor of this.#visitors) {
      if (visitor.email !== null) await this.#enter(visitor, visitor.email);
      for (const path of [
        "/",
        "/apps",
        `/apps/${this.#options.shop.id}`,
        "/referrals",
        "/settings/affiliates",
        "/docs",
        "/demo",
      ])
        await this.#visit(visitor, path);
    }
  }

  async play(n: number): Promise<void> {
    const { routes, seed } = this.#options;
    const dice = diceOf(seed * 7_000_003 + n);
    const route = routes[n % routes.length];
    if (route === undefined) return;
    const visitor = this.#visitorOf(route, dice);
    const input = this.#inputOf(route, visitor, dice);
    this.#watch.mark();
    const answer = await this.#line.send(input);
    this.#count(route, answer);
    const problems = [...this.#problemsOf(answer, input, visitor), ...this.#problemsOfState(answer)];
    for (const problem of problems)
      this.#problems.push(`${route.method} ${route.path} by ${visitor.name}: ${problem}\n    ${shown(input)}`);
    this.#keep(visitor, answer);
    // What it leaves for afterwards is not to be blamed on the next.
    if (/stripe\/connect$|\/run$/.test(route.path) && answer.status < 400) await settle();
    if (visitor.email !== null && !visitor.cookies.has(this.#sessionCookie))
      await this.#enter(visitor, visitor.email).catch(() => {});
  }

  close(): void {
    this.#watch.close();
    this.#line.close();
  }

  report(): PagesReport {
    return {
      routes: this.#options.routes.length,
      asked: this.#asked.size,
      inputs: this.#inputs,
      answers: Object.fromEntries(this.#answers),
      serverErrors: this.#serverErrors,
      changedByRefused: this.#changed,
      slowest: this.#slowest,
      problems: this.#problems,
    };
  }

  get #sessionCookie(): string {
    return this.#door.name === "edge" ? "__Host-al_session" : "al_session";
  }

  /** Mostly whoever the page is for: to the others it is not there. */
  #visitorOf({ path }: ProductRoute, dice: Dice): Visitor {
    const [nobody, owner, creator, operator] = this.#visitors;
    const theirs = path.startsWith("/referrals")
      ? creator
      : path.startsWith("/settings")
        ? operator
        : path.startsWith("/apps")
          ? dice.pick([owner, operator])
          : nobody;
    const one = dice.below(5) === 0 ? dice.pick(this.#visitors) : theirs;
    if (one === undefined) throw new Error("nobody is there");
    return one;
  }

  #inputOf(route: ProductRoute, visitor: Visitor, dice: Dice): Input {
    const { method, path: pattern } = route;
    const key = `${method} ${pattern}`;
    const known = method === "GET" ? visitor.links.get(key) : undefined;
    const form = method === "POST" ? visitor.forms.get(key) : undefined;
    const isGood = dice.below(2) === 0;
    const path =
      isGood && known !== undefined
        ? dice.pick(known)
        : isGood && form !== undefined
          ? form.action
          : this.#pathOf(pattern, dice);
    const asked = path + (isGood ? "" : queryOf(path, dice));
    const body = method === "POST" ? bodyOf(form, visitor, dice, isGood) : null;
    return this.#request(visitor, { method, path: asked, ...(body === null ? {} : body), dice });
  }

  /** The pattern with ids of the app's, another app's, or what is none. */
  #pathOf(pattern: string, dice: Dice): string {
    const { shop, other } = this.#options;
    return pattern.replaceAll(/:(\w+)/g, (_, name: string) => {
      const chance = dice.below(10);
      if (chance === 0) return dice.pick(SEGMENTS);
      const from = chance === 1 ? other : shop;
      if (name === "appId") return from.id;
      const kind = KIND_OF[name] ?? kindOf(pattern);
      return from.pool.pick(kind, dice) ?? dice.pick(["x", "1", "api", ...SEGMENTS]);
    });
  }

  #request(
    visitor: Visitor,
    {
      method,
      path,
      body,
      headers,
      dice,
    }: { method: string; path: string; body?: Buffer; headers?: Readonly<Record<string, string>>; dice: Dice },
  ): Input {
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return {
      method,
      path,
      headers: {
        accept: "text/html",
        // What dev has for this machine alone is not there for who comes by another.
        ...(/^\/(?:dev|demo)/.test(path) ? {} : { [this.#door.addressHeader.toLowerCase()]: addressOf(dice) }),
        ...(cookie === "" ? {} : { cookie }),
        ...(method === "GET"
          ? {}
          : {
              origin: this.#door.origin,
              "sec-fetch-site": "same-origin",
              "content-type": "application/x-www-form-urlencoded",
            }),
        ...headers,
      },
      body: body ?? null,
    };
  }

  async #visit(visitor: Visitor, path: string): Promise<Answer> {
    const answer = await this.#line.send(this.#request(visitor, { method: "GET", path, dice: diceOf(path.length) }));
    this.#keep(visitor, answer);
    return answer;
  }

  async #enter(visitor: Visitor, email: string): Promise<void> {
    const dice = diceOf(email.length);
    const send = async (path: string, fields: Readonly<Record<string, string>>) => {
      const body = Buffer.from(new URLSearchParams(fields).toString());
      const answer = await this.#line.send(this.#request(visitor, { method: "POST", path, body, dice }));
      this.#keep(visitor, answer);
      if (answer.status !== 303) throw new Error(`${email} cannot sign in: ${answer.status}`);
    };
    await send("/signin", { email, next: "" });
    await send("/signin/code", { code: await this.#door.codeFor(email) });
  }

  #keep(visitor: Visitor, { headers, body }: Answer): void {
    for (const line of (headers.get("set-cookie") ?? "").split("\n")) {
      const [, name = "", value = ""] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (name === "") continue;
      if (/;\s*Max-Age=0(?:;|$)/i.test(line)) visitor.cookies.delete(name);
      else visitor.cookies.set(name, value);
    }
    if (headers.get("content-type")?.startsWith("text/html") !== true) return;
    visitor.learn(
      body,
      (path, method) =>
        this.#patterns.find((one) => one.method === method && one.pattern.test(path.split("?", 1).join("")))?.path ??
        null,
    );
  }

  #count({ method, path }: ProductRoute, answer: Answer): void {
    this.#inputs += 1;
    this.#asked.add(`${method} ${path}`);
    const status = answer.status === 0 ? "closed" : isOurs(answer) ? `${Math.floor(answer.status / 100)}xx` : "server";
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
    if (answer.status >= 500) this.#serverErrors += 1;
    if (answer.ms > this.#slowest.ms) this.#slowest = { ms: Math.round(answer.ms), what: `${method} ${path}` };
  }

  #problemsOf(answer: Answer, input: Input, visitor: Visitor): readonly string[] {
    const { status, headers, body, ms } = answer;
    const to = headers.get("location");
    const told = [...this.#options.secrets].filter((secret) => body.includes(secret));
    const isHtml = headers.get("content-type")?.startsWith("text/html") === true;
    return [
      ...(status >= 500 ? [`${status}`] : []),
      ...(ms > MAX_MS ? [`took ${Math.round(ms)} ms`] : []),
      ...(!isOurs(answer) && ![0, 400, 413, 414, 431].includes(status)
        ? [`${status} without the product's headers`]
        : []),
      ...(isOurs(answer) && headers.get("x-content-type-options") !== "nosniff" ? ["no nosniff"] : []),
      ...(to !== undefined && !isOwn(to, input.path) ? [`leads to ${to.slice(0, 200)}`] : []),
      ...(told.length > 0 && !isShownTo(visitor) ? ["tells a secret"] : []),
      ...(isHtml && HOSTILE_TEXTS.some((text) => /[<"]/.test(text) && text.length > 12 && body.includes(text))
        ? ["has what was sent as it is"]
        : []),
      ...(/\n\s+at \S+ \(|node_modules|SQLITE_|SqliteError|DbError/.test(body) && !input.path.startsWith("/docs")
        ? ["tells of the inside"]
        : []),
      ...([...headers.values()].some((value) => value.includes(MARKER) && value !== to)
        ? ["a header repeats what was sent"]
        : []),
    ];
  }

  /** Whoever is sent away to sign in was refused, too. */
  #problemsOfState({ status, headers }: Answer): readonly string[] {
    const isRefused =
      status >= 400 || status === 0 || (status === 303 && headers.get("location")?.startsWith("/signin") === true);
    if (!isRefused || !this.#watch.hasChanged()) return [];
    const differences: readonly Difference[] = this.#watch.differences().filter(({ table }) => !NO_STATE.has(table));
    if (differences.length === 0) return [];
    this.#changed += 1;
    return [`${status} changed ${inWords(differences)}`];
  }
}

function addressOf(dice: Dice): string {
  return `10.${dice.below(256)}.${dice.below(256)}.${1 + dice.below(250)}`;
}

/** Which ids stand in the place of a parameter. */
const KIND_OF: Readonly<Record<string, string>> = {
  conversionId: "conv",
  payoutId: "po",
  batchId: "bat",
  keyId: "key",
  endpointId: "whe",
  eventId: "evt",
};

function kindOf(pattern: string): string {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/invitations\/:id/, "inv"],
    [/rules\/:id/, "rule"],
    [/conversions\/:id/, "conv"],
    [/payout\/:id/, "po"],
    [/credits\/:id/, "rdm"],
    [/calls\/:id/, "drop"],
    [/affiliates\/:id/, "aff"],
  ];
  return kinds.find(([of]) => of.test(pattern))?.[1] ?? "none";
}

function queryOf(path: string, dice: Dice): string {
  if (dice.below(2) === 0) return "";
  const pairs = Array.from(
    { length: 1 + dice.below(3) },
    () => `${dice.pick(PAGE_QUERIES)}=${dice.pick([...QUERY_VALUES, ...NEXT])}`,
  );
  return (path.includes("?") ? "&" : "?") + pairs.join("&");
}

/** Where nobody may be led. */
const NEXT = [
  "//evil.example.test",
  "https%3A%2F%2Fevil.example.test",
  "%2F%5Cevil.example.test",
  "javascript%3Aalert(1)",
  "/%2F/evil.example.test",
  "/apps",
];
const NAMES = [
  "email",
  "name",
  "code",
  "next",
  "csrf",
  "id",
  "status",
  "amount",
  "currency",
  "reason",
  "url",
  "action",
  "confirm",
  "product",
  "order",
];

/** A form as it stood there, or with something else in it. */
function bodyOf(
  form: Form | undefined,
  visitor: Visitor,
  dice: Dice,
  isGood: boolean,
): { body: Buffer; headers: Readonly<Record<string, string>> } {
  const csrf = [...visitor.forms.values()]
    .map(({ fields }) => fields["csrf"])
    .find((one) => one !== undefined && one !== "");
  const fields: Record<string, string> = { ...form?.fields, ...(csrf === undefined ? {} : { csrf }) };
  for (const [name, value] of Object.entries(fields))
    if (value === "" && dice.below(3) !== 0) fields[name] = dice.pick(FILLED);
  const headers: Record<string, string> = {};
  if (!isGood) {
    for (let times = 1 + dice.below(3); times > 0; times -= 1) {
      const names = Object.keys(fields);
      const name = names.length > 0 && dice.below(3) !== 0 ? dice.pick(names) : dice.pick(NAMES);
      if (name !== "csrf" || dice.below(8) === 0) fields[name] = dice.pick<string>([...HOSTILE_TEXTS, ...ODD]);
    }
    if (dice.below(12) === 0)
      headers["content-type"] = dice.pick([
        "application/json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
      ]);
    if (dice.below(12) === 0) headers["origin"] = dice.pick(["null", "https://evil.example.test"]);
    if (dice.below(12) === 0)
      headers["referer"] = dice.pick([
        `https://evil.example.test/${MARKER}`,
        "//evil",
        "http://127.0.0.1//evil.example.test",
      ]);
  }
  let text = new URLSearchParams(fields).toString();
  if (!isGood && dice.below(15) === 0)
    text = dice.pick([
      "%",
      "a=%ff&%zz",
      `${text}&${text}`,
      text.replaceAll("=", "[]="),
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
      "x".repeat(1_100_000),
    ]);
  return { body: Buffer.from(text), headers };
}

const FILLED = ["a word", "10", "usd", "new@example.test", "2026-11-01", "newcode1", "https://shop.example.test/"];
const ODD = [
  "",
  "\u0000",
  `${MARKER}\r\nX-Injected: 1`,
  "9".repeat(5_000),
  "a@".repeat(3_000),
  "\ud800",
  "-1",
  "1e309",
  "９",
  "0.001",
  "99999999999999",
  "__proto__",
  "app_000000000000000000000",
  "//evil.example.test",
  "x".repeat(40_000),
];

/** A redirect stays here, or goes to Stripe, whose part a server of ours plays. */
function isOwn(to: string, from: string): boolean {
  if (/^\/(?![/\\])/.test(to)) return true;
  return /stripe/.test(from) && /^https?:\/\/(?:127\.0\.0\.1:\d+|stripe\.test|connect\.stripe\.com)\//.test(to);
}

/** Owners and operators see secrets of theirs on the pages that make them. */
function isShownTo({ name }: Visitor): boolean {
  return name === "owner" || name === "operator";
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
}

function shown({ method, path, body }: Input): string {
  return `${method} ${path.slice(0, 300)} ${body?.toString("utf8").slice(0, 400) ?? ""}`;
}
