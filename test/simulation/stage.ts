import { expect } from "vitest";
import { dumpApp } from "../support/dump.ts";
import { type Answer, createWorld, type Json, START, type World } from "../support/world.ts";
import { type Action, type Call, LAST_PLACE, type ProgramChange } from "./actions.ts";
import {
  type Caller,
  type Code,
  type Conversion,
  type ConversionCall,
  type Creator,
  Model,
  type Program,
  type Refund,
  type RefundCall,
  type Refusal,
  type Rule,
  rulesInForce,
  type Share,
  type SignupCall,
} from "./model.ts";

/** A tracking call as it was sent, and the answer it got. */
export interface Sent {
  readonly path: string;
  readonly body: Json;
  readonly options: { readonly key?: string; readonly headers: Readonly<Record<string, string>> };
  readonly answer: Answer;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Two programs that differ in everything; each creator has two codes, the name and the name with a 2. */
const NORTH = { name: "north", currency: "usd", rateBps: 3_000, feeBps: 500, sameCallMs: 10_000 };
const SOUTH = { name: "south", currency: "eur", rateBps: 1_250, feeBps: 1_000, sameCallMs: 3_600_000 };
const CREATORS = [
  { of: NORTH, names: ["Nora", "Nils", "Nell"] },
  { of: SOUTH, names: ["Sam", "Sue"] },
];

/** The product and the model side by side: what happens, happens to both, and their answers are compared at once. */
export class Stage {
  readonly world: World;
  readonly model = new Model(START);
  /** Every tracking call so far. */
  readonly sent: Sent[] = [];
  readonly #apps = new Map<Program, { readonly id: string; readonly key: string }>();
  readonly #affiliates = new Map<Creator, string>();
  readonly #conversions = new Map<Conversion, string>();
  readonly #refunds = new Map<Refund, string>();
  readonly #rules = new Map<Rule, string>();
  readonly #referrals = new Map<string, string>();
  readonly #calls: (() => Promise<void>)[] = [];

  /** A world of its own, or one on a given database, with the programs in it. */
  static async open(parts: Parameters<typeof createWorld>[0] = {}): Promise<Stage> {
    const stage = new Stage(await createWorld(parts));
    for (const { of, names } of CREATORS) {
      const program = stage.model.addProgram(of);
      await stage.#makeApp(program, of);
      for (const name of names) await stage.#makeCreator(program, name);
    }
    return stage;
  }

  private constructor(world: World) {
    this.world = world;
    // Ids in order, so that a seed tells the whole history.
    let ids = 0;
    Object.assign(world.deps, { newId: (prefix: string) => `${prefix}_${String((ids += 1)).padStart(21, "0")}` });
  }

  async perform(action: Action): Promise<void> {
    switch (action.what) {
      case "conversion":
      case "refund":
      case "signup": {
        const call = this.#callOf(action);
        this.#calls.push(call);
        return call();
      }
      case "again":
        return this.#calls.at(-1 - (action.nth % Math.max(this.#calls.length, 1)))?.();
      case "wait":
        return this.#advance(action.millis);
      case "midnight":
        return this.#advance(Math.max(0, (this.model.today + action.days) * DAY_MS + action.off - this.model.now));
      case "decide":
        return this.#decide(pick(this.model.programs, action.program), action);
      case "rule":
        return this.#addRule(pick(this.model.programs, action.program), action);
      case "end rule":
        return this.#endRule(pick(this.model.programs, action.program), action.rule);
      case "program":
        return this.#changeProgram(pick(this.model.programs, action.program), action.change);
      case "creator rate":
        return this.#setRate(pick(this.model.creators, action.creator), action.bps);
      case "revoke":
        return this.#revoke(pick(this.model.creators, action.creator));
      case "retire":
        return this.#retire(pick([...this.model.codes.values()], action.code));
    }
  }

