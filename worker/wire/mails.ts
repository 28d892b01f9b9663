import * as v from "valibot";
import { SWITCHABLE_MAILS } from "../domain/mail-template.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { MailSwitchChange } from "../services/mail/manage-mails.ts";
import type { JsonObject } from "./body.ts";
import { check } from "./fields.ts";

const MailsSchema = v.object({
  mails: v.record(v.string(), v.boolean("must be true or false"), "must be an object of mails, each true or false"),
});

/** `{mails:{welcome:false}}`. A name that is no mail is refused: one that is spelled wrong would seem to be switched off. */
export function parseMailChange(body: JsonObject): Result<MailSwitchChange> {
  const parsed = check(MailsSchema, body);
  if (!parsed.ok) return parsed;
  const { mails } = parsed.value;
  const unknown = Object.keys(mails).find((name) => !SWITCHABLE_MAILS.some((known) => known === name));
  if (unknown !== undefined) {
    const message = `must name only ${SWITCHABLE_MAILS.join(", ")}`;
    return fail("invalid_request", "The request is not valid.", [{ path: "mails", message }]);
  }
  return ok(mails);
}
