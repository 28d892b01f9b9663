import type { Deps } from "../deps.ts";
import { deliverWebhooks, type DeliveryLane } from "../services/webhooks/deliver-webhooks.ts";

/** How long after one run the next begins, on one machine: an event is with its receiver some seconds after it happened. */
const PAUSE_MS = 2_000;

/**
 * Sends webhooks more often than other jobs run, in two lanes: a server that is silent for 15 seconds keeps only those waiting that fail,
 * too. `stop` is done when nothing is under way any more.
 */
export function deliverOften(deps: Deps): { readonly stop: () => Promise<void> } {
  const stopped = new AbortController();
  const lanes = [goOn(deps, "well", stopped.signal), goOn(deps, "failing", stopped.signal)];
  return {
    async stop() {
      stopped.abort();
      await Promise.all(lanes);
    },
  };
}

async function goOn(deps: Deps, lane: DeliveryLane, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    try {
      await deliverWebhooks(deps, { lane, stopped });
    } catch (error) {
      deps.log({ level: "error", job: "deliverWebhooks", error: String(error) });
    }
    await pause(stopped);
  }
}

function pause(stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve();
    const timer = setTimeout(resolve, PAUSE_MS);
    stopped.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
