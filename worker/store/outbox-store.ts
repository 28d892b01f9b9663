import { isMailTemplate, type MailOutcome, type MailTemplate } from "../domain/mail-template.ts";
import { INVITATION_PAUSE_MS } from "../domain/mail-timing.ts";
import type { Db, Row, Statement } from "./db.ts";
import { CALL_APP } from "./settle.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

/*
 * A mail is a row in the batch of the fact it tells of, under an id made of that fact: a batch that is repeated writes none twice, and
 * what did not happen is not told. What a mail says is read when it is sent.
 */

/** A mail by itself, such as an invitation. `id` is what keeps a repeat from being a second one. */
export interface NewMail {
  readonly id: string;
  readonly to: string;
  readonly template: MailTemplate;
  /** What it is about: ids and whatever the template needs. */
  readonly data?: Readonly<Record<string, string | number>>;
  readonly now: number;
}

/** Puts a mail into the outbox of an app. */
export function insertMail(appId: string, { id, to, template, data = {}, now }: NewMail): Statement {
  return INSERT({ app: appId, id, to, template, data: JSON.stringify(data), now });
}

/** That somebody has just become an affiliate: with their link, or that they wait for the owner. */
export function mailOfEntry(appId: string, { affiliateId, now }: { affiliateId: string; now: number }): Statement {
  return ENTRY({ app: appId, affiliate: affiliateId, now });
}

/** That an affiliate's status is about to change: before the statement that changes it, which tells from what. */
export function mailOfStatus(
  appId: string,
  change: { affiliateId: string; status: string; auditId: string; now: number },
): Statement {
  const { affiliateId, status, auditId, now } = change;
  return STATUS({ app: appId, affiliate: affiliateId, status, audit: auditId, now });
}

/** What `mailOfFirstCommission` binds. */
export interface FirstCommissionParams {
  readonly app: string | null;
  readonly claimed_app: string | null;
  readonly code: string | null;
  readonly conversion: string;
  readonly now: number;
}

/** That the conversion just booked is the first that earned its affiliate anything: after it was settled. */
export function mailOfFirstCommission(params: FirstCommissionParams): Statement {
  const { app, claimed_app, code, conversion, now } = params;
  return FIRST_COMMISSION({ app, claimed_app, code, conversion, now });
}

/** That a payout has just arrived: after the audit line that says so. */
export function mailOfPayout(
  appId: string,
  { payoutId, auditId, now }: { payoutId: string; auditId: string; now: number },
): Statement {
  return PAYOUT({ app: appId, payout: payoutId, audit: auditId, now });
}

/** A week's digest of an affiliate. */
export function mailOfWeek(
  appId: string,
  { affiliateId, fromDay, now }: { affiliateId: string; fromDay: number; now: number },
): Statement {
  return WEEK({ app: appId, affiliate: affiliateId, from_day: fromDay, now });
}

/**
 * To somebody who has just been invited: once, however often they are. `key` stands for their address: for a week it is mailed no other
 * invitation of the app, unless the first was taken back before anybody tried to send it.
 */
export function mailOfInvitation(
  appId: string,
  { email, key, now }: { email: string; key: string; now: number },
): Statement {
  return INVITATION({ app: appId, email, key, since: now - INVITATION_PAUSE_MS, now });
}

/** The mail of an invitation that was taken back: whom it was for is forgotten, and it is not sent unless somebody has it in hand. */
export function endMailOfInvitation(
  appId: string,
  { invitationId, key, now }: { invitationId: string; key: string; now: number },
): Statement {
  return END_INVITATION({ app: appId, invitation: invitationId, key, now });
}

/** To each of an app's owners: that somebody has just applied. */
export function mailOfApplication(
  appId: string,
  { affiliateId, now }: { affiliateId: string; now: number },
): Statement {
  return APPLICATION({ app: appId, affiliate: affiliateId, now });
}

/** To each of an app's owners: that the batch their schedule has just drafted waits for them. */
export function mailOfDueBatch(appId: string, { batchId, now }: { batchId: string; now: number }): Statement {
  return DUE_BATCH({ app: appId, batch: batchId, now });
}

/** To each of an app's owners: that nothing has happened since a day. Once for each such day. */
export function mailOfSilence(appId: string, { lastDay, now }: { lastDay: number; now: number }): Statement {
  return SILENCE({ app: appId, last_day: lastDay, now });
}

