import { onTestFinished } from "vitest";
import { type Fault, openFaultProxy } from "./open-fault-proxy.ts";

export type { Fault } from "./open-fault-proxy.ts";

export interface FaultProxy {
  readonly url: string;
  /** The next requests meet these faults, one each; those after them pass. */
  failNext(...faults: readonly Fault[]): void;
  /** Requests that came in, and those the server has answered. */
  seen(): number;
  answered(): number;
}

/** Stands on 127.0.0.1 between a client and the server at `target`, for the running test. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const proxy = await openFaultProxy(
    () => target,
    () => faults.shift() ?? "pass",
  );
  onTestFinished(() => proxy.close());
  return {
    url: proxy.url,
    failNext: (...next) => void faults.push(...next),
    seen: () => proxy.counts.seen,
    answered: () => proxy.counts.answered,
  };
}
