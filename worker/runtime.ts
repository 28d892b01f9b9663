import { nanoid } from "nanoid";

/** The only place with a clock and randomness: everything else is handed these, so that a test can decide them. */
export interface Runtime {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A new id: prefix, underscore, 21 random characters. */
  readonly newId: (prefix: string) => string;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly sleep: (millis: number) => Promise<void>;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  newId: (prefix) => `${prefix}_${nanoid()}`,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sleep: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
};