/** To each of an app's owners: that an endpoint of theirs was just disabled, as the line of the audit log says. */
export function mailOfDisabledWebhook(
  appId: string,
  { endpointId, auditId, now }: { endpointId: string; auditId: string; now: number },
): Statement {
  return DISABLED_WEBHOOK({ app: appId, endpoint: endpointId, audit: auditId, now });
}

/** A row that is due: which, and to whom. */
export interface DueMail {
  readonly appId: string;
  readonly isDigest: boolean;
  readonly id: string;
  readonly to: string | null;
}

/** The mails that are due in all apps, digests last, those that waited longest first. */
export async function listDueMail(db: Db, { now, limit }: { now: number; limit: number }): Promise<readonly DueMail[]> {
  const rows = await db.query(DUE({ now, limit }));
  return rows.map((row) => ({
    appId: textOf(row, "app"),
    isDigest: row["is_digest"] === 1,
    id: textOf(row, "id"),
    to: textOrNull(row, "recipient"),
  }));
}

/** A mail in the hands of whoever claimed it, with what every mail needs. */
export interface ClaimedMail {
  readonly id: string;
  readonly attempt: number;
  readonly createdAt: number;
  /** Null for what this version does not know. */
  readonly template: MailTemplate | null;
  readonly to: string | null;
  /** The address of who asked for it, where the mail names them. */
  readonly from: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly affiliateId: string | null;
  readonly isSwitchedOff: boolean;
  readonly isOptedOut: boolean;
}

/** Who sends a mail, and until when nobody else does. `lease` is a word of their own. */
export interface MailLease {
  readonly lease: string;
  readonly until: number;
  readonly now: number;
}

/** The batch that claims mails of an app, as far as nobody else has: read with `readClaimedMail`. Repeated it claims the same. */
export function claimMail(
  appId: string,
  ids: readonly string[],
  { lease, until, now }: MailLease,
): readonly Statement[] {
  const params = { app: appId, ids: JSON.stringify(ids), lease, until, now };
  return [CLAIM(params), CLAIMED(params)];
}

export function readClaimedMail(results: readonly (readonly Row[])[]): readonly ClaimedMail[] {
  return (results.at(-1) ?? []).map(toClaimed);
}

/** What became of a mail that is ours: it has ended, and whom it went to is forgotten. */
export function endMail(
  appId: string,
  end: { id: string; lease: string; outcome: MailOutcome; now: number },
): Statement {
  return END({ app: appId, ...end });
}

/** Gives a mail back, to be sent later. */
export function putOffMail(
  appId: string,
  { id, lease, nextAt, wasTried }: { id: string; lease: string; nextAt: number; wasTried: boolean },
): Statement {
  return PUT_OFF({ app: appId, id, lease, next_at: nextAt, untried: wasTried ? 0 : 1 });
}

/** Ends mails that have waited since before an instant, and answers a row for each. */
export function expireMail({ before, now, limit }: { before: number; now: number; limit: number }): Statement {
  return EXPIRE({ before, now, limit });
}

/** Deletes mails that ended before an instant, and answers a row for each. */
export function forgetMail({ before, limit }: { before: number; limit: number }): Statement {
  return FORGET({ before, limit });
}

/** The INSERT of a mail for each row of `from`. All of these are SQL. */
function queue(mail: {
  readonly id: string;
  readonly template: string;
  readonly from: string;
  readonly data: string;
  readonly affiliate?: string;
}): string {
  return `
    INSERT INTO outbox (app, id, kind, payload, next_at, created_at)
    SELECT o.app, ${mail.id}, 'mail', json_object('to', o.email, 'template', ${mail.template}, 'affiliate', ${mail.affiliate ?? "o.id"}, 'at', :now,
      'data', ${mail.data}), :now, :now
    ${mail.from} AND o.email IS NOT NULL
    ON CONFLICT DO NOTHING`;
}

/**
 * The same for each owner of the app: numbered by when they became one, so that an owner who comes between a batch and its repeat
 * gives nobody else's mail another id.
 */
function queueForOwners(mail: {
  readonly id: string;
  readonly template: string;
  readonly affiliate: string;
  readonly data: string;
  readonly where: string;
}): string {
  return `
    INSERT INTO outbox (app, id, kind, payload, next_at, created_at)
    SELECT w.app, ${mail.id} || '.' || row_number() OVER (ORDER BY w.created_at, w.email), 'mail', json_object('to', w.email,
      'template', ${mail.template}, 'affiliate', ${mail.affiliate}, 'at', :now, 'data', ${mail.data}), :now, :now
    FROM app_owner w WHERE w.app = :app AND ${mail.where}
    ON CONFLICT DO NOTHING`;
}

