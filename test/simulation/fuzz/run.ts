import { signStripe } from "../../support/stripe-events.ts";
import { diceOf } from "../chaos/dice.ts";
import { codeOf, isOurs, parsed, problemsOf } from "./check.ts";
import type { Door } from "./doors.ts";
import type { Stage } from "./draft.ts";
import { type Kind, type Shot, shotOf } from "./mutate.ts";
import { idsIn } from "./pool.ts";
import { type Reference, readReference } from "./reference.ts";
import { type Answer, type Input, Line } from "./send.ts";
import { lookAround, openShop, type Shop } from "./shop.ts";
import { type Difference, inWords, settle, Watch } from "./watch.ts";
import { type PagesReport, runPages } from "./pages.ts";
import type { ProductRoute } from "./product-routes.ts";
import { readRoutes } from "./route-list.ts";

export interface FuzzOptions {
  readonly seed: number;
  /** Of the API, and of all else. */
  readonly inputs: number;
  readonly pages: number;
  /** Operations that are asked, by their ids: all, unless told. */
  readonly only?: RegExp;
}

export interface AreaReport {
  readonly inputs: number;
  readonly answers: Readonly<Record<string, number>>;
}

export interface FuzzReport {
  readonly door: string;
  readonly seed: number;
  /** Routes that were asked, of those that are documented. */
  readonly routes: number;
  readonly documented: number;
  readonly inputs: number;
  /** By what was done to a good call. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly areas: Readonly<Record<string, AreaReport>>;
  /** Of the good calls, in percent. */
  readonly succeeded: number;
  readonly routesThatSucceeded: number;
  readonly refused: number;
  /** The server before the product answered. */
  readonly before: number;
  readonly limited: number;
  readonly serverErrors: number;
  /** Refused inputs after which a row of any table but that of refusals was another. */
  readonly changedByRefused: number;
  /** Calls of one app after which a row of another app was another, of so many that were looked at. */
  readonly changedElsewhere: number;
  readonly lookedElsewhere: number;
  readonly slowest: { readonly ms: number; readonly what: string };
  readonly pages: PagesReport;
  readonly problems: readonly string[];
  readonly neverSucceeded: readonly string[];
  readonly seconds: number;
}

/** After so many inputs two new apps take the place of those that were called so far. */
const ERA = 600;
/** As many say enough. */
const MAX_PROBLEMS = 60;
/** Every so many calls that changed something it is looked at whose rows they changed. */
const LOOK_EVERY = 12;

/** Plays generated calls, one after the other, at one door, and holds every answer to the document. */
export async function runFuzz(door: Door, options: FuzzOptions): Promise<FuzzReport> {
  const startedAt = performance.now();
  const run = new Run(door, options);
  try {
    for (let n = 0; n < options.inputs && run.problems.length < MAX_PROBLEMS; n += 1) {
      if (n % ERA === 0) await run.beginEra(n / ERA);
      await run.play(n);
    }
    const pages = await run.playPages(options.pages);
    run.readPrinted();
    return run.report(pages, Math.round((performance.now() - startedAt) / 1_000));
  } finally {
    run.close();
  }
}

/**
 * What a refusal may write: `drop` is the log of refused calls, and `rate_limits` counts tries, which a refused one is, too. The
 * day on which a key was used last is left out, too.
 */
const NO_STATE = new Set(["drop", "rate_limits"]);

