import { type App, APP_COLUMNS, toApp } from "./app-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Statement } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** Who runs an app: by an address that they prove when they sign in. */
export interface Owner {
  readonly email: string;
  readonly actor: string;
  readonly createdAt: number;
}

/** More than a team that runs an app's program. */
export const MAX_OWNERS = 50;

/** An owner, unless they are one, or the app has its most. Writes nothing for an app that is not there. */
export function insertOwner(appId: string, owner: { email: string; actor: string; now: number }): Statement {
  return INSERT_OWNER({ app: appId, ...owner });
}

/** Takes an owner away; the last one only where `alsoLast`. */
export function deleteOwner(appId: string, { email, alsoLast }: { email: string; alsoLast: boolean }): Statement {
  return DELETE_OWNER({ app: appId, email, also_last: alsoLast ? 1 : 0 });
}

/** An app's owners, first come first. */
export async function listOwners(db: Db, appId: string): Promise<readonly Owner[]> {
  const rows = await db.query(LIST_OWNERS({ app: appId, limit: MAX_OWNERS }));
  return rows.map((row) => ({
    email: textOf(row, "email"),
    actor: textOf(row, "actor"),
    createdAt: integerOf(row, "created_at"),
  }));
}

/** The addresses of those of these accounts who own an app, by the id of their account. */
export async function listOwnersOf(
  db: Db,
  appId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query(OWNERS_OF({ app: appId, ids: JSON.stringify(userIds) }));
  return new Map(rows.map((row) => [textOf(row, "id"), textOf(row, "email")]));
}

/** An app, if this address owns it. */
export async function findAppOfOwner(
  db: Db,
  appId: string,
  { email, now }: { email: string; now: number },
): Promise<App | null> {
  const [row] = await db.query(FIND_APP_OF_OWNER({ app: appId, email, now }));
  return row === undefined ? null : toApp(row);
}

/** All apps, the newest first, at most `limit` before a cursor. */
export async function listNewestApps(
  db: Db,
  { before, limit, now }: { before: Cursor; limit: number; now: number },
): Promise<readonly App[]> {
  return (await db.query(LIST_NEWEST_APPS({ at: before.at, id: before.id, limit, now }))).map(toApp);
}

/** The same of those that an address owns; an address owns few enough to be sorted. */
export async function listAppsOfOwner(
  db: Db,
  email: string,
  { before, limit, now }: { before: Cursor; limit: number; now: number },
): Promise<readonly App[]> {
  return (await db.query(LIST_APPS_OF_OWNER({ email, at: before.at, id: before.id, limit, now }))).map(toApp);
}

const INSERT_OWNER = statement(`
  INSERT INTO app_owner (app, email, actor, created_at)
  SELECT p.id, :email, :actor, :now FROM app p
  WHERE p.id = :app AND (SELECT count(*) FROM app_owner o WHERE o.app = :app) < ${MAX_OWNERS}
  ON CONFLICT DO NOTHING`);
const DELETE_OWNER = statement(`
  DELETE FROM app_owner WHERE app = :app AND email = :email
    AND (:also_last = 1 OR EXISTS (SELECT 1 FROM app_owner o WHERE o.app = :app AND o.email <> :email))`);
const OWNERS_OF = statement(`
  SELECT u.id, u.email FROM json_each(:ids) k CROSS JOIN users u ON u.id = k.value
  CROSS JOIN app_owner w ON w.app = :app AND w.email = u.email`);
const LIST_OWNERS = statement(`
  SELECT o.email, o.actor, o.created_at FROM app_owner o WHERE o.app = :app ORDER BY o.created_at, o.email LIMIT :limit`);
const FIND_APP_OF_OWNER = statement(`
  SELECT ${APP_COLUMNS} FROM app_owner o JOIN app p ON p.id = o.app WHERE o.app = :app AND o.email = :email`);
const LIST_NEWEST_APPS = statement(`
  SELECT ${APP_COLUMNS} FROM app p WHERE (p.created_at, p.id) < (:at, :id)
  ORDER BY p.created_at DESC, p.id DESC LIMIT :limit`);
const LIST_APPS_OF_OWNER = statement(`
  SELECT ${APP_COLUMNS} FROM app_owner o JOIN app p ON p.id = o.app
  WHERE o.email = :email AND (p.created_at, p.id) < (:at, :id)
  ORDER BY p.created_at DESC, p.id DESC LIMIT :limit`);
