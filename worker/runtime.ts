import { nanoid } from "nanoid";

/** The only place with a clock and randomness: everything else is handed these, so that a test can decide them. */
export interface Runtime {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The same of the machine's own clock, also where `now` is moved: sign-in goes by it, and nothing that is owed. */
  readonly realNow: () => number;
  /** A new id: prefix, underscore, 21 random characters. */
  readonly newId: (prefix: string) => string;
  readonly randomBytes: (length: number) => Uint8Array;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  realNow: () => Date.now(),
  newId: (prefix) => `${prefix}_${nanoid()}`,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
