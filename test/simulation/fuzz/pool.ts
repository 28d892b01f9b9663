import type { Dice } from "../chaos/dice.ts";

/** As many of a kind are enough, the newest. */
const MAX_OF_A_KIND = 60;
/** Deeper nothing of ours is nested. */
const MAX_DEPTH = 8;
const OWN_ID = /^([a-z]+)_[\w-]{21}(?:_\d+)?$/;

/** Fields whose values other calls take. */
const KIND_OF_FIELD: Readonly<Record<string, string>> = {
  ref: "ref",
  code: "ref",
  referral_code: "ref",
  user_id: "user",
  account_id: "account",
  referred_account_id: "account",
  next_cursor: "cursor",
  month: "month",
};

/** What an app has been answered so far, for other calls to name. */
export class Pool {
  readonly #byKind = new Map<string, string[]>();
  readonly #kept = new Set<string>();

  /** No call is to name it: it would end what others need. */
  keep(value: string): void {
    this.#kept.add(value);
    for (const [kind, known] of this.#byKind)
      this.#byKind.set(
        kind,
        known.filter((one) => one !== value),
      );
  }

  add(kind: string, value: string): void {
    const known = this.#byKind.get(kind) ?? [];
    if (known.includes(value) || this.#kept.has(value)) return;
    this.#byKind.set(kind, [...known, value].slice(-MAX_OF_A_KIND));
  }

  has(kind: string): boolean {
    return this.#byKind.has(kind);
  }

  pick(kind: string, dice: Dice): string | null {
    const known = this.#byKind.get(kind);
    return known === undefined || known.length === 0 ? null : dice.pick(known);
  }

  /** Keeps every id in an answer, and what stands in fields that calls have too. */
  learn(answer: unknown, depth = 0): void {
    if (depth > MAX_DEPTH || typeof answer !== "object" || answer === null) return;
    for (const [field, value] of Object.entries(answer)) {
      if (typeof value === "string") this.#keep(field, value);
      else this.learn(value, depth + 1);
    }
  }

  #keep(field: string, value: string): void {
    const kind = KIND_OF_FIELD[field] ?? OWN_ID.exec(value)?.[1];
    if (kind !== undefined && value !== "" && value.length <= 256) this.add(kind, value);
  }
}

/** Every id of ours in a text. */
export function idsIn(text: string): ReadonlySet<string> {
  return new Set(text.match(/\b(?:app|aff|conv|po|bat|key|tok|whe|inv|rdm|cor|rule|evt|col)_[\w-]{21}/g));
}
