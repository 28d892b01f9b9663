import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { dayOf } from "../../domain/maturation.ts";
import { defaultMinimumCents } from "../../domain/payout-minimum.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { DbError } from "../../store/db.ts";
import {
  findBatch,
  listOpenLines,
  listToRetry,
  listRunning,
  type PayoutBatch,
  readBatch,
  reopenLine,
  reopenLines,
  startBatch,
} from "../../store/payout-batch-store.ts";
import { findPayoutPolicy } from "../../store/payout-policy-store.ts";
import { findPayout, type PayoutPage, readPage, writePayoutPage } from "../../store/payout-store.ts";
import { MAX_RETRIES } from "./read-payouts.ts";
import { sendDuePayouts } from "./send-due-payouts.ts";

/** Conversions of one payout (ledger rows aside): 5,000 settle in about 20 ms, and other writers hardly wait. */
const PAGE = 5_000;
/** Pages of one line in one call: half a million conversions. The job goes on with what is left. */
const MAX_PAGES = 100;
/** Lines of one call, so that it answers in time; and of one run of the job. */
const LINES_PER_CALL = 25;
const LINES_PER_JOB = 100;
/** Batches one run of the job looks after; the next one is a minute away. */
const BATCHES_PER_JOB = 10;

/**
 * Lets an approved batch run, and pays its first lines; the job goes on with what is left, whatever ends this call. Repeated,
 * it goes on as well. Fails with `not_found`, and with `conflict` for a draft and for one that was called off.
 */
export async function runBatch(
  deps: Deps,
  appId: string,
  { actor, batchId }: { actor: string; batchId: string },
): Promise<Result<PayoutBatch>> {
  const audit = { id: deps.newId("aud"), actor, action: "payouts.run", object: batchId, now: deps.now() };
  const batch = readBatch(await deps.db.batch(startBatch(appId, { batchId, audit })));
  if (batch === null) return fail("not_found", "No such batch.");
  if (batch.status === "draft") return fail("conflict", "This batch is not approved.");
  if (batch.status === "cancelled") return fail("conflict", "This batch was called off.");
  if (batch.status === "settled") return ok(batch);
  await payLines(deps, appId, { actor, batchId, limit: LINES_PER_CALL });
  // Nobody need wait for Stripe's answers: what is not sent now is sent by the job.
  if (batch.rail === "stripe") deps.afterwards(sendDuePayouts(deps));
  return ok(await written(deps, appId, batchId));
}

/**
 * Pays the line of a failed payout again, as far as it is payable now, and answers its batch. Fails with `not_found`, and with
 * `conflict` for a payout that has not failed, and for one that a newer request of its affiliate's would pay.
 */
export async function retryPayout(
  deps: Deps,
  appId: string,
  { actor, payoutId }: { actor: string; payoutId: string },
): Promise<Result<PayoutBatch>> {
  const payout = await findPayout(deps.db, appId, payoutId);
  if (payout === null) return fail("not_found", "No such payout.");
  if (payout.status !== "failed") return fail("conflict", "This payout has not failed.");
  const { batchId } = payout;
  const audit = { id: deps.newId("aud"), actor, action: "payout.retried", object: payoutId, now: deps.now() };
  const batch = readBatch(await deps.db.batch(reopenLine(appId, { batchId, payoutId, audit })));
  if (batch?.status === "settled")
    return fail("conflict", "A newer request of the affiliate's is open: it pays this, too.");
  return runBatch(deps, appId, { actor, batchId });
}

/**
 * Pays again what failed of a batch, each line as far as it is payable now, at most 100 of them, and answers the batch. Repeated
 * it pays nothing twice. Fails with `not_found`, and with `conflict` where nothing of it is to be paid again.
 */
export async function retryFailed(
  deps: Deps,
  appId: string,
  { actor, batchId }: { actor: string; batchId: string },
): Promise<Result<PayoutBatch>> {
  const found = await findBatch(deps.db, appId, batchId);
  if (found === null) return fail("not_found", "No such batch.");
  const payouts = await listToRetry(deps.db, appId, { batchId, limit: MAX_RETRIES });
  if (payouts.length === 0) return fail("conflict", "No payout of this batch is to be paid again.");
  const now = deps.now();
  const audits = payouts.map(({ id: object }) => ({
    id: deps.newId("aud"),
    actor,
    action: "payout.retried",
    object,
    now,
  }));
  const batch = readBatch(await deps.db.batch(reopenLines(appId, { batchId, audits })));
  assert(batch !== null, "a batch is never deleted");
  if (batch.status === "settled")
    return fail("conflict", "A newer request of the affiliate's is open: it pays this, too.");
  return runBatch(deps, appId, { actor, batchId });
}

/** The job's run: goes on with batches that are under way. Throws DbError when the database is away. */
export async function runBatches(deps: Deps): Promise<void> {
  for (const { appId, batchId } of await listRunning(deps.db, BATCHES_PER_JOB)) {
    await payLines(deps, appId, { actor: "job", batchId, limit: LINES_PER_JOB });
  }
}

/** A line that cannot be paid for a reason nobody expects is logged, stays open, and keeps no other. */
async function payLines(
  deps: Deps,
  appId: string,
  { actor, batchId, limit }: { actor: string; batchId: string; limit: number },
): Promise<void> {
  const policy = await findPayoutPolicy(deps.db, appId);
  assert(policy !== null, "an app is never deleted");
  const least = { ownCurrency: policy.currency, defaultMinimum: defaultMinimumCents(policy.currency) };
  for (const line of await listOpenLines(deps.db, appId, { batchId, limit })) {
    try {
      await payLine(deps, appId, { ...line, ...least, batchId, actor });
    } catch (error) {
      if (error instanceof DbError && error.kind === "unavailable") throw error;
      deps.log({ level: "error", work: "payouts", app: appId, batch: batchId, error: String(error) });
    }
  }
}

async function payLine(
  deps: Deps,
  appId: string,
  line: Pick<PayoutPage, "batchId" | "affiliateId" | "currency" | "actor" | "ownCurrency" | "defaultMinimum">,
): Promise<void> {
  for (let page = 0; page < MAX_PAGES; page++) {
    const now = deps.now();
    const statements = writePayoutPage(appId, {
      ...line,
      payoutId: deps.newId("po"),
      page: PAGE,
      today: dayOf(now),
      now,
    });
    const answer = readPage(await deps.db.batch(statements));
    assert(answer !== null, "a line is never deleted");
    if (answer.isDone) return;
  }
}

async function written(deps: Deps, appId: string, batchId: string): Promise<PayoutBatch> {
  const batch = await findBatch(deps.db, appId, batchId);
  assert(batch !== null, "a batch is never deleted");
  return batch;
}
