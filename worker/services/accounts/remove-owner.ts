import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { deleteOwner, listOwners, type Owner } from "../../store/owner-store.ts";
import { actorOf, type Person } from "./person.ts";

/**
 * Takes an address off those that run an app, and answers who is left; one that does not run it changes nothing. Fails with
 * `conflict` for the last one, whom only an operator takes away: somebody must be able to go on.
 */
export async function removeOwner(
  deps: Deps,
  { by, appId, email }: { readonly by: Person; readonly appId: string; readonly email: string },
): Promise<Result<readonly Owner[]>> {
  const [actor, now] = [actorOf(by), deps.now()];
  await deps.db.batch([
    deleteOwner(appId, { email, alsoLast: by.isOperator }),
    insertAuditOfChange(appId, { id: deps.newId("aud"), actor, action: "owner.removed", object: email, now }),
  ]);
  const owners = await listOwners(deps.db, appId);
  if (owners.every((owner) => owner.email !== email)) return ok(owners);
  return fail("conflict", "The last owner of an app stays.");
}
