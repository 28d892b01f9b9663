import { checkedMail } from "../../worker/gateways/mail/checked-mail.ts";
import { type Mail, MailError, type MailGateway } from "../../worker/gateways/mail/mail.ts";

/** What becomes of a world's mails: kept to be read, refused by a gateway that is out of order or by its nature; or there is no way out. */
export type MailFate = "recorded" | "unavailable" | "refused" | "none";

/** A gateway that sends nothing, and hands every mail to `record`: behind the check that every way out has. */
export function recordedMail(fate: MailFate, record: (mail: Mail) => void): MailGateway | null {
  if (fate === "none") return null;
  return checkedMail("AgentLinks <links@example.test>", async (mail) => {
    if (fate !== "recorded") throw new MailError(fate, "a test wants it so");
    record(mail);
  });
}
