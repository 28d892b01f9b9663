import { beforeEach, describe, expect, test } from "vitest";
import { answered } from "../support/answers.ts";
import { addCreator, DAY_MS, HOUR_MS, moveTo, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { workerUrl } from "../support/edge-door.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const BOTS = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "facebookexternalhit/1.1",
  "",
];

/** Over HTTP a click takes ten times as long. */
const IS_EDGE = workerUrl() !== null;
const MANY = IS_EDGE ? 200 : 3_000;
const SEVERAL = IS_EDGE ? 200 : 1_000;
/** Things that happen on the day beside those at its borders. */
const HAPPENINGS = IS_EDGE ? 350 : 1_500;
const SEEDS = IS_EDGE ? [1] : [1, 2];
/** Calls under way together. */
const AT_ONCE = 100;

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("clicks by the thousand", () => {
  test("AL20 of one visitor within an hour count one, one after another and at once", async () => {
    for (let sent = 0; sent < MANY / 2; sent++) await tracked(browserClick(app.ref));
    world.advance(HOUR_MS - 1);
    await atOnce(MANY / 2, () => browserClick(app.ref));
    expect(await clicks()).toBe(1);
    expect(await rowsOf(world.db, "click")).toHaveLength(1);
  });

  test("AL20 of one visitor in the last millisecond of an hour and the first of the next count two", async () => {
    world.advance(HOUR_MS - 1);
    await atOnce(SEVERAL / 2, () => browserClick(app.ref));
    world.advance(1);
    await atOnce(SEVERAL / 2, () => browserClick(app.ref));
    expect(await clicks()).toBe(2);
  });

  test("AL20 of a backend that names no visitor count each", async () => {
    await atOnce(MANY, () => serverClick(app.ref));
    expect(await clicks()).toBe(MANY);
  });

  test.each([1, 100])("AL20 of a backend that names %d visitors count as many", async (visitors) => {
    await atOnce(MANY, (index) => serverClick(app.ref, { visitor: `v-${index % visitors}` }));
    expect(await clicks()).toBe(visitors);
  });

  test("AL20 of as many addresses count as many", async () => {
    await atOnce(SEVERAL, (index) => browserClick(app.ref, { ip: `2001:db8::${index.toString(16)}` }));
    expect(await clicks()).toBe(SEVERAL);
  });

  test("AL20 of bots count none, whoever reports them", async () => {
    await atOnce(SEVERAL / 2, (index) =>
      browserClick(app.ref, { userAgent: botOf(index), ip: `192.0.2.${index % 250}` }),
    );
    await atOnce(SEVERAL / 2, (index) => serverClick(app.ref, { user_agent: botOf(index) }));
    expect(await clicks()).toBe(0);
    expect(await rowsOf(world.db, "click")).toEqual([]);
  });
});

describe("a day and the hours beside it", () => {
  test.each(SEEDS)(
    "AL20 AL32 add up per code and UTC day, whatever happens (seed %d)",
    async (seed) => {
      const day = await Day.begin(seed);
      for (const instant of instantsOf(day.random)) {
        moveTo(world, instant);
        await day.anything();
      }
      for (const creator of day.creators) {
        const rows = await statsOf(world, creator, "?from=2026-03-09&to=2026-03-11");
        expect(rows).toEqual(day.expected.filter(({ owner }) => owner === creator).map(({ row }) => row));
      }
      expect(Math.min(...COUNTS.map((count) => day.sum(count)))).toBeGreaterThan(IS_EDGE ? 25 : 50);
    },
    60_000,
  );

  test.each([
    ["2026-03-09T23:59:59.999Z", "2026-03-09"],
    ["2026-03-10T00:00:00.000Z", "2026-03-10"],
    ["2026-03-10T23:59:59.999Z", "2026-03-10"],
    ["2026-03-11T00:00:00.000Z", "2026-03-11"],
  ])("AL32 what happens at %s is of %s", async (instant, date) => {
    moveTo(world, instant);
    await tracked(browserClick(app.ref));
    await keyed("signup", { ref: app.ref, user_id: "u1" });
    await keyed("conversion", { user_id: "u1", amount_cents: 1_000, event_id: "order-1" });
    await keyed("refund", { user_id: "u1", amount_cents: 1, event_id: "refund-1" });
    const row = { date, ref: app.ref, clicks: 1, signups: 1, conversions: 1, refunds: 1 };
    expect(await statsOf(world, app, "?from=2026-03-09&to=2026-03-11")).toEqual([row]);
  });
});

