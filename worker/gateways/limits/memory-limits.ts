import { RateLimiterMemory } from "rate-limiter-flexible";
import { type LimitName, type Limits, LIMITS } from "./limits.ts";

/**
 * Callers that one limit remembers, at some 600 bytes each. Beyond it the one whose window began first is forgotten:
 * whoever has that many addresses needs no second window.
 */
const MAX_CALLERS = 50_000;

/**
 * Limits of one process, in its memory; a window begins with a caller's first call. The timers that forget callers keep
 * no process from ending.
 */
export function openMemoryLimits({ maxCallers = MAX_CALLERS }: { readonly maxCallers?: number } = {}): Limits {
  const counters = new Map<LimitName, Counter>();
  const counterOf = (limit: LimitName) => {
    const counter = counters.get(limit) ?? openCounter(limit, maxCallers);
    counters.set(limit, counter);
    return counter;
  };
  return {
    count: async (limit, who) => counterOf(limit).count(who),
    check: async (limit, who) => counterOf(limit).check(who),
  };
}

interface Counter {
  readonly count: (who: string) => Promise<number | null>;
  readonly check: (who: string) => Promise<number | null>;
}

function openCounter(limit: LimitName, maxCallers: number): Counter {
  const { calls, seconds } = LIMITS[limit];
  const limiter = new RateLimiterMemory({ points: calls, duration: seconds });
  /** In the order their windows began. One whose window is over stays until others need its place. */
  const callers = new Set<string>();

  const remember = async (who: string) => {
    callers.delete(who);
    callers.add(who);
    const [oldest] = callers;
    if (callers.size <= maxCallers || oldest === undefined) return;
    callers.delete(oldest);
    await limiter.delete(oldest);
  };
  return {
    async count(who) {
      // As `consume`, which says the same by rejecting.
      const { consumedPoints, msBeforeNext, isFirstInDuration } = await limiter.penalty(who);
      if (isFirstInDuration) await remember(who);
      return consumedPoints > calls ? wholeSeconds(msBeforeNext) : null;
    },
    async check(who) {
      const window = await limiter.get(who);
      // A timer may be late: a window that is over counts nothing.
      if (window === null || window.msBeforeNext <= 0 || window.consumedPoints < calls) return null;
      return wholeSeconds(window.msBeforeNext);
    },
  };
}

function wholeSeconds(millis: number): number {
  return Math.max(1, Math.ceil(millis / 1_000));
}
