import type { Deps } from "../../deps.ts";
import { listEmails } from "../../store/auth-store.ts";
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
  const ids = personsOf(actors);
  return ids.size === 0 ? new Map() : named(ids, await listOwnersOf(deps.db, appId, [...new Set(ids.values())]));
}

/** The addresses of all persons among these actors, by the actor's name in the audit log: for operators. */
export async function nameAllActors(deps: Deps, actors: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = personsOf(actors);
  return ids.size === 0 ? new Map() : named(ids, await listEmails(deps.db, [...new Set(ids.values())]));
}

/** The ids of their accounts, by the actor's name. */
function personsOf(actors: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    actors.flatMap((actor) => {
      const id = PERSON.exec(actor)?.[1];
      return id === undefined ? [] : [[actor, id] as const];
    }),
  );
}

function named(ids: ReadonlyMap<string, string>, emails: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...ids].flatMap(([actor, id]) => {
      const email = emails.get(id);
      return email === undefined ? [] : [[actor, email] as const];
    }),
  );
}
