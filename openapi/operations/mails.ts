import { MailsSchema } from "../../worker/wire/mails.ts";
import { key } from "../access.ts";
import { MailsOfApp } from "../answers/mails.ts";
import { answer, described, type Operation } from "../operation.ts";

const tag = "Mails";

export const mailOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/app/mails",
    tag,
    summary: "Read which mails are sent",
    access: key("manage"),
    answers: { 200: answer("Each mail and whether it is sent.", MailsOfApp) },
  },
  {
    route: "PUT /api/v1/app/mails",
    tag,
    summary: "Switch mails on or off",
    description: "What is left out stays.",
    access: key("manage"),
    body: [described(MailsSchema, { mails: "Mails by their names, and whether each is sent." })],
    answers: { 200: answer("Each mail as it is now.", MailsOfApp) },
  },
];
