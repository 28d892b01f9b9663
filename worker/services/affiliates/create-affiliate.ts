import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { foldCode } from "../../domain/code.ts";
import { foldEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  addAccount,
  type Affiliate,
  findAffiliate,
  findAffiliates,
  insertAffiliate,
  insertCode,
} from "../../store/affiliate-store.ts";
import { insertRate } from "../../store/app-store.ts";
import { insertAudit, insertAuditOfChange } from "../../store/audit-log.ts";
import { DbError } from "../../store/db.ts";
import { hmac } from "../hashing.ts";
import { drawCode } from "./draw-code.ts";

export interface AffiliateDraft {
  readonly email: string;
  readonly name: string | null;
  /** The code they choose; null draws one. */
  readonly ref: string | null;
  readonly accountId: string | null;
  readonly rateBps: number | null;
}

/** Draws of a free code before giving up: with 10^11 codes a second is already rare. */
const MAX_DRAWS = 5;

/**
 * Makes an affiliate with a code, or answers the one known by that account or e-mail (`created` false; a missing account
 * is added). Fails with `conflict` when both are known and apart, and `code_unavailable` for a code ever issued.
 */
export async function createAffiliate(
  deps: Deps,
  appId: string,
  { actor, draft }: { actor: string; draft: AffiliateDraft },
): Promise<Result<{ readonly affiliate: Affiliate; readonly created: boolean }>> {
  const email = foldEmail(draft.email);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const known = await findAffiliates(deps.db, appId, { accountId: draft.accountId, email });
    const [first] = known;
    if (first !== undefined) return answerKnown(deps, appId, { known, first, actor, accountId: draft.accountId });
    const id = deps.newId("aff");
    const taken = await insert(deps, appId, { id, email, actor, draft });
    if (!taken) return ok({ affiliate: await written(deps, appId, id), created: true });
    if (taken === "code" && draft.ref !== null) return fail("code_unavailable", "This code is taken.");
  }
  return fail("code_unavailable", "No free code was found; try again.");
}

async function answerKnown(
  deps: Deps,
  appId: string,
  {
    known,
    first,
    actor,
    accountId,
  }: { known: readonly Affiliate[]; first: Affiliate; actor: string; accountId: string | null },
): Promise<Result<{ readonly affiliate: Affiliate; readonly created: boolean }>> {
  const isApart = accountId !== null && first.accountId !== null && first.accountId !== accountId;
  if (known.length > 1 || isApart) return conflict();
  if (accountId === null || first.accountId !== null) return ok({ affiliate: first, created: false });
  const taken = await orTaken(
    deps.db.batch([
      addAccount(appId, first.id, accountId),
      insertAuditOfChange(appId, {
        id: deps.newId("aud"),
        actor,
        action: "affiliate.changed",
        object: first.id,
        before: { accountId: null },
        after: { accountId },
        now: deps.now(),
      }),
    ]),
  );
  const affiliate = await written(deps, appId, first.id);
  return taken !== null || affiliate.accountId !== accountId ? conflict() : ok({ affiliate, created: false });
}

function conflict(): Result<never> {
  return fail("conflict", "The account and the e-mail belong to two affiliates.");
}

/** Writes the affiliate with code and rate; answers what was taken by somebody else meanwhile, or null. */
async function insert(
  deps: Deps,
  appId: string,
  { id, email, actor, draft }: { id: string; email: string; actor: string; draft: AffiliateDraft },
): Promise<"affiliate" | "code" | null> {
  const now = deps.now();
  const ref = draft.ref ?? drawCode(deps);
  const code = foldCode(ref);
  const emailHmac = await hmac(deps.config.authSecret, email);
  const taken = await orTaken(
    deps.db.batch([
      insertAffiliate(appId, { id, email, emailHmac, name: draft.name, accountId: draft.accountId, code, now }),
      insertCode(appId, { affiliateId: id, ref, code, expiresAt: null, now }),
      ...(draft.rateBps === null ? [] : [insertRate(appId, { affiliateId: id, bps: draft.rateBps, actor, now })]),
      insertAudit(appId, {
        id: deps.newId("aud"),
        actor,
        action: "affiliate.created",
        object: id,
        after: { ref },
        now,
      }),
    ]),
  );
  // A batch repeated after a lost answer meets its own first run.
  return taken !== null && (await findAffiliate(deps.db, appId, id)) !== null ? null : taken;
}

/** Null when the batch was written, else which of its keys was somebody else's: the first statement's or a later one's. */
async function orTaken(batch: Promise<unknown>): Promise<"affiliate" | "code" | null> {
  try {
    await batch;
    return null;
  } catch (error) {
    if (!(error instanceof DbError) || error.kind !== "constraint") throw error;
    return error.statementIndex === 0 ? "affiliate" : "code";
  }
}

async function written(deps: Deps, appId: string, affiliateId: string): Promise<Affiliate> {
  const affiliate = await findAffiliate(deps.db, appId, affiliateId);
  assert(affiliate !== null, "an affiliate that was just written is there");
  return affiliate;
}
