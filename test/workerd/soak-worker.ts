import product from "../../worker/index.ts";
import { LIMITS } from "../../worker/gateways/limits/limits.ts";

/**
 * The Worker as it is deployed, without wrangler: with limits that count in place of Cloudflare's, and with a path that
 * does what cron does.
 */
export default {
  async fetch(request: Request, bindings: object, context: Context): Promise<Response> {
    const all = { ...bindings, ...COUNTERS };
    const { pathname } = new URL(request.url);
    if (pathname !== "/cron" && pathname !== "/gc") return product.fetch(request, all, context);
    if (pathname === "/cron") await product.scheduled(null, all);
    else collectGarbage();
    return new Response(null, { status: 204 });
  },
};

/** There with V8's flag `--expose-gc`. */
function collectGarbage(): void {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) throw new Error("workerd was started without --expose-gc");
  gc();
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const COUNTERS = {
  CLICK_LIMIT: openCounter(LIMITS.click),
  TRACK_LIMIT: openCounter(LIMITS.money),
  KEY_LIMIT: openCounter(LIMITS.key),
  GUESS_LIMIT: openCounter(LIMITS.wrong_key),
};

/** Counts in windows that all callers share, and forgets each with its end. */
function openCounter({ calls, seconds }: { readonly calls: number; readonly seconds: number }) {
  let window = 0;
  const counts = new Map<string, number>();
  return {
    async limit({ key }: { readonly key: string }): Promise<{ readonly success: boolean }> {
      const now = Math.floor(Date.now() / 1_000 / seconds);
      if (now !== window) counts.clear();
      window = now;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= calls };
    },
  };
}
