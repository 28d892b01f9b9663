import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { Affiliate } from "../../store/affiliate-store.ts";
import { type Entrant, enrolAffiliate } from "./enrol-affiliate.ts";

export type AffiliateDraft = Omit<Entrant, "join" | "email"> & { readonly email: string };

/**
 * Makes an affiliate with a code by the owner's will: active at once, whatever the program's policy for joining. Or answers the
 * one known by that account or e-mail (`created` false; a missing one of the two is added). Fails with `conflict` when both
 * are known and apart, and `code_unavailable` for a code ever issued.
 */
export async function createAffiliate(
  deps: Deps,
  appId: string,
  { actor, draft }: { actor: string; draft: AffiliateDraft },
): Promise<Result<{ readonly affiliate: Affiliate; readonly created: boolean }>> {
  const enrolled = await enrolAffiliate(deps, appId, { actor, entrant: { ...draft, join: null } });
  if (!enrolled.ok) return enrolled;
  assert(enrolled.value.refusal === null, "only who joins is refused");
  return ok(enrolled.value);
}
