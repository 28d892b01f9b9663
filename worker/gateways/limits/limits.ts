/** How many calls in how many seconds. Periods are 10 or 60: Cloudflare counts no other. */
export const LIMITS = {
  /** A shop behind its own proxy sends all its visitors' clicks from one address. */
  click: { calls: 300, seconds: 10 },
  /** Signups, conversions and refunds without a key: far above what one address honestly reports. */
  money: { calls: 60, seconds: 10 },
  /** Answers that a code is unknown, so that codes cannot be guessed. */
  unknown_ref: { calls: 30, seconds: 60 },
  /** A validation says no more and no less. */
  validate: { calls: 30, seconds: 60 },
  /** 178 bits are not guessed: this keeps guesses from costing look-ups. */
  wrong_key: { calls: 30, seconds: 60 },
  /** Codes asked for and codes tried, of an address; a mailbox has its own counts, in the database. */
  sign_in: { calls: 30, seconds: 60 },
  /** Per key: what a busy backend sends, and a mistaken loop in it does not exceed. */
  key: { calls: 1_000, seconds: 10 },
} as const satisfies Record<string, { readonly calls: number; readonly seconds: 10 | 60 }>;

export type LimitName = keyof typeof LIMITS;

/** Counts calls, each limit by itself: `who` is a key's id or whose address it is. Both reject when it is out of order. */
export interface Limits {
  /** Counts one call. Null when it is within the limit, else the whole seconds to wait. */
  readonly count: (limit: LimitName, who: string) => Promise<number | null>;
  /** The same for the next call, without counting it. */
  readonly check: (limit: LimitName, who: string) => Promise<number | null>;
}

/** Refuses nothing: for commands that serve nobody, and for tests of something else. */
export const NO_LIMITS: Limits = { count: async () => null, check: async () => null };
