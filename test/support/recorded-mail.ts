import { type Mail, MailError, type MailGateway } from "../../worker/gateways/mail/mail.ts";

/** What becomes of a world's mails: kept to be read, refused by a gateway that is out of order or by its nature; or there is no way out. */
export type MailFate = "recorded" | "unavailable" | "refused" | "none";

/** A gateway that sends nothing, and hands every mail to `record`. */
export function recordedMail(fate: MailFate, record: (mail: Mail) => void): MailGateway | null {
  if (fate === "none") return null;
  return {
    async send(mail) {
      if (fate !== "recorded") throw new MailError(fate, "a test wants it so");
      record(mail);
    },
  };
}
