import type { presentAffiliate, presentBalance, presentCommission, presentDay } from "../../wire/affiliates.ts";
import type { presentApp } from "../../wire/programs.ts";
import type { presentConversion, presentSignup } from "../../wire/track.ts";

/** Sends a request to the public HTTP routes. */
export type Api = (path: string, init?: RequestInit) => Promise<Response>;

/** One call of the shop's backend and what AgentLinks answered, as the page shows it. */
export interface Exchange<Done = unknown> {
  readonly path: string;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly isReplay: boolean;
  readonly body: unknown;
  /** The body of a call that was done, null of one that was refused. */
  readonly done: Done | null;
}

export type Signup = ReturnType<typeof presentSignup>;
export type Conversion = ReturnType<typeof presentConversion>;
export type Commission = ReturnType<typeof presentCommission>;

/** What a merchant's backend does with AgentLinks: it reports with its secret key, and reads what came of it. */
export type Client = ReturnType<typeof createClient>;

/** A client of the public API, as a merchant would write it: plain requests, the secret key, no library. */
export function createClient(api: Api, { secretKey, affiliateId }: { secretKey: string; affiliateId: string }) {
  const headers = { Authorization: `Bearer ${secretKey}`, "Content-Type": "application/json" };
  const affiliate = `/api/v1/affiliates/${affiliateId}`;
  const read = async <Body>(path: string) => {
    const response = await api(path, { headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return bodyOf<Body>(response);
  };
  return {
    /** Sends one tracking call. An answer of any status is an answer: the page shows it. */
    async report<Done>(path: string, sent: Exchange["sent"]): Promise<Exchange<Done>> {
      const response = await api(path, { method: "POST", headers, body: JSON.stringify(sent) });
      const { status, ok } = response;
      const isReplay = response.headers.get("Idempotent-Replayed") === "true";
      const body = await bodyOf<Done>(response);
      return { path, sent, status, isReplay, body, done: ok ? body : null };
    },
    app: () => read<{ app: ReturnType<typeof presentApp> }>("/api/v1/app"),
    affiliate: () => read<{ affiliate: ReturnType<typeof presentAffiliate> }>(affiliate),
    balance: () => read<{ balances: ReturnType<typeof presentBalance>[] }>(`${affiliate}/balance`),
    commissions: () => read<{ commissions: Commission[] }>(`${affiliate}/commissions?limit=100`),
    stats: () => read<{ days: ReturnType<typeof presentDay>[] }>(`${affiliate}/stats`),
  };
}

/** The API is ours: its presenters say what it answers. */
async function bodyOf<Body>(response: Response): Promise<Body> {
  return (await response.json()) as Body;
}
