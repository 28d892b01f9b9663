import type { Deps } from "../../deps.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { askTerms, insertTerms, type ProgramTerms, readTerms } from "../../store/terms-store.ts";

/**
 * Gives an app's own terms one more version and answers it; the text in force changes nothing, an empty one takes them away.
 * Who accepted an earlier version goes on under that one.
 */
export async function changeTerms(
  deps: Deps,
  appId: string,
  { actor, text }: { actor: string; text: string },
): Promise<ProgramTerms> {
  const now = deps.now();
  const after = { characters: text.length };
  return readTerms(
    await deps.db.batch([
      insertTerms(appId, { text, actor, now }),
      insertAuditOfChange(appId, { id: deps.newId("aud"), actor, action: "terms.changed", object: appId, after, now }),
      askTerms(appId),
    ]),
  );
}
