import { type LimitName, type Limits, LIMITS } from "./limits.ts";

/** The bindings of wrangler.toml: the figures stand there once more. What has the same figures shares one. */
const BINDING_OF = {
  click: "CLICK_LIMIT",
  money: "TRACK_LIMIT",
  key: "KEY_LIMIT",
  unknown_ref: "GUESS_LIMIT",
  validate: "GUESS_LIMIT",
  wrong_key: "GUESS_LIMIT",
  sign_in: "GUESS_LIMIT",
} as const satisfies Record<LimitName, string>;

/** Refusals an isolate remembers; beyond that it forgets them all, and the bindings say it again. */
const MAX_REFUSALS = 10_000;

/** Cloudflare's binding of a rate limit, as far as we need it. */
interface RateLimitBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/**
 * Limits behind the bindings of a deployment, or which of them are missing. Each of Cloudflare's locations counts by
 * itself. A binding can be asked only by counting, and does not tell when its window ends: `check` knows what it refused
 * to this isolate, and a refusal tells to wait for a whole period.
 */
export function openBindingLimits(
  bindings: Readonly<Record<string, unknown>>,
  now: () => number,
): { readonly limits: Limits } | { readonly missing: readonly string[] } {
  const missing = [...new Set(Object.values(BINDING_OF))].filter((name) => !isRateLimit(bindings[name]));
  if (missing.length > 0) return { missing };
  const refusedUntil = new Map<string, number>();
  return {
    limits: {
      async count(limit, who) {
        const binding = bindings[BINDING_OF[limit]];
        if (!isRateLimit(binding)) throw new TypeError(`${BINDING_OF[limit]} is no rate limit`);
        const key = `${limit} ${who}`;
        if ((await binding.limit({ key })).success) return null;
        const { seconds } = LIMITS[limit];
        if (refusedUntil.size >= MAX_REFUSALS) refusedUntil.clear();
        refusedUntil.set(key, now() + seconds * 1_000);
        return seconds;
      },
      async check(limit, who) {
        const waitMs = (refusedUntil.get(`${limit} ${who}`) ?? 0) - now();
        return waitMs > 0 ? Math.ceil(waitMs / 1_000) : null;
      },
    },
  };
}

function isRateLimit(value: unknown): value is RateLimitBinding {
  return typeof value === "object" && value !== null && "limit" in value && typeof value.limit === "function";
}
