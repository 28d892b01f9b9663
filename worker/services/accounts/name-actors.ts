import type { Deps } from "../../deps.ts";
import { listOwnersOf } from "../../store/owner-store.ts";

/** Who stands in an audit log as a person, with the id of their account. */
const PERSON = /^(?:user|operator):(usr_[\w-]+)$/;

/**
 * The addresses of those of these actors who own the app today, by the actor's name in the audit log. Nobody else's is told:
 * whoever is an owner no more stands there by their id.
 */
export async function nameActors(
  deps: Deps,
  appId: string,
  actors: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(
    actors.flatMap((actor) => {
      const id = PERSON.exec(actor)?.[1];
      return id === undefined ? [] : [[actor, id] as const];
    }),
  );
  if (ids.size === 0) return new Map();
  const owners = await listOwnersOf(deps.db, appId, [...new Set(ids.values())]);
  return new Map(
    [...ids].flatMap(([actor, id]) => {
      const email = owners.get(id);
      return email === undefined ? [] : [[actor, email] as const];
    }),
  );
}