  appOf(program: Program): { readonly id: string; readonly key: string } {
    return existing(this.#apps.get(program));
  }

  affiliateOf(creator: Creator): string {
    return existing(this.#affiliates.get(creator));
  }

  idOf(conversion: Conversion): string {
    return existing(this.#conversions.get(conversion));
  }

  idOfRule(rule: Rule): string {
    return existing(this.#rules.get(rule));
  }

  /** What a program's owner reads. */
  async readProgram(program: Program, what: string): Promise<Json> {
    return (await this.world.call(`/api/v1/${what}`, undefined, { key: this.appOf(program).key })).body;
  }

  /** What the program's backend reads of a creator. */
  async read(creator: Creator, what: string): Promise<Json> {
    const path = `/api/v1/affiliates/${this.affiliateOf(creator)}/${what}`;
    return (await this.world.call(path, undefined, { key: this.appOf(creator.program).key })).body;
  }

  #callOf(action: Call): () => Promise<void> {
    const program = pick(this.model.programs, action.program);
    const names = action.names === null ? null : pick(this.model.programs, action.names);
    const caller: Caller = { keyOf: action.keyed ? program : null, names };
    const { user, eventId } = action;
    switch (action.what) {
      case "conversion": {
        const { amount, currency, paymentRef } = action;
        const ref = action.ref === null && action.keyed ? null : this.#refOf(program, action.ref ?? 0);
        return () => this.#convert(caller, { ref, user: action.user, amount, currency, paymentRef, eventId });
      }
      case "signup":
        return () => this.#signUp(caller, { ref: this.#refOf(program, action.ref), user: action.user, eventId });
      case "refund": {
        const { paymentRef, currency } = action;
        const conversion = action.conversion === null ? null : this.#conversionOf(program, action.conversion);
        const isNamed = conversion !== null || paymentRef !== null;
        const needsRef = !action.keyed || (!isNamed && user === null);
        // The public reaches little: what it does not say is what it could have reached.
        const open = conversion ?? program.conversions.findLast((one) => !one.claim.vouched && one.voided === null);
        const usual = open?.code.ref ?? this.#refOf(program, 0);
        const ref = action.ref === null ? (needsRef ? usual : null) : this.#refOf(program, action.ref);
        const amount = action.amount ?? (isNamed ? null : 333);
        return () => this.#refund(caller, { ref, user, amount, currency, paymentRef, conversion, eventId });
      }
    }
  }

  /** Mostly a code of the program, else another program's or nobody's. */
  #refOf(program: Program, place: number): string {
    if (place === LAST_PLACE) return "nobody";
    const isOwn = (code: Code) => (code.creator.program === program) === place < LAST_PLACE - 1;
    return pick([...this.model.codes.values()].filter(isOwn), place).ref;
  }

  /** Mostly a conversion of the program, the newest first, else one of any. */
  #conversionOf(program: Program, place: number): Conversion | null {
    const isAny = place === LAST_PLACE;
    const all = isAny ? this.model.programs.flatMap(({ conversions }) => conversions) : program.conversions;
    return all.at(-1 - (place % Math.max(all.length, 1))) ?? null;
  }

  async #convert(caller: Caller, call: ConversionCall): Promise<void> {
    const answer = await this.#send("conversion", caller, {
      ref: call.ref,
      user_id: call.user,
      amount_cents: call.amount,
      currency: call.currency,
      payment_ref: call.paymentRef,
      event_id: call.eventId,
    });
    const expected = this.model.convert(caller, call);
    if ("refused" in expected) return expectRefusal(answer, expected);
    const { conversion } = expected;
    expect(answer.status).toBe(200);
    expectReplay(answer, expected.replayed);
    expectId(this.#conversions, conversion, answer.body.conversion_id);
    expect(answer.body).toEqual({
      conversion_id: answer.body.conversion_id,
      status: expected.status,
      currency: conversion.currency,
      available_at: new Date(conversion.matureDay * DAY_MS).toISOString(),
      commission: { amount_cents: conversion.amount, ...commissionOf(expected.earned) },
      ...(caller.keyOf === null ? {} : { hold: expected.lane === "held", reason: expected.reason }),
      ...(expected.deduplicated ? { deduplicated: true } : {}),
    });
  }

