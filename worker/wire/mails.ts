import * as v from "valibot";
import { SWITCHABLE_MAILS } from "../domain/mail-template.ts";
import { ok, type Result } from "../domain/result.ts";
import type { MailSwitchChange } from "../services/mail/manage-mails.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./fields.ts";

export const mailSwitches = v.custom<MailSwitchChange>(
  isChange,
  `must name only ${SWITCHABLE_MAILS.join(", ")}, each true or false`,
);
export const MailsSchema = v.object({ mails: mailSwitches });

/** `{mails:{welcome:false}}`. A name that is no mail is refused: one that is spelled wrong would seem to be switched off. */
export function parseMailChange(body: JsonObject): Result<MailSwitchChange> {
  const parsed = check(MailsSchema, body);
  return parsed.ok ? ok(parsed.value.mails) : parsed;
}

function isChange(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, enabled]) => SWITCHABLE_MAILS.some((known) => known === name) && typeof enabled === "boolean",
  );
}
