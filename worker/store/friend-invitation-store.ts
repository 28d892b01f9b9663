import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** Somebody to be invited: `address` stands for their e-mail, which only the outbox has, until the mail has gone. */
export interface FriendDraft {
  readonly id: string;
  readonly address: string;
  readonly email: string;
}

/** How many may be invited since an instant, by one account and by a whole app. */
export interface FriendLimits {
  readonly since: number;
  readonly byAccount: number;
  readonly byApp: number;
}

interface Sending {
  readonly account: string;
  readonly drafts: readonly FriendDraft[];
  /** Whom the mail names; null: nobody. */
  readonly fromEmail: string | null;
  readonly limits: FriendLimits;
  readonly now: number;
}

/**
 * A batch that invites friends of an account, the first drafts first as far as the limits go, and queues a mail for each: an address
 * once, ever. Read with `readInvitedFriends`.
 */
export function inviteFriends(appId: string, sending: Sending): readonly Statement[] {
  const { account, drafts, fromEmail, limits, now } = sending;
  const { since, byAccount, byApp } = limits;
  const all = { app: appId, account, drafts: JSON.stringify(drafts), now };
  return [
    INVITE({ ...all, since, by_account: byAccount, by_app: byApp }),
    QUEUE({ ...all, from_email: fromEmail }),
    ASK_INVITED(all),
    ASK_COUNTS({ app: appId, account, since }),
  ];
}

/** What became of the drafts of a batch, by their address. */
export interface InvitedFriends {
  /** `full`: the account, or the app, has sent what it may. */
  readonly outcomes: ReadonlyMap<string, "invited" | "known" | "full">;
  /** Of the account and of the app, how many count, and when the first of them was made; null without any. */
  readonly byAccount: { readonly count: number; readonly firstAt: number | null };
  readonly byApp: { readonly count: number; readonly firstAt: number | null };
}

export function readInvitedFriends(
  results: readonly (readonly Row[])[],
  drafts: readonly FriendDraft[],
): InvitedFriends {
  const ids = new Map((results.at(-2) ?? []).map((row) => [textOf(row, "address"), textOf(row, "id")]));
  const outcomeOf = ({ address, id }: FriendDraft) => {
    const known = ids.get(address);
    if (known === undefined) return "full";
    return known === id ? "invited" : "known";
  };
  const counts = results.at(-1)?.[0] ?? {};
  return {
    outcomes: new Map(drafts.map((draft) => [draft.address, outcomeOf(draft)])),
    byAccount: { count: integerOf(counts, "by_account"), firstAt: integerOrNull(counts, "first_by_account") },
    byApp: { count: integerOf(counts, "by_app"), firstAt: integerOrNull(counts, "first_by_app") },
  };
}

/** Whose invitation it is; null for one that is not there, and where the account was erased. */
export async function findInviter(db: Db, appId: string, id: string): Promise<string | null> {
  const [row] = await db.query(FIND_INVITER({ app: appId, id }));
  return row === undefined ? null : textOrNull(row, "account");
}

/** An address wants no invitation to the app any more, whoever sends it. Nothing, where there is no such app. */
export function optOutOfInvitations(appId: string, { address, now }: { address: string; now: number }): Statement {
  return OPT_OUT({ app: appId, address, now });
}

/** Invitations of the account `:user_id`, which is being erased. */
export const INVITATIONS_OF_USER = "SELECT v.id FROM friend_invitation v WHERE v.app = :app AND v.account = :user_id";

/**
 * Of a batch that erases `:user_id`, under the audit line `:audit`: mails that wait are not sent, unless somebody has them in hand, and
 * the invitations are nobody's. They stay, and are counted: an app that erases accounts mails no more for it.
 */
export const FORGET_INVITER = [
  statement(`
    UPDATE outbox SET payload = json_remove(payload, '$.to', '$.from'), done_at = iif(lease IS NULL, :now, NULL),
      outcome = iif(lease IS NULL, 'obsolete', NULL)
    WHERE app = :app AND id IN (SELECT 'mail.friend.' || i.id FROM (${INVITATIONS_OF_USER}) i) AND done_at IS NULL`),
  statement("UPDATE friend_invitation SET account = 'erased_' || :audit WHERE app = :app AND account = :user_id"),
];

/** Mails to one address, whoever invites it: many accounts are soon made, and nobody is to be flooded. Who asks is not told. */
const MAILS_TO_AN_ADDRESS = 3;

const OF_ACCOUNT = "FROM friend_invitation c WHERE c.app = :app AND c.account = :account AND c.created_at > :since";
const OF_APP = "FROM friend_invitation c WHERE c.app = :app AND c.created_at > :since";

const INVITE = statement(`
  INSERT INTO friend_invitation (app, account, address, id, created_at)
  SELECT p.id, :account, d.value ->> 'address', d.value ->> 'id', :now
  FROM app p CROSS JOIN json_each(:drafts) d
  WHERE p.id = :app AND NOT EXISTS (SELECT 1 FROM friend_invitation i
    WHERE i.app = p.id AND i.account = :account AND i.address = d.value ->> 'address')
  ORDER BY d.key
  LIMIT max(0, min(:by_account - (SELECT count(*) ${OF_ACCOUNT}), :by_app - (SELECT count(*) ${OF_APP})))
  ON CONFLICT DO NOTHING`);
const QUEUE = statement(`
  INSERT INTO outbox (app, id, kind, payload, next_at, created_at)
  SELECT i.app, 'mail.friend.' || i.id, 'mail', json_object('to', d.value ->> 'email', 'from', :from_email,
    'template', 'friend_invitation', 'affiliate', NULL, 'at', :now,
    'data', json_object('invite', i.id, 'address', i.address)), :now, :now
  FROM json_each(:drafts) d CROSS JOIN friend_invitation i
    ON i.app = :app AND i.account = :account AND i.address = d.value ->> 'address' AND i.id = d.value ->> 'id'
  WHERE (SELECT count(*) FROM friend_invitation o INDEXED BY friend_invitation_by_address
    WHERE o.app = :app AND o.address = i.address AND o.id <> i.id) < ${MAILS_TO_AN_ADDRESS}
  ON CONFLICT DO NOTHING`);
const ASK_INVITED = statement(`
  SELECT i.address, i.id FROM json_each(:drafts) d CROSS JOIN friend_invitation i
    ON i.app = :app AND i.account = :account AND i.address = d.value ->> 'address'`);
const ASK_COUNTS = statement(`
  SELECT (SELECT count(*) ${OF_ACCOUNT}) AS by_account, (SELECT min(c.created_at) ${OF_ACCOUNT}) AS first_by_account,
    (SELECT count(*) ${OF_APP}) AS by_app, (SELECT min(c.created_at) ${OF_APP}) AS first_by_app`);
const FIND_INVITER = statement(`
  SELECT iif(i.account GLOB 'erased_aud_*', NULL, i.account) AS account FROM friend_invitation i
  WHERE i.app = :app AND i.id = :id`);
const OPT_OUT = statement(`
  INSERT INTO friend_invitation_optout (app, address, created_at)
  SELECT p.id, :address, :now FROM app p WHERE p.id = :app
  ON CONFLICT DO NOTHING`);