  async #refund(caller: Caller, call: RefundCall): Promise<void> {
    if (this.model.isUndecided(call)) return;
    const answer = await this.#send("refund", caller, {
      ref: call.ref,
      user_id: call.user,
      amount_cents: call.amount,
      currency: call.currency,
      payment_ref: call.paymentRef,
      event_id: call.eventId,
      conversion_id: call.conversion === null ? null : this.idOf(call.conversion),
    });
    const expected = this.model.refund(caller, call);
    if ("refused" in expected) return expectRefusal(answer, expected);
    const { refund } = expected;
    expect(answer.status).toBe(refund.applied ? 200 : 202);
    expectReplay(answer, expected.replayed);
    expectId(this.#refunds, refund, answer.body.refund_id);
    expect(answer.body).toEqual({
      refund_id: answer.body.refund_id,
      currency: refund.currency,
      amount_cents: refund.amount,
      applied: refund.applied,
      reversed: commissionOf(refund.reversed),
      allocations: refund.parts.map((part) => ({
        conversion_id: this.idOf(part.conversion),
        amount_cents: part.amount,
      })),
      ...(expected.deduplicated ? { deduplicated: true } : {}),
    });
  }

  async #signUp(caller: Caller, call: SignupCall): Promise<void> {
    const answer = await this.#send("signup", caller, { ref: call.ref, user_id: call.user, event_id: call.eventId });
    const expected = this.model.signUp(caller, call);
    if ("refused" in expected) return expectRefusal(answer, expected);
    const { referral } = expected;
    expect(answer.status).toBe(200);
    expectReplay(answer, expected.replayed);
    if (referral === null) {
      return expect(answer.body).toEqual({ referral: { user_id: call.user, status: "already_referred" } });
    }
    expectId(this.#referrals, `${referral.creator.program.name} ${call.user}`, answer.body.referral.id);
    expect(answer.body.referral).toEqual({
      id: answer.body.referral.id,
      ref: referral.code.ref,
      user_id: call.user,
      status: "active",
      created_at: new Date(referral.createdAt).toISOString(),
    });
  }

  /** Sends a call, in which only the app it speaks for may change. */
  async #send(kind: Call["what"], caller: Caller, fields: Json): Promise<Answer> {
    const { names, keyOf } = caller;
    const speaksFor = keyOf ?? this.model.codes.get(fields.ref.toLowerCase())?.creator.program;
    const others = this.model.programs.filter((program) => program !== speaksFor);
    const dumpOthers = () => Promise.all(others.map((program) => dumpApp(this.world.db, this.appOf(program).id)));
    const appId = names === null ? null : this.appOf(names).id;
    const key = keyOf === null ? null : this.appOf(keyOf).key;
    const call = requestOf({ ...fields, app_id: appId }, { key, address: this.sent.length });
    const path = `/api/track/${kind}`;

    const before = await dumpOthers();
    const answer = await this.world.call(path, call.body, call.options);
    expect(await dumpOthers()).toEqual(before);
    this.sent.push({ path, ...call, answer });
    return answer;
  }

  async #advance(millis: number): Promise<void> {
    this.world.advance(millis);
    this.model.now += millis;
  }

  async #changeProgram(program: Program, change: ProgramChange): Promise<void> {
    if ("rateBps" in change) program.rates.push(change.rateBps);
    else Object.assign(program, change);
    const body = {
      ...("rateBps" in change ? { commission_percent: percentText(change.rateBps) } : {}),
      ...("mode" in change ? { conversions: change.mode } : {}),
      ...("holdingDays" in change ? { holding_days: change.holdingDays } : {}),
      ...("maxMonths" in change ? { max_months: change.maxMonths } : {}),
      ...("feeBps" in change ? { platform_fee_bps: change.feeBps } : {}),
      ...("currency" in change ? { currency: change.currency } : {}),
    };
    await this.#manage("PATCH", `apps/${this.appOf(program).id}`, { key: this.world.operatorKey, body });
  }

  async #setRate(creator: Creator, bps: number | null): Promise<void> {
    creator.rates.push(bps);
    await this.#patchCreator(creator, { commission_percent: bps === null ? null : percentText(bps) });
  }

  async #revoke(creator: Creator): Promise<void> {
    this.model.revoke(creator);
    await this.#patchCreator(creator, { status: "revoked", reason: "a history asks for it" });
  }

  async #patchCreator(creator: Creator, body: Json): Promise<void> {
    const { key } = this.appOf(creator.program);
    await this.#manage("PATCH", `affiliates/${this.affiliateOf(creator)}`, { key, body });
  }

  async #retire(code: Code): Promise<void> {
    code.retired = true;
    const { key } = this.appOf(code.creator.program);
    await this.#manage("DELETE", `affiliates/${this.affiliateOf(code.creator)}/codes/${code.ref}`, { key });
  }

  async #decide(program: Program, { decision, conversions }: Extract<Action, { what: "decide" }>): Promise<void> {
    const asked = conversions.flatMap((place) => this.#conversionOf(program, place) ?? []);
    if (asked.length === 0) return;
    const { key } = this.appOf(program);
    const body = { decision, conversion_ids: asked.map((one) => this.idOf(one)), reason: "a history asks for it" };
    const answer = await this.#manage("POST", "review", { key, body });
    const { done, skipped } = this.model.decide(program, decision, asked);
    const named = skipped.map(({ conversion, reason }) => ({ conversion_id: this.idOf(conversion), reason }));
    expect(answer).toEqual({ done, skipped: named });
  }

  async #addRule(program: Program, action: Extract<Action, { what: "rule" }>): Promise<void> {
    const { currency, maxEvent, times } = action;
    const creators = this.model.creators.filter((creator) => creator.program === program);
    const creator = action.creator === null ? null : pick(creators, action.creator);
    const limits = { max_event_cents: maxEvent, max_day_cents: maxEvent * times };
    const affiliate = creator === null ? {} : { affiliate_id: this.affiliateOf(creator) };
    const body = {
      ...affiliate,
      ...limits,
      ...(currency === null ? {} : { currency }),
      reason: "a history asks for it",
    };
    const answer = await this.world.call("/api/v1/review/rules", body, { key: this.appOf(program).key });
    const terms = { creator, currency: currency ?? program.currency, maxEvent, maxDay: maxEvent * times };
    const rule = this.model.addRule(program, terms);
    if (rule === null) return expectRefusal(answer, { refused: "conflict", status: 409 });
    expect(answer.status).toBe(201);
    this.#rules.set(rule, answer.body.rule.id);
  }

  async #endRule(program: Program, place: number): Promise<void> {
    const rules = rulesInForce(program);
    if (rules.length === 0) return;
    const rule = pick(rules, place);
    rule.ended = true;
    await this.#manage("DELETE", `review/rules/${this.idOfRule(rule)}`, { key: this.appOf(program).key });
  }

  async #makeApp(program: Program, terms: { name: string; rateBps: number }): Promise<void> {
    const key = this.world.operatorKey;
    const { currency, feeBps, sameCallMs } = program;
    const body = { name: terms.name, commission_percent: percentText(terms.rateBps), currency };
    const made = await this.#manage("POST", "apps", { key, body });
    const settings = { platform_fee_bps: feeBps, dedupe_seconds: sameCallMs / 1_000 };
    await this.#manage("PATCH", `apps/${made.app.id}`, { key, body: settings });
    this.#apps.set(program, { id: made.app.id, key: made.secret_key });
  }

  async #makeCreator(program: Program, name: string): Promise<void> {
    const creator = this.model.addCreator(program, name);
    const { key } = this.appOf(program);
    const body = { email: `${name}@example.test`, ref: name };
    const { affiliate } = await this.#manage("POST", "affiliates", { key, body });
    this.#affiliates.set(creator, affiliate.id);
    const second = `${name}-2`;
    await this.#manage("POST", `affiliates/${affiliate.id}/codes`, { key, body: { ref: second } });
    for (const ref of [name, second]) this.model.addCode(creator, ref);
  }

  async #manage(method: string, path: string, { key, body }: { key: string; body?: Json }): Promise<Json> {
    const answer = await this.world.call(`/api/v1/${path}`, body, { key, method });
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  }
}

