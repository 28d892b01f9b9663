import type { Deps } from "../../deps.ts";
import { maskEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { MailOutcome } from "../../domain/mail-template.ts";
import {
  countMails,
  FAILED_OUTCOMES,
  hurryMail,
  listMails,
  type MailFilter,
  type MailLine,
  readHurried,
} from "../../store/console-mail-store.ts";
import type { Cursor } from "../../store/cursor.ts";

export type { MailFilter, MailLine };

/** What is counted of each kind of mail. */
export const MOST_MAILS = 1_000;

export interface MailCounts {
  readonly waiting: number;
  readonly sent: number;
  readonly failed: number;
}

/**
 * The mails of all apps, or of one, newest first, at most `limit` after a cursor: for operators. Whom one is for is masked; of
 * what has ended it is gone.
 */
export async function readMailLines(
  deps: Deps,
  page: { appId: string | null; which: MailFilter | null; after: Cursor | null; limit: number },
): Promise<readonly MailLine[]> {
  const { after, ...rest } = page;
  const before = after === null ? Number.MAX_SAFE_INTEGER : Number(after.id);
  const lines = await listMails(deps.db, { ...rest, before });
  return lines.map((line) => ({ ...line, to: line.to === null ? null : maskEmail(line.to) }));
}

/** How many mails wait, were sent and failed, each kind of them counted up to `MOST_MAILS`. */
export async function readMailCounts(deps: Deps, appId: string | null): Promise<MailCounts> {
  const counts = await countMails(deps.db, { appId, most: MOST_MAILS });
  const of = (kind: "waiting" | MailOutcome) => counts.get(kind) ?? 0;
  return {
    waiting: of("waiting"),
    sent: of("sent"),
    failed: FAILED_OUTCOMES.reduce((sum, outcome) => sum + of(outcome), 0),
  };
}

/**
 * Has a mail that waits tried at once, which the next run of the job does. Nothing of it changes but when it is due, and one that
 * somebody has in hand is left alone, so none is sent twice. Fails with `not_found`, and with `conflict` for one that has ended.
 */
export async function tryMailNow(
  deps: Deps,
  appId: string,
  { actor, mailId }: { actor: string; mailId: string },
): Promise<Result<null>> {
  const audit = { id: deps.newId("aud"), actor, action: "mail.hurried", object: mailId, now: deps.now() };
  const mail = readHurried(await deps.db.batch(hurryMail(appId, { id: mailId, audit })));
  if (mail === null) return fail("not_found", "No such mail.");
  return mail.doneAt === null ? ok(null) : fail("conflict", "This mail has ended: whom it was for is forgotten.");
}
