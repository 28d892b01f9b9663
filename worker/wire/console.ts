import * as v from "valibot";
import { MAIL_OUTCOMES } from "../domain/mail-template.ts";
import { ok } from "../domain/result.ts";
import { check, optional, text } from "./fields.ts";

const WHICH = ["waiting", "failed", ...MAIL_OUTCOMES] as const;

const AppSchema = v.object({ app: optional(text) });
const MailsSchema = v.object({
  app: optional(text),
  which: optional(v.picklist(WHICH, "must be waiting, failed, or an outcome")),
});
const EventSchema = v.object({ app: text, event: text });

/** Of which app a list over all of them is to be. Fails with `invalid_request`. */
export function parseAppFilter(query: unknown) {
  const parsed = check(AppSchema, query);
  return parsed.ok ? ok({ appId: parsed.value.app }) : parsed;
}

/** The same, and which mails. Fails with `invalid_request`. */
export function parseMailFilter(query: unknown) {
  const parsed = check(MailsSchema, query);
  return parsed.ok ? ok({ appId: parsed.value.app, which: parsed.value.which }) : parsed;
}

/** Which event of which app. Fails with `invalid_request`. */
export function parseEventName(body: unknown) {
  const parsed = check(EventSchema, body);
  return parsed.ok ? ok({ appId: parsed.value.app, eventId: parsed.value.event }) : parsed;
}
