import type { Discrepancy } from "./check-books.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** A check of the books, as far as it has come. */
export interface BookCheck {
  readonly id: string;
  /** Null: of all apps. */
  readonly appId: string | null;
  readonly actor: string;
  /** The address of the one who is signed in as that; null where there is none by now. */
  readonly actorEmail: string | null;
  /** How many comparisons it is made of, and how many are made. */
  readonly checks: number;
  readonly done: number;
  readonly found: readonly Discrepancy[];
  readonly startedAt: number;
  /** Null: it is not at its end. */
  readonly endedAt: number | null;
}

export function insertCheck(check: Pick<BookCheck, "id" | "appId" | "actor" | "checks" | "startedAt">): Statement {
  const { id, appId: app, actor, checks, startedAt: now } = check;
  return INSERT({ id, app, actor, checks, now });
}

/** Notes what the comparison number `done` found. Whoever is late with the same one changes nothing. */
export function noteStep(
  id: string,
  { done, found, now }: { done: number; found: readonly Discrepancy[]; now: number },
): Statement {
  return NOTE({ id, done, found: JSON.stringify(found), now });
}

export async function findCheck(db: Db, id: string): Promise<BookCheck | null> {
  const [row] = await db.query(FIND({ id }));
  return row === undefined ? null : toCheck(row);
}

/** The newest checks, of all apps and of one. */
export async function listChecks(db: Db, limit: number): Promise<readonly BookCheck[]> {
  return (await db.query(LIST({ limit }))).map(toCheck);
}

// Without such an app there is none to check.
const INSERT = statement(`
  INSERT INTO book_check (id, of_app, actor, checks, started_at)
  SELECT :id, :app, :actor, :checks, :now WHERE :app IS NULL OR EXISTS (SELECT 1 FROM app WHERE id = :app)
  ON CONFLICT DO NOTHING`);

const NOTE = statement(`
  UPDATE book_check SET done = done + 1, found = :found, ended_at = iif(done + 1 = checks, :now, NULL)
  WHERE id = :id AND done = :done AND done < checks`);

/** An operator's line in the audit log is `operator:` and the id of their account. */
const COLUMNS = `b.*, (SELECT u.email FROM users u
  WHERE u.id = substr(b.actor, length('operator:') + 1) AND b.actor = 'operator:' || u.id) AS actor_email`;

const FIND = statement(`SELECT ${COLUMNS} FROM book_check b WHERE b.id = :id`);
const LIST = statement(`SELECT ${COLUMNS} FROM book_check b ORDER BY b.started_at DESC, b.id DESC LIMIT :limit`);

function toCheck(row: Row): BookCheck {
  return {
    id: textOf(row, "id"),
    appId: textOrNull(row, "of_app"),
    actor: textOf(row, "actor"),
    actorEmail: textOrNull(row, "actor_email"),
    checks: integerOf(row, "checks"),
    done: integerOf(row, "done"),
    found: discrepanciesOf(textOf(row, "found")),
    startedAt: integerOf(row, "started_at"),
    endedAt: integerOrNull(row, "ended_at"),
  };
}

/** Only `noteStep` writes the column, and that as what it reads here. */
function discrepanciesOf(json: string): readonly Discrepancy[] {
  return JSON.parse(json) as Discrepancy[];
}
