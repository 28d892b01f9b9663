import type { Deps } from "../../deps.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { askTagChoice, readTagChoice, type TagChoice, writeTagChoice } from "../../store/tag-store.ts";

/** What to change of it; null stays. */
export interface TagChange {
  readonly cookieDays: number | null;
  readonly attribution: TagChoice["attribution"] | null;
}

/** Changes what the script tag is offered with, and answers it. A tag that is on a page already says what it says there. */
export async function changeTagChoice(
  deps: Deps,
  appId: string,
  { actor, change }: { actor: string; change: TagChange },
): Promise<TagChoice> {
  const now = deps.now();
  const entry = { id: deps.newId("aud"), actor, action: "tag.changed", object: appId, after: change, now };
  return readTagChoice(
    await deps.db.batch([
      writeTagChoice(appId, { ...change, now }),
      insertAuditOfChange(appId, entry),
      askTagChoice(appId),
    ]),
  );
}
