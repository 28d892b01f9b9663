import type { Deps } from "../../deps.ts";
import { endSession, endSessionsOf } from "../../store/auth-store.ts";
import type { Person } from "./person.ts";

/** Ends this session, or, `everywhere`, all of the person's. Throws DbError. */
export async function signOut(
  deps: Deps,
  person: Person,
  { everywhere }: { readonly everywhere: boolean },
): Promise<void> {
  await deps.db.batch([everywhere ? endSessionsOf(person.id) : endSession(person.sessionId)]);
}
