import type { Dice } from "../chaos/dice.ts";
import type { Program } from "./programs.ts";

/** What is sent, and how often: what a shop's day is made of, with more money in it than there is. */
const MIX = {
  click: 58,
  "click again": 6,
  "click of a backend": 6,
  signup: 8,
  conversion: 8,
  refund: 3,
  replay: 2,
  balance: 4,
  page: 3,
  health: 2,
} as const;
export type CallKind = keyof typeof MIX;

/** In the order of the mix. */
export const CALL_KINDS = Object.keys(MIX) as CallKind[];

/** One request, and what its answer means to who sent it. */
export interface Call {
  readonly kind: CallKind;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** A backend repeats it until it is answered; the script of a page does not. */
  readonly isRepeated: boolean;
  /** Takes a 2xx: answers what is wrong with it, or null. */
  readonly take: (answer: Answer) => string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Somebody who came by a code. */
export interface Visitor {
  readonly program: Program;
  readonly ref: string;
  /** As the product names them before it hashes. */
  readonly identity: string;
  /** The UTC hours between which each of their clicks was sent and answered; a click that was not answered has none. */
  readonly sentAt: number[];
  answeredUntil: number;
  /** Clicks that were answered. */
  answered: number;
}

/** A signup, a conversion or a refund under the name by which it is found in the database. */
export interface Fact {
  readonly program: Program;
  readonly name: string;
  answered: boolean;
}

interface Sale extends Fact {
  readonly call: Call;
  conversionId: string | null;
}

const HOUR_MS = 3_600_000;
const ORIGIN = "https://shop.example.test";
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
/** Networks of visitors: none of them comes near a limit of its address. */
const ADDRESSES = 2_000;
const AMOUNT_CENTS = 1_000;
const REFUND_CENTS = 300;
/** The newest ones, of which somebody comes again, pays back or repeats. */
const RECENT = 2_000;
/** One in four signups and conversions is a page's word. */
const IN_PUBLIC = 4;

/** Everybody who calls, and what they know of what they did. The same dice make the same calls, in the same order. */
export class Shoppers {
  readonly visitors: Visitor[] = [];
  readonly signups: Fact[] = [];
  readonly sales: Sale[] = [];
  readonly refunds: Fact[] = [];
  readonly #dice: Dice;
  readonly #programs: readonly Program[];
  readonly #table: readonly CallKind[];
  #unrefunded = 0;

  constructor(dice: Dice, programs: readonly Program[], mix: Partial<Record<CallKind, number>> = MIX) {
    this.#dice = dice;
    this.#programs = programs;
    this.#table = CALL_KINDS.flatMap((kind) => Array.from({ length: mix[kind] ?? 0 }, () => kind));
  }

  next(): Call {
    return this.#call(this.#dice.pick(this.#table));
  }

  #call(kind: CallKind): Call {
    switch (kind) {
      case "click":
        return this.#click(kind, this.#visitor("browser"));
      case "click again":
        return this.#click(kind, this.#recent(this.visitors) ?? this.#visitor("browser"));
      case "click of a backend":
        return this.#click(kind, this.#visitor("server"));
      case "signup":
        return this.#signUp();
      case "conversion":
        return this.#sell();
      case "refund":
        return this.#refund() ?? this.#sell();
      case "replay":
        return this.#replay() ?? this.#sell();
      case "balance": {
        const { program, affiliate } = this.#creator();
        return this.#read(kind, `/api/v1/affiliates/${affiliate.id}/balance`, { key: program.key });
      }
      case "page": {
        const { program } = this.#creator();
        const path = this.#dice.pick(["/agentlinks.js", "/signin", `/join/${program.appId}`]);
        return this.#read(kind, path, { Accept: "text/html" });
      }
      case "health":
        return this.#read(kind, "/health", {});
    }
  }

