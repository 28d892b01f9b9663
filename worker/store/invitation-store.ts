import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** Somebody whom an app's owner wants as an affiliate. */
export interface Invitation {
  readonly id: string;
  /** Folded. */
  readonly email: string;
  readonly name: string | null;
  /** What they will get; null: the app's rate. */
  readonly rateBps: number | null;
  readonly actor: string;
  readonly createdAt: number;
  /** Null: open. */
  readonly acceptedAt: number | null;
}

/** In the batch that invites somebody: what became of it. */
export type Invited =
  | { readonly outcome: "invited"; readonly invitation: Invitation }
  | { readonly outcome: "affiliate" | "too_many" };

export type NewInvitation = Omit<Invitation, "createdAt" | "acceptedAt"> & { readonly now: number };

/**
 * Invites somebody who is no affiliate, or changes name and rate of their open invitation. Nothing once `max` were made since
 * `since`, those that were taken back among them.
 */
export function writeInvitation(
  appId: string,
  { invitation, since, max }: { invitation: NewInvitation; since: number; max: number },
): Statement {
  const { id, email, name, rateBps, actor, now } = invitation;
  return WRITE({ app: appId, id, email, name, rate_bps: rateBps, actor, now, since, max });
}

/** The last statement of a batch that invites. Read with `readInvited`. */
export function askInvited(appId: string, email: string): Statement {
  return ASK({ app: appId, email });
}

export function readInvited(results: readonly (readonly Row[])[]): Invited {
  const row = results.at(-1)?.[0];
  if (row === undefined || integerOf(row, "is_affiliate") === 1) return { outcome: "affiliate" };
  return row["id"] === null ? { outcome: "too_many" } : { outcome: "invited", invitation: toInvitation(row) };
}

/** The invitation of an address that has not been accepted; null without one. */
export async function findOpenInvitation(db: Db, appId: string, email: string): Promise<Invitation | null> {
  const [row] = await db.query(FIND_OPEN({ app: appId, email }));
  return row === undefined ? null : toInvitation(row);
}

/** Whom an invitation is for; null once it was taken back, or where there is none. */
export async function findInvitedEmail(db: Db, appId: string, id: string): Promise<string | null> {
  const [row] = await db.query(ASK_ONE({ app: appId, id }));
  return row === undefined ? null : textOrNull(row, "email");
}

/** An app's invitations but for those taken back, newest first, at most `limit` before a place. */
export async function listInvitations(
  db: Db,
  appId: string,
  { before, limit }: { before: Cursor; limit: number },
): Promise<readonly Invitation[]> {
  return (await db.query(LIST({ app: appId, at: before.at, id: before.id, limit }))).map(toInvitation);
}

/** Takes an invitation back and forgets whom it was for. A repeat changes nothing. */
export function withdrawInvitation(appId: string, id: string, now: number): Statement {
  return WITHDRAW({ app: appId, id, now });
}

/** Whether there is such an invitation, open or not: for the end of the batch that takes it back. */
export function askInvitation(appId: string, id: string): Statement {
  return ASK_ONE({ app: appId, id });
}

/**
 * Whether `:email`, which its owner has proven (`:proven` 1), is invited to the app `p`. Who only says an address is not: the
 * word of a host's backend, or of a link, opens no invitation.
 */
export const IS_INVITED = `
  (:proven = 1 AND EXISTS (SELECT 1 FROM invitation i
    WHERE i.app = p.id AND i.email = :email AND i.accepted_at IS NULL))`;

/** The name that the owner gave whom `IS_INVITED` lets in. */
export const INVITED_NAME =
  "SELECT i.name FROM invitation i WHERE i.app = p.id AND i.email = :email AND i.accepted_at IS NULL";

/** For the batch in which `affiliateId` is made: their invitation's rate is theirs, and it is open no more. */
export function acceptInvitation(
  appId: string,
  { email, affiliateId, now }: { email: string; affiliateId: string; now: number },
): readonly Statement[] {
  const params = { app: appId, email, affiliate: affiliateId, now };
  return [TAKE_RATE(params), ACCEPT(params)];
}

const WRITE = statement(`
  INSERT INTO invitation (app, id, email, name, rate_bps, actor, created_at)
  SELECT p.id, :id, :email, :name, :rate_bps, :actor, :now FROM app p
  WHERE p.id = :app AND NOT EXISTS (SELECT 1 FROM affiliate a WHERE a.app = p.id AND a.email = :email)
    AND (EXISTS (SELECT 1 FROM invitation i WHERE i.app = p.id AND i.email = :email)
      OR (SELECT count(*) FROM invitation i WHERE i.app = p.id AND i.created_at > :since) < :max)
  ON CONFLICT (app, email) DO UPDATE SET name = excluded.name, rate_bps = excluded.rate_bps, actor = excluded.actor
  WHERE accepted_at IS NULL AND (name IS NOT excluded.name OR rate_bps IS NOT excluded.rate_bps)`);
const ASK = statement(`
  SELECT i.*, EXISTS (SELECT 1 FROM affiliate a WHERE a.app = p.id AND a.email = :email) AS is_affiliate
  FROM app p LEFT JOIN invitation i ON i.app = p.id AND i.email = :email WHERE p.id = :app`);
const FIND_OPEN = statement("SELECT * FROM invitation WHERE app = :app AND email = :email AND accepted_at IS NULL");
const LIST = statement(`
  SELECT * FROM invitation WHERE app = :app AND withdrawn_at IS NULL AND (created_at, id) < (:at, :id)
  ORDER BY created_at DESC, id DESC LIMIT :limit`);
const WITHDRAW = statement(`
  UPDATE invitation SET email = NULL, name = NULL, withdrawn_at = :now
  WHERE app = :app AND id = :id AND withdrawn_at IS NULL`);
const ASK_ONE = statement("SELECT email FROM invitation WHERE app = :app AND id = :id");
// Whom it invites is never refused: the affiliate is there, or nothing of the batch is.
const OPEN = "app = :app AND email = :email AND accepted_at IS NULL";
const TAKE_RATE = statement(`
  INSERT INTO rate (app, affiliate, bps, effective_from, actor)
  SELECT app, :affiliate, rate_bps, :now, actor FROM invitation
  WHERE ${OPEN} AND rate_bps IS NOT NULL`);
const ACCEPT = statement(`UPDATE invitation SET accepted_at = :now WHERE ${OPEN}`);

function toInvitation(row: Row): Invitation {
  return {
    id: textOf(row, "id"),
    email: textOf(row, "email"),
    name: textOrNull(row, "name"),
    rateBps: integerOrNull(row, "rate_bps"),
    actor: textOf(row, "actor"),
    createdAt: integerOf(row, "created_at"),
    acceptedAt: integerOrNull(row, "accepted_at"),
  };
}