type Count = "clicks" | "signups" | "conversions" | "refunds";
const COUNTS: readonly Count[] = ["clicks", "signups", "conversions", "refunds"];

interface Expected {
  readonly owner: TestApp | undefined;
  readonly row: { readonly date: string; readonly ref: string } & Record<Count, number>;
}

interface Sale {
  readonly id: string;
  readonly ref: string;
  left: number;
}

/** Users, visitors, who click and buy at random, beside what the rules make of it, counted by hand. */
class Day {
  readonly random: () => number;
  readonly #owners: ReadonlyMap<string, TestApp>;
  /** The codes of the app whose backend reports. */
  readonly #refs: readonly string[];
  readonly #rows = new Map<string, Expected>();
  readonly #seen = new Set<string>();
  readonly #referrals = new Map<string, string>();
  readonly #signedUp = new Set<string>();
  readonly #sales: Sale[] = [];
  readonly #sent: (readonly [event: string, body: object])[] = [];

  /** Three codes of two creators of one app, and a stranger's in another app that nothing else may reach. */
  static async begin(seed: number): Promise<Day> {
    const ben = await addCreator(world, app, "ben");
    const path = `/api/v1/affiliates/${ben.affiliateId}/codes`;
    expect((await world.call(path, { ref: "ben-two" }, { key: app.key })).status).toBe(201);
    const stranger = await world.newApp({ ref: "stranger" });
    return new Day(
      seed,
      new Map([
        [app.ref, app],
        [ben.ref, ben],
        ["ben-two", ben],
        [stranger.ref, stranger],
      ]),
    );
  }

  private constructor(seed: number, owners: ReadonlyMap<string, TestApp>) {
    this.random = randomOf(seed);
    this.#owners = owners;
    this.#refs = [...owners.keys()].filter((ref) => ref !== "stranger");
  }

