import type { Deps } from "../../deps.ts";
import { LONGEST_WAIT_MS, SILENCE_MS } from "../../domain/transfer-timing.ts";
import { DbError } from "../../store/db.ts";
import { type DuePayout, listDuePayouts, putOffDuePayout } from "../../store/transfer-store.ts";
import { type SendOutcome, sendPayout } from "./send-payout.ts";

/** Payouts that one run sends: each is a call to Stripe, or three. */
const MAX_PER_RUN = 50;
/** Pages of what is due that one run reads, to find those of apps that Stripe answers. */
const MAX_PAGES = 10;

/**
 * Sends the payouts that are due: those that were written and never sent, those whose sending was cut short, those of which
 * nothing is known yet. One that cannot be sent is put off and keeps no other; of an app that Stripe gives no answer for, no
 * more is sent in this run: what else of it is due is put off, and makes room for others. Throws DbError when the database is
 * away.
 */
export async function sendDuePayouts(deps: Deps): Promise<void> {
  const silent = new Set<string>();
  let left = MAX_PER_RUN;
  for (let page = 0; page < MAX_PAGES && left > 0; page++) {
    const putOff: DuePayout[] = [];
    for (const due of await listDuePayouts(deps.db, { now: deps.now(), limit: MAX_PER_RUN })) {
      if (silent.has(due.appId)) {
        putOff.push(due);
      } else if (left > 0) {
        left -= 1;
        if ((await send(deps, due)) === "silent") silent.add(due.appId);
      }
    }
    if (putOff.length === 0) return;
    await putOffAll(deps, putOff, SILENCE_MS);
  }
}

/** Null: it could not even be tried, and is put off. */
async function send(deps: Deps, due: DuePayout): Promise<SendOutcome | null> {
  const { appId, payoutId } = due;
  try {
    return await sendPayout(deps, appId, payoutId);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "payouts", app: appId, payout: payoutId, error: String(error) });
    await putOffAll(deps, [due], LONGEST_WAIT_MS);
    return null;
  }
}

async function putOffAll(deps: Deps, payouts: readonly DuePayout[], waitMs: number): Promise<void> {
  const now = deps.now();
  await deps.db.batch(
    payouts.map(({ appId, payoutId }) => putOffDuePayout(appId, { payoutId, now, nextAt: now + waitMs })),
  );
}
