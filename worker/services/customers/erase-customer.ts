import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { eraseCustomer as eraseInPages, listStripeNames, readLeft } from "../../store/customer-store.ts";

/** Payments, refunds and signups erased in one batch: a few milliseconds, so that other writers hardly wait. */
const PAGE = 500;
/** Pages of one call, so that a request answers in time: 50,000 payments of one customer. */
const MAX_PAGES = 100;
/** Stripe customers of one user that one call erases: a checkout without a customer makes a new one each time. */
const MAX_NAMES = 50;

/**
 * Erases a customer of an app: user id, e-mail hash and mask, age, metadata, and the hashes of what was said of them. Amounts
 * stay, and so do affiliates. No call about them can be replayed any more, and nothing is counted twice: sent again under
 * its key it is an `idempotency_mismatch`. The same user id in a new call is a new customer.
 *
 * The same answer for a customer nobody knows. Fails with `unavailable` when there was too much for one call: call again.
 */
export async function eraseCustomer(
  deps: Deps,
  appId: string,
  { actor, userId }: { actor: string; userId: string },
): Promise<Result<null>> {
  const names = await listStripeNames(deps.db, appId, { userId, limit: MAX_NAMES });
  // The user comes last: with it goes what says whom Stripe knows it as, so that a call cut short can be repeated.
  const left = names.length === MAX_NAMES ? [...names] : [...names, userId];
  for (let page = 0; page < MAX_PAGES; page++) {
    const [name] = left;
    if (name === undefined) break;
    const erasure = { userId: name, limit: PAGE, actor, audit: deps.newId("aud"), now: deps.now() };
    if (!readLeft(await deps.db.batch(eraseInPages(appId, erasure)))) left.shift();
  }
  if (left.length === 0 && names.length < MAX_NAMES) return ok(null);
  return fail("unavailable", "There is more to erase than fits into one call: send it again.");
}