class Run {
  readonly problems: string[] = [];
  readonly #door: Door;
  readonly #options: FuzzOptions;
  readonly #reference: Reference = readReference();
  readonly #line: Line;
  readonly #secrets: Set<string>;
  readonly #origins = new Set<string>();
  readonly #owners = new Map<string, string>();
  readonly #areas = new Map<string, { inputs: number; answers: Map<string, number> }>();
  readonly #kinds = new Map<Kind, number>();
  readonly #asked = new Set<string>();
  readonly #good = new Set<string>();
  readonly #counts = {
    refused: 0,
    before: 0,
    limited: 0,
    serverErrors: 0,
    changed: 0,
    elsewhere: 0,
    looked: 0,
    good: 0,
    succeeded: 0,
    wrote: 0,
  };
  readonly #operations: Stage["operations"];
  /** Why a good call of an operation was refused last. */
  readonly #last = new Map<string, string>();
  #inputs = 0;
  #slowest = { ms: 0, what: "" };
  #shops: readonly Shop[] = [];
  #watch: Watch;

  constructor(door: Door, options: FuzzOptions) {
    this.#door = door;
    this.#options = options;
    this.#operations = this.#reference.operations.filter(({ id }) => options.only?.test(id) ?? true);
    this.#line = new Line(door.url);
    this.#secrets = new Set(door.secrets);
    this.#watch = new Watch(door.file);
    door.printed();
  }

  async beginEra(era: number | string): Promise<void> {
    const names = ["a", "b"].map((which) => `s${this.#options.seed}e${era}${which}`);
    const shops: Shop[] = [];
    await this.#resetFlags();
    for (const name of names) shops.push(await openShop(this.#door, this.#line, name));
    this.#shops = shops;
    await this.#door.runJobs();
    await this.#watch.rest();
    for (const shop of shops) await lookAround(this.#door, this.#line, shop);
    for (const shop of shops) {
      const { keys, revokedKey, affiliateToken, accountToken, stripeSecret, origin } = shop;
      for (const secret of [...Object.values(keys), revokedKey, affiliateToken, accountToken, stripeSecret])
        this.#secrets.add(secret);
      this.#origins.add(origin).add("https://elsewhere.example.test");
    }
  }

  async play(n: number): Promise<void> {
    const dice = diceOf(this.#options.seed * 1_000_003 + n);
    const [first, second] = dice.below(4) === 0 ? this.#shops.toReversed() : this.#shops;
    if (first === undefined || second === undefined) throw new Error("there are no apps");
    const operations = this.#operations;
    const stage: Stage = { reference: this.#reference, operations, door: this.#door, dice, shop: first, other: second };
    const shot = shotOf(stage);
    const input = await this.#signed(shot, stage);
    this.#watch.mark();
    const answer = await this.#line.send(input);
    this.#count(shot, answer);
    const problems = [
      ...problemsOf({ reference: this.#reference, input, answer, secrets: this.#secrets, origins: this.#origins }),
      ...this.#problemsOfAccess(shot, answer),
      ...this.#problemsOfState(shot, answer, stage),
      ...this.#problemsOfTenancy(shot, input, answer, stage),
    ];
    for (const problem of problems)
      this.problems.push(`${n} ${shot.kind} ${shot.draft.operation.id}: ${problem}\n    ${shown(input)}`);
    if (answer.status >= 200 && answer.status < 300) await this.#learn(shot, answer, stage);
    if (shot.kind === "wire" || answer.status === 0) await settle();
    if (n % 50 === 49) this.readPrinted();
  }

  /** What the product printed is no error, and holds no secret. */
  readPrinted(): void {
    const printed = this.#door.printed();
    for (const line of printed.split("\n").filter((one) => /"level":"error"|^\s+at /.test(one)))
      this.problems.push(`printed: ${line.slice(0, 400)}`);
    for (const secret of this.#secrets) if (printed.includes(secret)) this.problems.push("printed: a secret");
  }

  close(): void {
    this.#watch.close();
    this.#line.close();
  }

  /** What no reference tells of. */
  async playPages(inputs: number): Promise<PagesReport> {
    // A short run has left most of its apps as they were made.
    if (this.#inputs >= ERA) await this.beginEra("p");
    await this.#resetFlags();
    const [shop, other] = this.#shops;
    if (shop === undefined || other === undefined) throw new Error("there are no apps");
    const routes = await this.#strayRoutes();
    const report = await runPages(this.#door, {
      seed: this.#options.seed,
      inputs,
      shop,
      other,
      routes,
      secrets: this.#secrets,
    });
    this.problems.push(...report.problems);
    return report;
  }

  /** Those that the reference does not tell, without what is there for all methods. */
  async #strayRoutes(): Promise<readonly ProductRoute[]> {
    const told = new Set(
      this.#reference.operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const routes = await readRoutes();
    const stray = routes.filter(
      ({ method, path, at }) =>
        method !== "ALL" && (at === "both" || at === this.#door.name) && !told.has(`${method} ${path}`),
    );
    return [...new Map(stray.map((route) => [`${route.method} ${route.path}`, route])).values()];
  }

  report(pages: PagesReport, seconds: number): FuzzReport {
    const { good, succeeded } = this.#counts;
    const areas = [...this.#areas].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return {
      door: this.#door.name,
      seed: this.#options.seed,
      routes: this.#asked.size,
      documented: this.#reference.operations.length,
      inputs: this.#inputs,
      kinds: Object.fromEntries(this.#kinds),
      areas: Object.fromEntries(
        areas.map(([area, { inputs, answers }]) => [area, { inputs, answers: Object.fromEntries(answers) }]),
      ),
      succeeded: Math.round((100 * succeeded) / Math.max(1, good)),
      routesThatSucceeded: this.#good.size,
      refused: this.#counts.refused,
      before: this.#counts.before,
      limited: this.#counts.limited,
      serverErrors: this.#counts.serverErrors,
      changedByRefused: this.#counts.changed,
      changedElsewhere: this.#counts.elsewhere,
      lookedElsewhere: this.#counts.looked,
      slowest: this.#slowest,
      pages,
      problems: this.problems,
      neverSucceeded: this.#reference.operations
        .map(({ id }) => id)
        .filter((id) => !this.#good.has(id))
        .map((id) => `${id} ${this.#last.get(id) ?? ""}`),
      seconds,
    };
  }

  async #resetFlags(): Promise<void> {
    await this.#line.send({
      method: "PATCH",
      path: "/api/v1/platform/flags",
      headers: { authorization: `Bearer ${this.#door.operatorKey}` },
      body: Buffer.from('{"enable_platform_referrals":true,"enable_settings_affiliates":true}'),
    });
  }

  /** Stripe signs what it sends, also what somebody spoilt before. */
  async #signed({ draft, kind, input }: Shot, { shop }: Stage): Promise<Input> {
    const isStripe = draft.operation.credentials.some(({ scheme }) => scheme === "stripeSignature");
    if (!isStripe || input.body === null || kind === "header" || kind === "wire" || kind === "credential") return input;
    const secret = draft.operation.path.endsWith("/webhook") ? this.#door.stripeSecret : shop.stripeSecret;
    const signature = await signStripe(input.body.toString("utf8"), secret);
    return { ...input, headers: { ...input.headers, "stripe-signature": signature } };
  }

  #count({ draft, kind }: Shot, answer: Answer): void {
    const { operation } = draft;
    this.#inputs += 1;
    this.#asked.add(operation.id);
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    const area = this.#areas.get(operation.area) ?? { inputs: 0, answers: new Map<string, number>() };
    const status = classOf(answer);
    area.inputs += 1;
    area.answers.set(status, (area.answers.get(status) ?? 0) + 1);
    this.#areas.set(operation.area, area);
    const isGood = answer.status >= 200 && answer.status < 300;
    if (isGood && draft.method === operation.method) this.#good.add(operation.id);
    if (kind === "good") this.#counts.good += 1;
    if (kind === "good" && isGood) this.#counts.succeeded += 1;
    if (kind === "good" && !isGood) this.#last.set(operation.id, `${answer.status} ${codeOf(parsed(answer.body))}`);
    if (!isGood) this.#counts.refused += 1;
    if (!isOurs(answer)) this.#counts.before += 1;
    if (answer.status === 429) this.#counts.limited += 1;
    if (answer.status >= 500 && isOurs(answer)) this.#counts.serverErrors += 1;
    if (answer.ms > this.#slowest.ms && kind !== "wire")
      this.#slowest = { ms: Math.round(answer.ms), what: `${kind} ${operation.id}` };
  }

  #problemsOfAccess({ draft }: Shot, { status }: Answer): readonly string[] {
    return !draft.entitled && status >= 200 && status < 300 ? [`${status} for who may not`] : [];
  }

  /** A refused call has changed nothing, in any table. */
  #problemsOfState({ draft }: Shot, answer: Answer, stage: Stage): readonly string[] {
    if (!this.#watch.hasChanged()) return [];
    const isGood = answer.status >= 200 && answer.status < 300;
    if (!isGood) {
      const differences = this.#watch.differences().filter(isOfState);
      if (differences.length === 0) return [];
      this.#counts.changed += 1;
      return [`${answer.status} changed ${inWords(differences)}`];
    }
    this.#counts.wrote += 1;
    if (isRead(draft)) {
      const differences = this.#watch.differences().filter(isOfState);
      return differences.length === 0 ? [] : [`a read changed ${inWords(differences)}`];
    }
    const isOwn = isCalledByApp(draft.headers["authorization"], stage);
    if (!isOwn || (this.#counts.wrote % LOOK_EVERY !== 0 && draft.spoilt !== "foreign")) return [];
    this.#counts.looked += 1;
    const elsewhere = this.#watch
      .differences()
      .filter(isOfState)
      .flatMap((difference) => ofOthers(difference, stage));
    if (elsewhere.length === 0) return [];
    this.#counts.elsewhere += 1;
    return [`changed another app's ${inWords(elsewhere)}`];
  }

  /** Whoever calls for an app is told of no other. */
  #problemsOfTenancy({ draft }: Shot, input: Input, { body }: Answer, stage: Stage): readonly string[] {
    if (!isCalledByApp(draft.headers["authorization"], stage)) return [];
    const sent = input.path + (input.body?.toString("utf8") ?? "");
    const problems: string[] = [];
    for (const id of idsIn(body)) {
      // What was sent may be repeated, whosever it is.
      if (sent.includes(id)) continue;
      const owner = this.#owners.get(id);
      if (owner === undefined) this.#owners.set(id, stage.shop.id);
      else if (owner !== stage.shop.id) problems.push(`tells of another app's ${id}`);
    }
    return problems;
  }

  async #learn({ draft }: Shot, { body }: Answer, { shop }: Stage): Promise<void> {
    if (draft.entitled && body.startsWith("{")) shop.pool.learn(parsed(body));
    // What these leave for afterwards is not to be blamed on the next.
    if (/\/run$|stripe\/connect$|\/app\/stripe$/.test(draft.operation.path)) await settle();
  }
}

function classOf(answer: Answer): string {
  if (answer.status === 0) return "closed";
  return isOurs(answer) ? `${Math.floor(answer.status / 100)}xx` : "server";
}

/** `/ready` tries whether the database can be written by a row of its own. */
function isOfState({ table, come }: Difference): boolean {
  return !NO_STATE.has(table) && !(table === "setting" && come.every((row) => row.includes('"ready_probe"')));
}

/** A friend code is made when somebody asks for theirs the first time. */
const MAKES_CODE = /\/referrals\/(?:code|stats)$/;

function isRead({ method, operation }: Shot["draft"]): boolean {
  return (method === "GET" || method === "HEAD") && !MAKES_CODE.test(operation.path);
}

/** Whether the credential is one of the app's own, and says by itself which app is meant. */
function isCalledByApp(authorization: string | undefined, { shop }: Stage): boolean {
  const { keys, affiliateToken, accountToken } = shop;
  return [...Object.values(keys), affiliateToken, accountToken].some((key) => authorization === `Bearer ${key}`);
}

/** The rows that say they are another app's. */
function ofOthers(difference: Difference, { shop }: Stage): readonly Difference[] {
  const isTheirs = (row: string) => {
    const { app, id } = parsed(row) as { readonly app?: string; readonly id?: string };
    const owner = difference.table === "app" ? id : app;
    return owner !== undefined && owner !== null && owner !== "" && owner !== shop.id;
  };
  const [gone, come] = [difference.gone.filter(isTheirs), difference.come.filter(isTheirs)];
  return gone.length + come.length === 0 ? [] : [{ table: difference.table, gone, come }];
}

function shown({ method, path, headers, body, raw }: Input): string {
  if (raw !== undefined) return JSON.stringify(raw.toString("latin1").slice(0, 700));
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 400)} ${body?.toString("utf8").slice(0, 600) ?? ""}`;
}
