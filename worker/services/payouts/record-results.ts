import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Statement } from "../../store/db.ts";
import { failPayout, findPayout, type Payout, readPayout, settlePayout } from "../../store/payout-store.ts";

/** What became of a payout, as the person who paid it, or their bank's file, says. */
export type PayoutResult =
  | { readonly status: "settled"; readonly reference: string | null }
  | { readonly status: "failed"; readonly error: string };

export type ResultSkip = "not_found" | "already_settled" | "already_failed" | "paid_by_stripe";

/** Results recorded in one batch: few enough that other writers hardly wait. */
const PAGE = 20;

/**
 * Says of a payout made by hand that it has arrived, or that it has not: then it gives its money back, once. The first word
 * stands, and the same word again answers the same. Fails with `not_found`, and with `conflict` for another word, and for one
 * that Stripe pays: Stripe's word alone counts there.
 */
export async function recordResult(
  deps: Deps,
  appId: string,
  { actor, payoutId, result }: { actor: string; payoutId: string; result: PayoutResult },
): Promise<Result<Payout>> {
  const payout = await findPayout(deps.db, appId, payoutId);
  if (payout === null) return fail("not_found", "No such payout.");
  if (payout.rail === "stripe") return fail("conflict", "Stripe pays this one, and says itself what becomes of it.");
  const after = readPayout(await deps.db.batch(write(deps, appId, { actor, payoutId, result })));
  if (after === null) return fail("not_found", "No such payout.");
  return after.status === result.status ? ok(after) : fail("conflict", `This payout has ${after.status} before.`);
}

/**
 * Records many results of one batch. Each is skipped with its reason where it is not of that batch, was told otherwise before,
 * or is Stripe's. Safe to repeat: a file may be imported again.
 */
export async function recordResults(
  deps: Deps,
  appId: string,
  call: { actor: string; batchId: string; results: readonly (PayoutResult & { readonly payoutId: string })[] },
): Promise<{
  readonly done: number;
  readonly skipped: readonly { readonly payoutId: string; readonly reason: ResultSkip }[];
}> {
  const { actor, batchId } = call;
  const skipped: { payoutId: string; reason: ResultSkip }[] = [];
  for (let from = 0; from < call.results.length; from += PAGE) {
    const page = call.results.slice(from, from + PAGE);
    const known = await Promise.all(page.map(({ payoutId }) => findPayout(deps.db, appId, payoutId)));
    const wanted = page.filter((result, place) => {
      const reason = whySkipped(known[place] ?? null, batchId);
      if (reason !== null) skipped.push({ payoutId: result.payoutId, reason });
      return reason === null;
    });
    const ended = await endAll(deps, appId, { actor, results: wanted });
    for (const [place, { payoutId, status }] of wanted.entries()) {
      const now = ended[place]?.status;
      if (now !== undefined && now !== "processing" && now !== status) {
        skipped.push({ payoutId, reason: `already_${now}` });
      }
    }
  }
  return { done: call.results.length - skipped.length, skipped };
}

function whySkipped(payout: Payout | null, batchId: string): ResultSkip | null {
  if (payout === null || payout.batchId !== batchId) return "not_found";
  return payout.rail === "stripe" ? "paid_by_stripe" : null;
}

async function endAll(
  deps: Deps,
  appId: string,
  { actor, results }: { actor: string; results: readonly (PayoutResult & { readonly payoutId: string })[] },
): Promise<readonly (Payout | null)[]> {
  if (results.length === 0) return [];
  const parts = results.map((result) => write(deps, appId, { actor, payoutId: result.payoutId, result }));
  const rows = await deps.db.batch(parts.flat());
  let end = 0;
  return parts.map((part) => {
    end += part.length;
    return readPayout(rows.slice(0, end));
  });
}

function write(
  deps: Deps,
  appId: string,
  { actor, payoutId, result }: { actor: string; payoutId: string; result: PayoutResult },
): readonly Statement[] {
  const entry = { id: deps.newId("aud"), actor, object: payoutId, now: deps.now() };
  if (result.status === "failed") {
    const audit = { ...entry, action: "payout.failed", reason: result.error };
    return failPayout(appId, { payoutId, error: result.error, audit });
  }
  const { reference } = result;
  return settlePayout(appId, {
    payoutId,
    reference,
    audit: { ...entry, action: "payout.settled", after: { reference } },
  });
}