const AFFILIATE = "FROM affiliate o WHERE o.app = :app AND o.id = :affiliate";

const INSERT = statement(`
  INSERT INTO outbox (app, id, kind, payload, next_at, created_at)
  SELECT p.id, :id, 'mail', json_object('to', :to, 'template', :template, 'affiliate', NULL, 'at', :now, 'data', json(:data)), :now, :now
  FROM app p WHERE p.id = :app
  ON CONFLICT DO NOTHING`);
const ENTRY = statement(
  queue({
    id: "'mail.entry.' || o.id",
    template: "iif(o.status = 'applied', 'application_received', 'welcome')",
    data: "json_object()",
    from: `${AFFILIATE} AND o.status IN ('applied', 'active')`,
  }),
);
const STATUS = statement(
  queue({
    id: "'mail.status.' || :audit",
    template: "iif(o.status = 'applied', 'application_decided', 'status_changed')",
    data: "json_object('status', :status)",
    from: `${AFFILIATE} AND o.status <> :status`,
  }),
);
/** One search by the primary key of the outbox keeps all others from being looked at. */
const FIRST_COMMISSION = statement(
  queue({
    id: "'mail.first_commission.' || o.id",
    template: "'first_commission'",
    data: "json_object('conversion', v.id)",
    from: `FROM conversion v CROSS JOIN affiliate o ON o.app = v.app AND o.id = v.affiliate
      WHERE v.app = ${CALL_APP} AND v.id = :conversion AND v.voided_at IS NULL AND v.posted_net > 0 AND v.posted_lane <> 'held'
        AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.app = v.app AND x.id = 'mail.first_commission.' || v.affiliate)`,
  }),
);
const PAYOUT = statement(
  queue({
    id: "'mail.payout.' || w.id",
    template: "'payout_sent'",
    data: "json_object('payout', w.id)",
    from: `FROM payout w CROSS JOIN affiliate o ON o.app = w.app AND o.id = w.affiliate
      WHERE w.app = :app AND w.id = :payout AND EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.id = :audit)`,
  }),
);
const WEEK = statement(
  queue({
    id: "'mail.week.' || o.id || '.' || :from_day",
    template: "'weekly_digest'",
    data: "json_object('from_day', :from_day)",
    from: AFFILIATE,
  }),
);

const INVITATION = statement(
  queue({
    id: "'mail.invitation.' || :key || '.' || o.id",
    template: "'invitation'",
    affiliate: "NULL",
    data: "json_object('invite', o.id)",
    from: `FROM invitation o WHERE o.app = :app AND o.email = :email AND o.accepted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.app = :app AND x.id > 'mail.invitation.' || :key || '.'
        AND x.id < 'mail.invitation.' || :key || '/' AND x.created_at > :since AND (x.attempt > 0 OR x.done_at IS NULL))`,
  }),
);
const END_INVITATION = statement(`
  UPDATE outbox SET payload = json_remove(payload, '$.to', '$.from'), done_at = iif(lease IS NULL, :now, NULL),
    outcome = iif(lease IS NULL, 'obsolete', NULL)
  WHERE app = :app AND id = 'mail.invitation.' || :key || '.' || :invitation AND done_at IS NULL`);
const APPLICATION = statement(
  queueForOwners({
    id: "'mail.application.' || :affiliate",
    template: "'application'",
    affiliate: ":affiliate",
    data: "json_object()",
    where: "EXISTS (SELECT 1 FROM affiliate o WHERE o.app = :app AND o.id = :affiliate AND o.status = 'applied')",
  }),
);
const DUE_BATCH = statement(
  queueForOwners({
    id: "'mail.payout_due.' || :batch",
    template: "'payout_due'",
    affiliate: "NULL",
    data: "json_object('batch', :batch)",
    where: `EXISTS (SELECT 1 FROM payout_batch b
      WHERE b.app = :app AND b.id = :batch AND b.kind = 'schedule' AND b.status = 'draft')`,
  }),
);
const SILENCE = statement(
  queueForOwners({
    id: "'mail.silence.' || :last_day",
    template: "'no_events_7d'",
    affiliate: "NULL",
    data: "json_object('last_day', :last_day)",
    where: "true",
  }),
);
const DISABLED_WEBHOOK = statement(
  queueForOwners({
    id: "'mail.webhook.' || :audit",
    template: "'webhook_disabled'",
    affiliate: "NULL",
    data: "json_object('endpoint', :endpoint)",
    where: "EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.id = :audit)",
  }),
);

