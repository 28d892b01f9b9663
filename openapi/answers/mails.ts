import * as v from "valibot";
import { SWITCHABLE_MAILS } from "../../worker/domain/mail-template.ts";

export const MailsOfApp = v.strictObject({ mails: v.strictObject(v.entriesFromList(SWITCHABLE_MAILS, v.boolean())) });
