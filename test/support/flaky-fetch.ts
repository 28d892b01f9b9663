/**
 * What happens to one call of a client. `lost`: it is done, and its answer lost. `away`: it arrives nowhere. `silent`: it is never
 * answered. A response: somebody else's answer, and nothing is done.
 */
export type LineFault = "lost" | "away" | "silent" | Response;

export interface SentCall {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | null;
}

export interface FlakyFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Every call that was sent, those that met a fault too. */
  readonly sent: readonly SentCall[];
  /** The next calls meet these, one each. */
  readonly fail: (...faults: readonly LineFault[]) => void;
}

/** A line between a client and a server that can be cut. */
export function flakyFetch(request: (path: string, init?: RequestInit) => Promise<Response>): FlakyFetch {
  const sent: SentCall[] = [];
  const faults: LineFault[] = [];
  return {
    sent,
    fail: (...next) => void faults.push(...next),
    async fetch(input, init = {}) {
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const path = `${pathname}${search}`;
      sent.push({ path, headers: new Headers(init.headers), body: typeof init.body === "string" ? init.body : null });
      const fault = faults.shift();
      if (fault instanceof Response) return fault;
      if (fault === "away") throw new TypeError("fetch failed");
      if (fault === "silent") return silence(init.signal ?? null);
      const answer = await request(path, init);
      if (fault === "lost") throw new TypeError("terminated");
      return answer;
    },
  };
}

function silence(signal: AbortSignal | null): Promise<Response> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}