  get creators(): ReadonlySet<TestApp> {
    return new Set(this.#owners.values());
  }

  /** One thing that may happen, now. */
  async anything(): Promise<void> {
    const happens = [
      () => this.#browserClick(),
      () => this.#browserClick(),
      () => this.#serverClick(),
      () => this.#signup(),
      () => this.#conversion(),
      () => this.#refund(),
      () => this.#repeat(),
      () => world.runJobs(),
    ];
    await this.#one(happens)();
  }

  get expected(): readonly Expected[] {
    return [...this.#rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  }

  sum(count: Count): number {
    return this.expected.reduce((sum, { row }) => sum + row[count], 0);
  }

  async #browserClick(): Promise<void> {
    const ref = this.#one([...this.#owners.keys()]);
    const ip = `192.0.2.${this.#below(8)}`;
    const isBot = this.random() < 0.2;
    const userAgent = isBot ? this.#one(BOTS) : CHROME;
    await tracked(browserClick(this.random() < 0.2 ? ref.toUpperCase() : ref, { ip, userAgent }));
    if (!isBot) this.#countOnce(ref, `browser ${ip}`);
  }

  async #serverClick(): Promise<void> {
    const ref = this.#one([...this.#owners.keys()]);
    const visitor = this.random() < 0.5 ? undefined : `v-${this.#below(4)}`;
    const isBot = this.random() < 0.2;
    await tracked(serverClick(ref, { visitor, user_agent: isBot ? this.#one(BOTS) : undefined }));
    if (!isBot && visitor === undefined) this.#count(ref, "clicks");
    else if (!isBot) this.#countOnce(ref, `server ${visitor}`);
  }

  async #signup(): Promise<void> {
    const [user, ref] = [this.#user(), this.#one(this.#refs)];
    await this.#send("signup", { ref, user_id: user });
    const theirs = this.#referralOf(user, ref);
    if (!this.#signedUp.has(user)) this.#count(theirs, "signups");
    this.#signedUp.add(user);
  }

  async #conversion(): Promise<void> {
    const [user, ref, amount] = [this.#user(), this.#one(this.#refs), 1 + this.#below(5_000)];
    const { conversion_id } = await this.#send("conversion", { ref, user_id: user, amount_cents: amount });
    const theirs = this.#referralOf(user, ref);
    this.#count(theirs, "conversions");
    this.#sales.push({ id: conversion_id, ref: theirs, left: amount });
  }

  async #refund(): Promise<void> {
    const refundable = this.#sales.filter(({ left }) => left > 0);
    if (refundable.length === 0) return;
    const sale = this.#one(refundable);
    const amount = 1 + this.#below(sale.left);
    await this.#send("refund", { conversion_id: sale.id, amount_cents: amount });
    sale.left -= amount;
    this.#count(sale.ref, "refunds");
  }

  /** A call that was answered before, perhaps yesterday: it counts nothing. */
  async #repeat(): Promise<void> {
    if (this.#sent.length === 0) return;
    const { status, headers } = await call(...this.#one(this.#sent));
    expect([status, headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
  }

  async #send(event: string, fields: object): Promise<Json> {
    const body = { ...fields, event_id: `event-${this.#sent.length}` };
    this.#sent.push([event, body]);
    return keyed(event, body);
  }

  /** Whose a user is: the first code they came by stays. */
  #referralOf(user: string, ref: string): string {
    const theirs = this.#referrals.get(user) ?? ref;
    this.#referrals.set(user, theirs);
    return theirs;
  }

  #countOnce(ref: string, visitor: string): void {
    const hour = Math.floor(world.deps.now() / HOUR_MS);
    const key = `${hour} ${ref} ${visitor}`;
    if (!this.#seen.has(key)) this.#count(ref, "clicks");
    this.#seen.add(key);
  }

  #count(ref: string, count: Count): void {
    const date = new Date(world.deps.now()).toISOString().slice(0, 10);
    const key = `${date} ${ref}`;
    const known = this.#rows.get(key) ?? {
      owner: this.#owners.get(ref),
      row: { date, ref, clicks: 0, signups: 0, conversions: 0, refunds: 0 },
    };
    known.row[count] += 1;
    this.#rows.set(key, known);
  }

  #user(): string {
    return `u-${this.#below(200)}`;
  }

  #below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  #one<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new Error("an empty list");
    return found;
  }
}

/** 26 hours around 2026-03-10 UTC: instants at random, and each full hour with the millisecond before it. */
function instantsOf(random: () => number): readonly string[] {
  const from = Date.UTC(2026, 2, 9, 23);
  const length = DAY_MS + 2 * HOUR_MS;
  const borders = Array.from({ length: 25 }, (_, index) => from + (index + 1) * HOUR_MS).flatMap((at) => [at - 1, at]);
  const others = Array.from({ length: HAPPENINGS }, () => from + Math.floor(random() * length));
  // Several things happen at each border.
  const instants = [...borders, ...borders, ...borders, ...others].toSorted((one, other) => one - other);
  return instants.map((instant) => new Date(instant).toISOString());
}

/** Mulberry32: 32 bits of state are enough to be the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function botOf(index: number): string {
  return BOTS[index % BOTS.length] ?? "";
}

async function atOnce(count: number, send: (index: number) => Promise<Answer>): Promise<void> {
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => tracked(send(sent + index))));
  }
}

/** Fails unless the click is answered as every click is, counted or not. */
async function tracked(click: Promise<Answer>): Promise<void> {
  expect(await click).toEqual(answered(202, { tracked: true }));
}

function browserClick(ref: string, { ip = "192.0.2.1", userAgent = CHROME } = {}): Promise<Answer> {
  const headers = { Origin: "https://shop.example.test", "User-Agent": userAgent, "X-Test-IP": ip };
  return world.call("/api/track/click", { ref }, { headers });
}

function serverClick(ref: string, body: object = {}): Promise<Answer> {
  return world.call("/api/track/click", { ref, ...body });
}

function call(event: string, body: object): Promise<Answer> {
  return world.call(`/api/track/${event}`, body, { key: app.key });
}

/** What a backend's event answers. */
async function keyed(event: string, body: object): Promise<Json> {
  const answer = await call(event, body);
  expect(answer).toEqual(answered(200, answer.body));
  return answer.body;
}

async function clicks(): Promise<number> {
  return (await statsOf(world, app)).reduce((sum, day) => sum + day.clicks, 0);
}