const dueFrom = (index: "outbox_urgent" | "outbox_waiting") => {
  const isDigest = index === "outbox_waiting";
  return `
    SELECT ${isDigest ? 1 : 0} AS is_digest, w.next_at, w.app, w.id, json_extract(w.payload, '$.to') AS recipient
    FROM outbox w INDEXED BY ${index}
    WHERE w.done_at IS NULL AND w.next_at <= :now AND substr(w.id, 1, 10) ${isDigest ? "=" : "<>"} 'mail.week.' AND w.kind = 'mail'
    ORDER BY w.next_at LIMIT :limit`;
};
const DUE = statement(`
  SELECT * FROM (${dueFrom("outbox_urgent")}) UNION ALL SELECT * FROM (${dueFrom("outbox_waiting")})
  ORDER BY is_digest, next_at LIMIT :limit`);
const CLAIM = statement(`
  UPDATE outbox SET lease = :lease, next_at = :until, attempt = attempt + 1
  WHERE app = :app AND id IN (SELECT value FROM json_each(:ids)) AND done_at IS NULL AND next_at <= :now`);
const CLAIMED = statement(`
  SELECT w.id, w.attempt, w.created_at, w.payload, json_extract(w.payload, '$.template') AS template,
    json_extract(w.payload, '$.to') AS recipient, json_extract(w.payload, '$.from') AS sender,
    json_extract(w.payload, '$.affiliate') AS affiliate, json_extract(w.payload, '$.data') AS data,
    coalesce(s.enabled, 1) AS enabled, t.created_at IS NOT NULL OR f.created_at IS NOT NULL AS opted_out
  FROM outbox w
  LEFT JOIN mail_switch s ON s.app = w.app AND s.template = json_extract(w.payload, '$.template')
  LEFT JOIN mail_optout t ON t.app = w.app AND t.affiliate = json_extract(w.payload, '$.affiliate')
    AND t.template = json_extract(w.payload, '$.template')
  LEFT JOIN friend_invitation_optout f ON f.app = w.app AND f.address = json_extract(w.payload, '$.data.address')
  WHERE w.app = :app AND w.id IN (SELECT value FROM json_each(:ids)) AND w.done_at IS NULL AND w.lease = :lease
  ORDER BY w.created_at, w.id`);
const END = statement(`
  UPDATE outbox SET done_at = :now, outcome = :outcome, lease = NULL, payload = json_remove(payload, '$.to', '$.from')
  WHERE app = :app AND id = :id AND done_at IS NULL AND lease = :lease`);
const PUT_OFF = statement(`
  UPDATE outbox SET next_at = :next_at, lease = NULL, attempt = attempt - :untried
  WHERE app = :app AND id = :id AND done_at IS NULL AND lease = :lease`);
const EXPIRE = statement(`
  UPDATE outbox SET done_at = :now, outcome = 'expired', lease = NULL, payload = json_remove(payload, '$.to', '$.from')
  WHERE rowid IN (
    SELECT rowid FROM outbox INDEXED BY outbox_waiting WHERE done_at IS NULL AND next_at < :before AND kind = 'mail' LIMIT :limit)
  RETURNING id`);
const FORGET = statement(`
  DELETE FROM outbox WHERE rowid IN (
    SELECT rowid FROM outbox INDEXED BY outbox_ended
    WHERE done_at IS NOT NULL AND substr(id, 1, 22) <> 'mail.first_commission.' AND done_at < :before LIMIT :limit)
  RETURNING id`);

function toClaimed(row: Row): ClaimedMail {
  const { template } = row;
  return {
    id: textOf(row, "id"),
    attempt: integerOf(row, "attempt"),
    createdAt: integerOf(row, "created_at"),
    template: isMailTemplate(template) ? template : null,
    to: textOrNull(row, "recipient"),
    from: textOrNull(row, "sender"),
    data: Object(JSON.parse(textOrNull(row, "data") ?? "{}")),
    affiliateId: textOrNull(row, "affiliate"),
    isSwitchedOff: row["enabled"] === 0,
    isOptedOut: row["opted_out"] === 1,
  };
}
