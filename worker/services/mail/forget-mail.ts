import type { Deps } from "../../deps.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import { MAX_MAIL_AGE_MS } from "../../domain/mail-timing.ts";
import type { Statement } from "../../store/db.ts";
import { expireMail, forgetMail as forget } from "../../store/outbox-store.ts";

/** Days that the row of a mail is kept after it ended, without its address: long enough to see why one did not arrive. */
export const MAIL_DAYS = 90;
/** So many at once, so that no other writer waits. */
const PAGE = 500;
const MAX_PAGES = 20;

/**
 * Ends mails that have waited for more than 7 days, also where there is no way out: whom they were for is not kept. Forgets those that
 * ended more than 90 days ago. Throws DbError.
 */
export async function forgetMail(deps: Deps): Promise<void> {
  const now = deps.now();
  await page(deps, expireMail({ before: now - MAX_MAIL_AGE_MS, now, limit: PAGE }));
  await page(deps, forget({ before: now - MAIL_DAYS * DAY_MS, limit: PAGE }));
}

async function page({ db }: Deps, statement: Statement): Promise<void> {
  for (let done = 0; done < MAX_PAGES; done++) {
    const [rows = []] = await db.batch([statement]);
    if (rows.length < PAGE) return;
  }
}
