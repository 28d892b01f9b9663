import type { Backlog, JobRuns } from "../domain/health.ts";
import { JOB_NAMES } from "../domain/job-names.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOrNull } from "./statement.ts";

/** What the database knows of how the installation stands. */
export interface StoredHealth {
  /** When it was last written to try whether it can be. */
  readonly probedAt: number | null;
  readonly jobs: JobRuns;
  readonly mail: Backlog;
  readonly payouts: Backlog;
  readonly payments: Backlog;
  readonly newestEventAt: number | null;
  readonly eventLagMs: number | null;
}

/** What is counted of anything that waits. */
const MOST_WAITING = 1_000;
/** Events that the lag is taken of: the newest. */
const NEWEST_EVENTS = 50;

/** Notes when jobs did their work, and when they could not: the others' notes stay. */
export function noteJobs(runs: JobRuns): Statement {
  return NOTE_JOBS({ runs: JSON.stringify(runs) });
}

export async function readStoredHealth(db: Db, now: number): Promise<StoredHealth> {
  const [row = {}] = await db.query(READ({ now, most: MOST_WAITING, newest: NEWEST_EVENTS }));
  const probe = textOrNull(row, "probe");
  return {
    probedAt: probe === null ? null : Number(probe),
    jobs: toRuns(textOrNull(row, "jobs")),
    mail: toBacklog(row, "mail"),
    payouts: toBacklog(row, "payouts"),
    payments: toBacklog(row, "payments"),
    newestEventAt: integerOrNull(row, "newest_event"),
    eventLagMs: integerOrNull(row, "event_lag"),
  };
}

const NOTE_JOBS = statement(`
  INSERT INTO setting (key, value) VALUES ('jobs', :runs) ON CONFLICT DO UPDATE SET value = json_patch(value, excluded.value)`);

/** What is due of a table: how many up to a maximum, and since when. */
const backlog = (name: string, { from, due }: { from: string; due: string }) => `
  (SELECT count(*) FROM (SELECT 1 FROM ${from} AND ${due} <= :now LIMIT :most)) AS ${name}_waiting,
  (SELECT min(${due}) FROM ${from} AND ${due} <= :now) AS ${name}_since`;

const READ = statement(`
  SELECT (SELECT s.value FROM setting s WHERE s.key = 'ready_probe') AS probe,
    (SELECT s.value FROM setting s WHERE s.key = 'jobs') AS jobs,
    ${backlog("mail", { from: "outbox w INDEXED BY outbox_waiting WHERE w.done_at IS NULL", due: "w.next_at" })},
    ${backlog("payouts", { from: "payout w INDEXED BY payout_to_send WHERE w.next_at IS NOT NULL", due: "w.next_at" })},
    ${backlog("payments", { from: "stripe_payment w INDEXED BY stripe_payment_due WHERE w.look_at IS NOT NULL", due: "w.look_at" })},
    (SELECT max(e.received_at) FROM stripe_event e) AS newest_event,
    (SELECT max(n.lag) FROM (
      SELECT e.received_at - e.created_at AS lag FROM stripe_event e ORDER BY e.received_at DESC LIMIT :newest) n) AS event_lag`);

function toBacklog(row: Row, name: string): Backlog {
  return { waiting: integerOf(row, `${name}_waiting`), dueSince: integerOrNull(row, `${name}_since`) };
}

/** As `noteJobs` wrote it. */
function toRuns(json: string | null): JobRuns {
  const runs: Readonly<Record<string, JobRuns[keyof JobRuns]>> = json === null ? {} : JSON.parse(json);
  return Object.fromEntries(JOB_NAMES.flatMap((name) => (runs[name] === undefined ? [] : [[name, runs[name]]])));
}
