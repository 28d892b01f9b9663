import type { Deps } from "../../deps.ts";
import { findSession } from "../../store/auth-store.ts";
import { SESSION_TTL_S } from "./auth.ts";
import type { Person } from "./person.ts";

/** A session is made to live on at most once a day. */
const ROLL_AFTER_MS = 86_400_000;

/**
 * Who is signed in by a session's token, and whether that session should be made to live on; null when it ended or was
 * ended. Throws DbError.
 */
export async function readPerson(
  deps: Deps,
  token: string,
): Promise<{ readonly person: Person; readonly isToRoll: boolean } | null> {
  const realNow = deps.realNow();
  const session = await findSession(deps.db, {
    token,
    realNow,
    flags: deps.config.flags,
  });
  if (session === null) return null;
  const { email, userId, id, startedAt, endsAt, owns, promotes, administers } = session;
  const isOperator = deps.config.operatorEmails.includes(email);
  const hasApps = owns || isOperator || deps.config.appCreation === "open";
  const person = {
    id: userId,
    email,
    isOperator,
    sessionId: id,
    confirmedAt: startedAt,
    hasApps,
    hasPrograms: promotes,
    hasConsole: isOperator && administers,
  };
  return { person, isToRoll: endsAt - SESSION_TTL_S * 1_000 + ROLL_AFTER_MS <= realNow };
}
