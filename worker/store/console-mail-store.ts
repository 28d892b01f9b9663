import { isMailTemplate, MAIL_OUTCOMES, type MailOutcome, type MailTemplate } from "../domain/mail-template.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** A mail of any app's, as its operator sees it. */
export interface MailLine {
  /** Its number in the order in which mails were written. */
  readonly seq: number;
  readonly appId: string;
  readonly appName: string;
  readonly id: string;
  /** Null for what this version does not know. */
  readonly template: MailTemplate | null;
  /** Null once it has ended: whom it went to is forgotten. */
  readonly to: string | null;
  readonly attempt: number;
  readonly createdAt: number;
  /** When it is due, where it waits. */
  readonly nextAt: number;
  readonly doneAt: number | null;
  /** Null while it waits. */
  readonly outcome: MailOutcome | null;
}

/** Which mails: those that wait, that have failed in whichever way, or of one outcome. */
export type MailFilter = "waiting" | "failed" | MailOutcome;

/** What somebody may have to do something about. Left out on purpose is not failed. */
export const FAILED_OUTCOMES = [
  "refused",
  "dead_address",
  "expired",
  "unreadable",
] as const satisfies readonly MailOutcome[];

/** The mails of all apps, newest first, from before a number: of one app and one kind where given. */
export async function listMails(
  db: Db,
  page: { appId: string | null; which: MailFilter | null; before: number; limit: number },
): Promise<readonly MailLine[]> {
  const { appId, which, before, limit } = page;
  const build = (appId === null ? OF_ALL : OF_APP)(which);
  return (await db.query(build({ app: appId, outcome: which, before, limit }))).map(toLine);
}

/** How many mails of all apps, or of one, are of each kind: counted up to `most`. */
export async function countMails(
  db: Db,
  { appId, most }: { appId: string | null; most: number },
): Promise<ReadonlyMap<"waiting" | MailOutcome, number>> {
  const rows = await db.query((appId === null ? COUNT_ALL : COUNT_OF_APP)({ app: appId, most }));
  return new Map(rows.map((row) => [oneOf(row, "kind", ["waiting", ...MAIL_OUTCOMES]), integerOf(row, "found")]));
}

/** Makes a mail due now that waits, unless somebody has it in hand: nothing else of it changes. */
export function hurryMail(appId: string, { id, audit }: { id: string; audit: AuditEntry }): readonly Statement[] {
  return [HURRY({ app: appId, id, now: audit.now }), insertAuditOfChange(appId, audit), FIND({ app: appId, id })];
}

/** Reads the last statement of `hurryMail`; null: there is no such mail. */
export function readHurried(results: readonly (readonly Row[])[]): Pick<MailLine, "nextAt" | "doneAt"> | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : { nextAt: integerOf(row, "next_at"), doneAt: integerOrNull(row, "done_at") };
}

const COLUMNS = `w.rowid AS seq, w.app, w.id, w.payload, w.attempt, w.created_at, w.next_at, w.done_at, w.outcome`;
/** Without what was written before mails were sent, so that nobody is told of it. */
const IS_MAIL = "w.kind = 'mail' AND w.created_at > 0";

const mailsWhere = (filter: string) => `
  SELECT ${COLUMNS} FROM outbox w WHERE ${filter} AND ${IS_MAIL} AND w.rowid < :before ORDER BY w.rowid DESC LIMIT :limit`;
const listing = (mails: string) =>
  statement(`
    SELECT m.*, p.name AS app_name, json_extract(m.payload, '$.template') AS template, json_extract(m.payload, '$.to') AS recipient
    FROM (${mails}) m CROSS JOIN app p ON p.id = m.app ORDER BY m.seq DESC LIMIT :limit`);
const failedOf = (filter: string) =>
  FAILED_OUTCOMES.map((outcome) => `SELECT * FROM (${mailsWhere(`${filter} w.outcome = '${outcome}'`)})`).join(
    " UNION ALL ",
  );

/** Each is a walk along an index of its own, which the limit ends. */
function listingOf(filter: string, everything: string) {
  const lists = {
    everything: listing(mailsWhere(everything)),
    waiting: listing(mailsWhere(`${filter} w.outcome IS NULL`)),
    failed: listing(failedOf(filter)),
    one: listing(mailsWhere(`${filter} w.outcome = :outcome`)),
  };
  return (which: MailFilter | null) => {
    if (which === null) return lists.everything;
    return which === "waiting" || which === "failed" ? lists[which] : lists.one;
  };
}

const OF_ALL = listingOf("", "true");
const OF_APP = listingOf("w.app = :app AND", "w.app = :app");

const counting = (filter: string) =>
  statement(
    ["waiting", ...MAIL_OUTCOMES]
      .map((kind) => {
        const state = kind === "waiting" ? "w.outcome IS NULL" : `w.outcome = '${kind}'`;
        return `
          SELECT '${kind}' AS kind, (SELECT count(*) FROM (
            SELECT 1 FROM outbox w WHERE ${filter} ${state} LIMIT :most)) AS found`;
      })
      .join(" UNION ALL "),
  );
const COUNT_ALL = counting("");
const COUNT_OF_APP = counting("w.app = :app AND");

const HURRY = statement(`
  UPDATE outbox SET next_at = :now
  WHERE app = :app AND id = :id AND kind = 'mail' AND done_at IS NULL AND lease IS NULL AND next_at > :now`);
const FIND = statement(
  "SELECT w.next_at, w.done_at FROM outbox w WHERE w.app = :app AND w.id = :id AND w.kind = 'mail'",
);

function toLine(row: Row): MailLine {
  const { template } = row;
  return {
    seq: integerOf(row, "seq"),
    appId: textOf(row, "app"),
    appName: textOf(row, "app_name"),
    id: textOf(row, "id"),
    template: isMailTemplate(template) ? template : null,
    to: textOrNull(row, "recipient"),
    attempt: integerOf(row, "attempt"),
    createdAt: integerOf(row, "created_at"),
    nextAt: integerOf(row, "next_at"),
    doneAt: integerOrNull(row, "done_at"),
    outcome: row["outcome"] === null ? null : oneOf(row, "outcome", MAIL_OUTCOMES),
  };
}
