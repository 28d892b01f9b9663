import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { insertOwner, listOwners, type Owner } from "../../store/owner-store.ts";

/**
 * Makes a folded address one that runs an app, and answers all who do; one that does already stays as it is. Fails with `conflict` when
 * there are as many as there may be, and for an app that is not there.
 */
export async function addOwner(
  deps: Deps,
  { actor, appId, email }: { readonly actor: string; readonly appId: string; readonly email: string },
): Promise<Result<readonly Owner[]>> {
  const now = deps.now();
  await deps.db.batch([
    insertOwner(appId, { email, actor, now }),
    insertAuditOfChange(appId, { id: deps.newId("aud"), actor, action: "owner.added", object: email, now }),
  ]);
  const owners = await listOwners(deps.db, appId);
  if (owners.some((owner) => owner.email === email)) return ok(owners);
  return fail("conflict", "An app takes no more owners.");
}

/** Who runs an app, first come first. */
export function readOwners(deps: Deps, appId: string): Promise<readonly Owner[]> {
  return listOwners(deps.db, appId);
}