  #visitor(kind: "browser" | "server"): Visitor {
    const { program, affiliate } = this.#creator();
    const n = this.visitors.length;
    const identity = kind === "browser" ? `browser\n${addressOf(n)}\n${CHROME} ${n}` : `server\nv${n}`;
    const visitor = { program, ref: affiliate.ref, identity, sentAt: [], answeredUntil: 0, answered: 0 };
    this.visitors.push(visitor);
    return visitor;
  }

  #click(kind: CallKind, visitor: Visitor): Call {
    const [by, who = "", userAgent = ""] = visitor.identity.split("\n");
    const headers: Record<string, string> =
      by === "browser"
        ? { ...from(who), Origin: ORIGIN, "User-Agent": userAgent }
        : { Authorization: `Bearer ${visitor.program.key}` };
    visitor.sentAt.push(hourNow());
    return {
      kind,
      method: "POST",
      path: "/api/track/click",
      headers,
      body: JSON.stringify(by === "browser" ? { ref: visitor.ref } : { ref: visitor.ref, visitor: who }),
      isRepeated: false,
      take({ body }) {
        visitor.answered += 1;
        visitor.answeredUntil = hourNow();
        return body === '{"tracked":true}' ? null : `a click was answered ${body}`;
      },
    };
  }

  #signUp(): Call {
    const { program, affiliate } = this.#creator();
    const fact: Fact = { program, name: `s${this.signups.length}`, answered: false };
    this.signups.push(fact);
    return {
      ...this.#told(program),
      kind: "signup",
      path: "/api/track/signup",
      body: JSON.stringify({ ref: affiliate.ref, user_id: fact.name, event_id: `signup-${fact.name}` }),
      take({ body }) {
        fact.answered = true;
        return body.includes(`"user_id":"${fact.name}"`) ? null : `a signup was answered ${body}`;
      },
    };
  }

  #sell(): Call {
    const { program, affiliate } = this.#creator();
    const user = `c${this.sales.length}`;
    const call: Call = {
      ...this.#told(program),
      kind: "conversion",
      path: "/api/track/conversion",
      body: JSON.stringify({
        ref: affiliate.ref,
        user_id: user,
        amount_cents: AMOUNT_CENTS,
        event_id: `sale-${user}`,
      }),
      take: ({ body }) => {
        const id = conversionIdOf(body);
        if (id === null) return `a conversion was answered ${body}`;
        const before = sale.conversionId ?? id;
        sale.conversionId = id;
        sale.answered = true;
        return before === id ? null : `${user} was answered as two conversions`;
      },
    };
    const sale: Sale = { program, name: user, answered: false, call, conversionId: null };
    this.sales.push(sale);
    return call;
  }

  /** Of a conversion that was answered, each once. */
  #refund(): Call | null {
    const sale = this.sales[this.#unrefunded];
    if (sale === undefined || sale.conversionId === null) return null;
    this.#unrefunded += 1;
    const fact: Fact = { program: sale.program, name: sale.conversionId, answered: false };
    this.refunds.push(fact);
    const body = {
      conversion_id: sale.conversionId,
      amount_cents: REFUND_CENTS,
      event_id: `refund-${sale.name}`,
    };
    return {
      kind: "refund",
      method: "POST",
      path: "/api/track/refund",
      headers: { Authorization: `Bearer ${sale.program.key}` },
      body: JSON.stringify(body),
      isRepeated: true,
      take(answer) {
        fact.answered = true;
        return answer.body.includes('"applied":true') ? null : `a refund was answered ${answer.body}`;
      },
    };
  }

  /** A backend that never learned of its answer sends its call again: it is told what it was told before. */
  #replay(): Call | null {
    const sale = this.#recent(this.sales);
    if (sale === undefined || !sale.answered) return null;
    const { call } = sale;
    return {
      ...call,
      kind: "replay",
      take: (answer) =>
        answer.headers["idempotent-replayed"] === "true"
          ? call.take(answer)
          : `a conversion that was sent again was answered ${answer.body}`,
    };
  }

  #read(kind: CallKind, path: string, { key, Accept }: { readonly key?: string; readonly Accept?: string }): Call {
    return {
      kind,
      method: "GET",
      path,
      headers: {
        ...from(addressOf(this.#dice.below(ADDRESSES))),
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
        ...(Accept === undefined ? {} : { Accept }),
      },
      body: null,
      isRepeated: false,
      take: ({ body }) => (body === "" ? `${path} was answered with nothing` : null),
    };
  }

  /** By a backend's key, or by a page. */
  #told(program: Program): Pick<Call, "method" | "headers" | "isRepeated"> {
    const isPublic = this.#dice.below(IN_PUBLIC) === 0;
    const headers: Record<string, string> = isPublic
      ? { ...from(addressOf(this.#dice.below(ADDRESSES))), Origin: ORIGIN, "User-Agent": CHROME }
      : { Authorization: `Bearer ${program.key}` };
    return { method: "POST", headers, isRepeated: true };
  }

  #creator() {
    const program = this.#dice.pick(this.#programs);
    return { program, affiliate: this.#dice.pick(program.affiliates) };
  }

  #recent<T>(list: readonly T[]): T | undefined {
    const reach = Math.min(list.length, RECENT);
    return reach === 0 ? undefined : list[list.length - 1 - this.#dice.below(reach)];
  }
}

/** The UTC hour, counted from 1970, as the product counts it. */
function hourNow(): number {
  return Math.floor(Date.now() / HOUR_MS);
}

/** The `n`th visitor's, one network each until they begin anew. */
function addressOf(n: number): string {
  return `2001:db8:${(n % ADDRESSES).toString(16)}::1`;
}

/** As the proxy before Node says it, and as Cloudflare does. */
function from(address: string): Record<string, string> {
  return { "X-Forwarded-For": address, "CF-Connecting-IP": address };
}

function conversionIdOf(body: string): string | null {
  return /"conversion_id":"([\w-]+)"/.exec(body)?.[1] ?? null;
}
