import type { Deps } from "../../deps.ts";
import { foldEmail } from "../../domain/email.ts";
import { labelOf, type PayoutMethod } from "../../domain/payout-method.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  type AffiliateMethod,
  findPayoutMethod,
  insertPayoutMethod,
  type PayoutMethodRow,
  readPayoutMethod,
} from "../../store/payout-method-store.ts";
import { type PayoutMethodView, viewOf } from "./read-payout-method.ts";
import { isSameMethod, openMethod, sealMethod } from "./sealed-method.ts";

/** Changes that may come between reading and writing before giving up: each is somebody's own call. */
const MAX_TRIES = 5;

/**
 * Puts a payout method in force, and answers what may be shown of it. Any but an affiliate's first makes payouts wait for 48
 * hours, and is told to their address and to the PayPal address it was before. The same once more changes nothing.
 *
 * Fails with `not_found`, and `conflict` when others change it all the while.
 */
export async function changePayoutMethod(
  deps: Deps,
  appId: string,
  { affiliateId, actor, method }: { affiliateId: string; actor: string; method: PayoutMethod },
): Promise<Result<PayoutMethodView | null>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = await findPayoutMethod(deps.db, appId, affiliateId);
    if (found === null) return fail("not_found", "No such affiliate.");
    const former = await openFormer(deps, found.method);
    if (former !== null && isSameMethod(former, method)) return ok(viewOf(found.method, deps.now()));
    const written = await write(deps, appId, { affiliateId, actor, method, found, former });
    if (written !== null) return ok(viewOf(written, deps.now()));
  }
  return fail("conflict", "It is being changed elsewhere: read it first.");
}

/**
 * What was in force; none, where there never was a method. Null for one that cannot be read: after a change of `AUTH_SECRET`
 * everybody says once more where their money goes.
 */
async function openFormer(deps: Deps, row: PayoutMethodRow | null): Promise<PayoutMethod | null> {
  if (row === null) return { kind: "none" };
  try {
    return await openMethod(deps, row);
  } catch (error) {
    deps.log({ level: "error", payout_method: row.id, error: String(error) });
    return null;
  }
}

/** Null when another method came into force meanwhile. */
async function write(
  deps: Deps,
  appId: string,
  change: {
    affiliateId: string;
    actor: string;
    method: PayoutMethod;
    found: AffiliateMethod;
    former: PayoutMethod | null;
  },
): Promise<PayoutMethodRow | null> {
  const { affiliateId, actor, method, found } = change;
  const shown = { kind: method.kind, label: labelOf(method) };
  const batch = insertPayoutMethod(appId, {
    id: deps.newId("pm"),
    affiliateId,
    ...shown,
    sealedDetails: await sealMethod(deps, method),
    payer: method.kind === "stripe" ? method.payer : null,
    seenId: found.method?.id ?? null,
    mailId: deps.newId("out"),
    formerMailId: deps.newId("out"),
    formerTo: formerAddress(change),
    audit: {
      id: deps.newId("aud"),
      actor,
      action: "payout_method.changed",
      object: affiliateId,
      ...(found.method === null ? {} : { before: { kind: found.method.kind, label: found.method.label } }),
      after: shown,
      now: deps.now(),
    },
  });
  return readPayoutMethod(await deps.db.batch(batch));
}

/** The PayPal address that money went to and goes to no longer, unless it is told of the change as the affiliate's own. */
function formerAddress({ found, former }: { found: AffiliateMethod; former: PayoutMethod | null }): string | null {
  if (former?.kind !== "paypal") return null;
  return found.email !== null && foldEmail(former.email) === foldEmail(found.email) ? null : former.email;
}
