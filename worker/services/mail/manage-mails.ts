import type { Deps } from "../../deps.ts";
import { SWITCHABLE_MAILS, type SwitchableMail } from "../../domain/mail-template.ts";
import { insertAuditOfChange } from "../../store/audit-log.ts";
import { type MailSwitches, readSwitches, writeSwitch } from "../../store/mail-store.ts";

export type { MailSwitches };

/** Which mails are to be sent, and which no more; the others stay as they are. */
export type MailSwitchChange = Readonly<Partial<Record<SwitchableMail, boolean>>>;

/** Which mails an app sends: all that nobody switched off. */
export async function readMails(deps: Deps, appId: string): Promise<MailSwitches> {
  return readSwitches(deps.db, appId);
}

/** Switches mails of an app on or off, and answers all of them. It counts for what still waits, too. A repeat changes nothing. */
export async function changeMails(
  deps: Deps,
  appId: string,
  { actor, change }: { actor: string; change: MailSwitchChange },
): Promise<MailSwitches> {
  const before = await readSwitches(deps.db, appId);
  const changed = SWITCHABLE_MAILS.flatMap((template) => {
    const enabled = change[template];
    return enabled === undefined || enabled === before[template] ? [] : [{ template, enabled }];
  });
  if (changed.length === 0) return before;
  await deps.db.batch([
    ...changed.map((one) => writeSwitch(appId, one)),
    insertAuditOfChange(appId, {
      id: deps.newId("aud"),
      actor,
      action: "mails.changed",
      object: appId,
      before: Object.fromEntries(changed.map(({ template }) => [template, before[template]])),
      after: Object.fromEntries(changed.map(({ template, enabled }) => [template, enabled])),
      now: deps.now(),
    }),
  ]);
  return readSwitches(deps.db, appId);
}
