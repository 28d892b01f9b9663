import { type OptionalMail, SWITCHABLE_MAILS, type SwitchableMail } from "../domain/mail-template.ts";
import type { Db, Statement } from "./db.ts";
import { integerOf, oneOf, statement, textOf } from "./statement.ts";

/** Of these addresses, as keyed hashes, the ones that nothing is sent to. */
export async function findSuppressed(db: Db, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await db.query(FIND_SUPPRESSED({ hashes: JSON.stringify(hashes) }));
  return new Set(rows.map((row) => textOf(row, "address")));
}

/** Nothing is sent to an address any more, by its keyed hash. */
export function suppressAddress(hash: string, { reason, now }: { reason: "dead_address" | "by_hand"; now: number }) {
  return SUPPRESS({ address: hash, reason, now });
}

/** Which mails an app sends. */
export type MailSwitches = Readonly<Record<SwitchableMail, boolean>>;

export async function readSwitches(db: Db, appId: string): Promise<MailSwitches> {
  const rows = await db.query(READ_SWITCHES({ app: appId }));
  const told = new Map(rows.map((row) => [oneOf(row, "template", SWITCHABLE_MAILS), integerOf(row, "enabled") === 1]));
  return {
    welcome: told.get("welcome") ?? true,
    application_received: told.get("application_received") ?? true,
    application_decided: told.get("application_decided") ?? true,
    first_commission: told.get("first_commission") ?? true,
    weekly_digest: told.get("weekly_digest") ?? true,
    payout_sent: told.get("payout_sent") ?? true,
    status_changed: told.get("status_changed") ?? true,
    application: told.get("application") ?? true,
    payout_due: told.get("payout_due") ?? true,
    no_events_7d: told.get("no_events_7d") ?? true,
  };
}

export function writeSwitch(
  appId: string,
  { template, enabled }: { template: SwitchableMail; enabled: boolean },
): Statement {
  return WRITE_SWITCH({ app: appId, template, enabled: enabled ? 1 : 0 });
}

/** An affiliate wants a mail no more. Nothing, where the app has no such affiliate. */
export function insertOptOut(
  appId: string,
  { affiliateId, template, now }: { affiliateId: string; template: OptionalMail; now: number },
): Statement {
  return OPT_OUT({ app: appId, affiliate: affiliateId, template, now });
}

const FIND_SUPPRESSED = statement(
  "SELECT s.address FROM json_each(:hashes) h CROSS JOIN mail_suppression s ON s.address = h.value",
);
const SUPPRESS = statement(`
  INSERT INTO mail_suppression (address, reason, created_at) VALUES (:address, :reason, :now) ON CONFLICT DO NOTHING`);
const READ_SWITCHES = statement("SELECT template, enabled FROM mail_switch WHERE app = :app");
const WRITE_SWITCH = statement(`
  INSERT INTO mail_switch (app, template, enabled) VALUES (:app, :template, :enabled)
  ON CONFLICT DO UPDATE SET enabled = excluded.enabled`);
const OPT_OUT = statement(`
  INSERT INTO mail_optout (app, affiliate, template, created_at)
  SELECT o.app, o.id, :template, :now FROM affiliate o WHERE o.app = :app AND o.id = :affiliate
  ON CONFLICT DO NOTHING`);