/**
 * A backend sends its key as a header and shouts its codes; the public sends it in the body. Each call comes from an
 * address of its own: limits per address are no matter of this.
 */
function requestOf(
  { event_id, ref, ...rest }: Json,
  { key, address }: { key: string | null; address: number },
): Pick<Sent, "body" | "options"> {
  const isPublic = key === null;
  const fields = { ...rest, ref: isPublic ? ref : ref?.toUpperCase(), event_id: isPublic ? event_id : null };
  const body = Object.fromEntries(Object.entries(fields).filter(([, value]) => (value ?? null) !== null));
  const headers: Record<string, string> = { "X-Test-IP": `2001:db8:${address.toString(16)}::1` };
  if (!isPublic && event_id !== null) headers["Idempotency-Key"] = event_id;
  return { body, options: isPublic ? { headers } : { headers, key } };
}

export function commissionOf({ gross, fee, net }: Share): Json {
  return { commission_cents: gross, platform_fee_cents: fee, net_commission_cents: net };
}

function expectRefusal(answer: Answer, { refused, status }: Refusal): void {
  expect({ status: answer.status, code: answer.body.error?.code }).toEqual({ status, code: refused });
  expectReplay(answer, false);
}

function expectReplay(answer: Answer, replayed: boolean): void {
  expect(answer.headers.get("Idempotent-Replayed")).toBe(replayed ? "true" : null);
}

/** The same thing always has the same id, and no two things have one. */
function expectId<Thing>(ids: Map<Thing, string>, thing: Thing, id: string): void {
  const known = ids.get(thing);
  if (known === undefined) expect([...ids.values()]).not.toContain(id);
  else expect(id).toBe(known);
  ids.set(thing, id);
}

/** Basis points as people write a percentage. */
function percentText(bps: number): string {
  return (bps / 100).toFixed(2);
}

function pick<T>(items: readonly T[], place: number): T {
  return existing(items[place % items.length]);
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage has lost something");
  return value;
}
