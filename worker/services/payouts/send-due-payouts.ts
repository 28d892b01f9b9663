import type { Deps } from "../../deps.ts";
import { LONGEST_WAIT_MS } from "../../domain/transfer-timing.ts";
import { DbError } from "../../store/db.ts";
import { listDuePayouts, putOffDuePayout } from "../../store/transfer-store.ts";
import { sendPayout } from "./send-payout.ts";

/** Payouts that one run sends: each is a call to Stripe, or three. */
const MAX_PER_RUN = 50;

/**
 * Sends the payouts that are due: those that were written and never sent, those whose sending was cut short, those of which
 * nothing is known yet. One that cannot be sent is put off and keeps no other; of an app that Stripe gives no answer for, no
 * more is sent in this run. Throws DbError when the database is away.
 */
export async function sendDuePayouts(deps: Deps): Promise<void> {
  const silent = new Set<string>();
  for (const { appId, payoutId } of await listDuePayouts(deps.db, { now: deps.now(), limit: MAX_PER_RUN })) {
    if (silent.has(appId)) continue;
    try {
      if ((await sendPayout(deps, appId, payoutId)) === "silent") silent.add(appId);
    } catch (error) {
      if (error instanceof DbError && error.kind === "unavailable") throw error;
      deps.log({ level: "error", work: "payouts", app: appId, payout: payoutId, error: String(error) });
      const now = deps.now();
      await deps.db.batch([putOffDuePayout(appId, { payoutId, now, nextAt: now + LONGEST_WAIT_MS })]);
    }
  }
}
