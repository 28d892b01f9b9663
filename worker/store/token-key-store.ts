import { type AuditEntry, insertAudit } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOrNull, statement, textOf } from "./statement.ts";

/** A key that an app's end-user tokens are signed with, sealed. `endsAt` null: the one that signs. */
export interface TokenKey {
  readonly id: string;
  readonly sealed: string;
  readonly endsAt: number | null;
}

/** The batch of an app's first key, where it has none. Read with `readTokenKeys`. */
export function writeFirstTokenKey(
  appId: string,
  { id, sealed, now }: { id: string; sealed: string; now: number },
): readonly Statement[] {
  const params = { app: appId, id, secret: sealed, now };
  return [INSERT(params), READ(params)];
}

/** The batch that makes another key sign; the ones before are believed until `endsAt`. A repeat changes nothing. */
export function writeNextTokenKey(
  appId: string,
  { id, sealed, endsAt, audit }: { id: string; sealed: string; endsAt: number; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, id, secret: sealed, ends_at: endsAt, now: audit.now };
  return [END(params), INSERT(params), insertAudit(appId, audit), READ(params)];
}

/** The keys that are believed, the one that signs first. */
export function readTokenKeys(results: readonly (readonly Row[])[]): readonly TokenKey[] {
  return (results.at(-1) ?? []).map((row) => ({
    id: textOf(row, "id"),
    sealed: textOf(row, "secret"),
    endsAt: integerOrNull(row, "ends_at"),
  }));
}

export async function findTokenKeys(db: Db, appId: string, now: number): Promise<readonly TokenKey[]> {
  return readTokenKeys([await db.query(READ({ app: appId, now }))]);
}

const INSERT = statement(`
  INSERT INTO token_key (app, id, secret, created_at) SELECT p.id, :id, :secret, :now FROM app p WHERE p.id = :app
  ON CONFLICT DO NOTHING`);
const END = statement(`
  UPDATE token_key SET ends_at = min(coalesce(ends_at, :ends_at), :ends_at)
  WHERE app = :app AND id <> :id AND (ends_at IS NULL OR ends_at > :ends_at)
    AND NOT EXISTS (SELECT 1 FROM token_key n WHERE n.app = :app AND n.id = :id)`);
const READ = statement(`
  SELECT id, secret, ends_at FROM token_key WHERE app = :app AND (ends_at IS NULL OR ends_at > :now)
  ORDER BY ends_at IS NOT NULL, created_at DESC LIMIT 10`);
