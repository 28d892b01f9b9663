/** More would keep a caller for minutes. */
export const MAX_RETRIES = 10;
export const DEFAULT_RETRIES = 2;
/** A server that asks for more is answered by an error: nobody's request should wait that long. */
export const MAX_RETRY_AFTER_MS = 30_000;

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 8_000;

/**
 * How long to wait before the next try, in milliseconds: twice as long each time, half of it by chance, so that callers who were
 * refused together do not come back together. Never less than the server asked for.
 */
export function waitBefore(
  retry: number,
  { retryAfterMs, random }: { retryAfterMs: number | null; random: number },
): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (retry - 1), MAX_WAIT_MS);
  const wait = (longest / 2) * (1 + random);
  return Math.round(retryAfterMs === null ? wait : retryAfterMs + random * FIRST_WAIT_MS);
}

/** The header `Retry-After` in milliseconds: seconds or a date (RFC 9110 §10.2.3). Null without one that can be read. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // A date begins with its weekday; what else Date.parse takes for one is none here.
  const at = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
