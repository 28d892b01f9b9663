import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import { findCode, insertCode, retireCode } from "../../store/code-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { DbError } from "../../store/db.ts";
import { drawCode } from "./draw-code.ts";

/**
 * Gives an affiliate one more code: the chosen one, or a drawn one. Fails with `not_found`, `code_unavailable`, and
 * `conflict` for a revoked affiliate.
 */
export async function addCode(
  deps: Deps,
  appId: string,
  {
    actor,
    affiliateId,
    ref,
    expiresAt,
  }: { actor: string; affiliateId: string; ref: string | null; expiresAt: number | null },
): Promise<Result<{ readonly ref: string }>> {
  const now = deps.now();
  const affiliate = await findAffiliate(deps.db, appId, affiliateId, now);
  if (affiliate === null) return fail("not_found", "No such affiliate.");
  if (affiliate.status === "revoked") return fail("conflict", "A revoked affiliate gets no codes.");
  const issued = ref ?? drawCode(deps);
  try {
    await deps.db.batch([
      insertCode(appId, { affiliateId, ref: issued, code: foldCode(issued), expiresAt, now }),
      insertAudit(appId, {
        id: deps.newId("aud"),
        actor,
        action: "code.issued",
        object: affiliateId,
        after: { ref: issued },
        now,
      }),
    ]);
  } catch (error) {
    if (!(error instanceof DbError) || error.kind !== "constraint") throw error;
    // A batch repeated after a lost answer meets its own first run.
    const own = await findCode(deps.db, appId, { affiliateId, code: foldCode(issued) });
    if (own?.createdAt !== now) return fail("code_unavailable", "This code is taken.");
  }
  return ok({ ref: issued });
}

/** Retires a code: dead for new users, never issued again; who came by it stays. Fails with `not_found`. */
export async function removeCode(
  deps: Deps,
  appId: string,
  { actor, affiliateId, ref }: { actor: string; affiliateId: string; ref: string },
): Promise<Result<null>> {
  const code = foldCode(ref);
  if ((await findCode(deps.db, appId, { affiliateId, code })) === null) return fail("not_found", "No such code.");
  const now = deps.now();
  const entry = { id: deps.newId("aud"), actor, action: "code.retired", object: affiliateId, before: { ref }, now };
  await deps.db.batch([...retireCode(appId, { affiliateId, code, now }), insertAudit(appId, entry)]);
  return ok(null);
}
