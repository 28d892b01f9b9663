import type { Flag } from "../domain/flags.ts";
import type { Db, Statement } from "./db.ts";
import { flagInForce } from "./flag-store.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** A session that goes on, and whose it is. Times are the machine's own. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly startedAt: number;
  readonly endsAt: number;
  /** Whether they own an app, and promote one whose promoters' side is on. */
  readonly owns: boolean;
  readonly promotes: boolean;
  /** Whether the installation's administration of affiliates is on. */
  readonly administers: boolean;
}

/** The session of a cookie's token, null when it ended or never was. */
export async function findSession(
  db: Db,
  { token, realNow, flags }: { token: string; realNow: number; flags: Readonly<Record<Flag, boolean>> },
): Promise<Session | null> {
  const [row] = await db.query(
    FIND_SESSION({
      token,
      real_now: realNow,
      platform_referrals: Number(flags.platformReferrals),
      settings_affiliates: Number(flags.settingsAffiliates),
    }),
  );
  if (row === undefined) return null;
  return {
    id: textOf(row, "id"),
    userId: textOf(row, "user_id"),
    email: textOf(row, "email"),
    startedAt: integerOf(row, "created_at"),
    endsAt: integerOf(row, "expires_at"),
    owns: integerOf(row, "owns") === 1,
    promotes: integerOf(row, "promotes") === 1,
    administers: integerOf(row, "administers") === 1,
  };
}

/** The folded address of who signed in once, null for nobody. */
export async function findEmailOfUser(db: Db, userId: string): Promise<string | null> {
  const [row] = await db.query(FIND_EMAIL({ id: userId }));
  return row === undefined ? null : textOf(row, "email");
}

export function endSession(id: string): Statement {
  return END_SESSION({ id });
}

export function endSessionOfToken(token: string): Statement {
  return END_SESSION_OF_TOKEN({ token });
}

/** Ends all sessions of a person, on every machine. */
export function endSessionsOf(userId: string): Statement {
  return END_SESSIONS_OF({ user_id: userId });
}

/**
 * Counts one more under a key, in a window that begins with its first; answers the count and when the window began. `id` names
 * this one: a batch that is repeated counts it once.
 */
export function countUnder(key: string, { id, realNow, windowMs }: { id: string; realNow: number; windowMs: number }) {
  return COUNT({ key, id, real_now: realNow, over: realNow - windowMs });
}

/** Deletes at most `limit` each of the sessions and codes that ended before `realNow`, and of counts that began before `countedBefore`. */
export function forgetEnded(page: { realNow: number; countedBefore: number; limit: number }): readonly Statement[] {
  const { realNow, countedBefore, limit } = page;
  return [
    FORGET_SESSIONS({ before: realNow, limit }),
    FORGET_CODES({ before: realNow, limit }),
    FORGET_COUNTS({ before: countedBefore, limit }),
  ];
}

const FIND_SESSION = statement(`
  SELECT s.id, s.user_id, u.email, s.created_at, s.expires_at,
    EXISTS (SELECT 1 FROM app_owner o WHERE o.email = u.email) AS owns,
    EXISTS (SELECT 1 FROM affiliate a
      WHERE a.email = u.email AND ${flagInForce("a.app", "platformReferrals")} = 1) AS promotes,
    ${flagInForce("NULL", "settingsAffiliates")} AS administers
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.token = :token AND s.expires_at > :real_now`);
/** The addresses of these accounts, by their ids. */
export async function listEmails(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query(LIST_EMAILS({ ids: JSON.stringify(ids) }));
  return new Map(rows.map((row) => [textOf(row, "id"), textOf(row, "email")]));
}

const LIST_EMAILS = statement("SELECT u.id, u.email FROM json_each(:ids) j CROSS JOIN users u ON u.id = j.value");
const FIND_EMAIL = statement("SELECT u.email FROM users u WHERE u.id = :id");
const END_SESSION = statement("DELETE FROM sessions WHERE id = :id");
const END_SESSION_OF_TOKEN = statement("DELETE FROM sessions WHERE token = :token");
const END_SESSIONS_OF = statement("DELETE FROM sessions WHERE user_id = :user_id");
const COUNT = statement(`
  INSERT INTO rate_limits (id, key, count, last_request) VALUES (:id, :key, 1, :real_now)
  ON CONFLICT (key) DO UPDATE SET id = :id,
    count = CASE WHEN id = :id THEN count WHEN last_request <= :over THEN 1 ELSE count + 1 END,
    last_request = iif(id <> :id AND last_request <= :over, :real_now, last_request)
  RETURNING count, last_request`);
const forget = (table: string, column: string) =>
  statement(`
    DELETE FROM ${table} WHERE id IN (
      SELECT t.id FROM ${table} t WHERE t.${column} <= :before ORDER BY t.${column} LIMIT :limit)
    RETURNING id`);
const FORGET_SESSIONS = forget("sessions", "expires_at");
const FORGET_CODES = forget("verifications", "expires_at");
const FORGET_COUNTS = forget("rate_limits", "last_request");
