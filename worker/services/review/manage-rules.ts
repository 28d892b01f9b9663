import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import {
  endRule,
  insertRule,
  listRules,
  readWhetherMade,
  type ReviewRule,
  type ReviewRuleTerms,
} from "../../store/review-rule-store.ts";

/** An app's standing rules in force, oldest first, at most `limit` after a cursor. */
export async function readRules(
  deps: Deps,
  appId: string,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly ReviewRule[]> {
  return listRules(deps.db, appId, { after: after ?? START_OF_TIME, limit, today: dayOf(deps.now()) });
}

/**
 * Makes a standing rule: from now on what would wait in review only because nobody vouches for it is approved at once, for
 * an affiliate or for everybody, up to an amount a payment and an amount a UTC day. It never touches what is held, what
 * has another reason, what was there before, or a suspended affiliate's.
 *
 * Whoever knows a code can send such payments, so a rule lets its amount for a day be claimed with nothing behind it: both
 * amounts are demanded. Fails with `not_found` for an affiliate that is not this app's, and `conflict` for a revoked one,
 * or while a rule for the same affiliate and currency is in force.
 */
export async function addRule(
  deps: Deps,
  appId: string,
  { actor, terms }: { actor: string; terms: ReviewRuleTerms },
): Promise<Result<ReviewRule>> {
  if (terms.affiliateId !== null) {
    const affiliate = await findAffiliate(deps.db, appId, terms.affiliateId, deps.now());
    if (affiliate === null) return fail("not_found", "No such affiliate.");
    if (affiliate.status === "revoked") return fail("conflict", "A revoked affiliate gets no rule.");
  }
  const id = deps.newId("rule");
  const now = deps.now();
  const results = await deps.db.batch(insertRule(appId, { id, actor, audit: deps.newId("aud"), now, terms }));
  if (!readWhetherMade(results)) return fail("conflict", "A rule for this is in force: end it first.");
  return ok({ ...terms, id, approvedTodayCents: 0, createdAt: now });
}

/** Ends a standing rule; what it approved stays approved. A repeat changes nothing. Fails with `not_found`. */
export async function removeRule(
  deps: Deps,
  appId: string,
  { actor, ruleId }: { actor: string; ruleId: string },
): Promise<Result<null>> {
  const change = { id: ruleId, actor, audit: deps.newId("aud"), now: deps.now() };
  const results = await deps.db.batch(endRule(appId, change));
  return readWhetherMade(results) ? ok(null) : fail("not_found", "No such rule.");
}
