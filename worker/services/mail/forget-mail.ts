import type { Deps } from "../../deps.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import { forgetMail as forget } from "../../store/outbox-store.ts";

/** Days that the row of a mail is kept after it ended, without its address: long enough to see why one did not arrive. */
export const MAIL_DAYS = 90;
/** So many at once, so that no other writer waits. */
const PAGE = 500;
const MAX_PAGES = 20;

/** Forgets mails that ended more than 90 days ago. Throws DbError. */
export async function forgetMail(deps: Deps): Promise<void> {
  const before = deps.now() - MAIL_DAYS * DAY_MS;
  for (let page = 0; page < MAX_PAGES; page++) {
    const [forgotten = []] = await deps.db.batch([forget({ before, limit: PAGE })]);
    if (forgotten.length < PAGE) return;
  }
}
