import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { onTestFinished } from "vitest";
import type { EmailBinding } from "../../../worker/gateways/mail/cloudflare-mail.ts";
import { openCloudflareMail } from "../../../worker/gateways/mail/cloudflare-mail.ts";
import { openLogMail } from "../../../worker/gateways/mail/log-mail.ts";
import { type Mail, MailError, type MailGateway } from "../../../worker/gateways/mail/mail.ts";
import { openResendMail } from "../../../worker/gateways/mail/resend-mail.ts";
import { openSmtpMail } from "../../../worker/gateways/mail/smtp-mail.ts";

export const FROM = "Links of the Shop <links@example.test>";

export const MAIL: Mail = {
  to: "mara@example.test",
  subject: "Your link is ready – grüße",
  text: "Hello Mara,\n\nhere it is: https://shop.example.test/?ref=mara\n",
  html: "<!doctype html><p>Hello <b>Mara</b>, grüße</p>",
  id: "app_1.mail_1",
  headers: { "List-Unsubscribe": "<https://links.example.test/mail/unsubscribe?x=1>" },
};

/** A way out to something on this machine, and what arrived there. */
export interface WayOut {
  readonly gateway: MailGateway;
  readonly arrived: () => number;
}

/** An SMTP server that takes every mail, or says `refusal` to the recipient. */
export async function startSmtp(
  refusal: { readonly code: number; readonly message: string } | null = null,
): Promise<{ readonly url: string; readonly mails: { readonly to: string[]; readonly raw: string }[] }> {
  const mails: { to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo(_, __, done) {
      if (refusal === null) return done();
      return done(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      let raw = "";
      stream.on("data", (chunk: Buffer) => (raw += chunk.toString()));
      stream.once("end", () => {
        mails.push({ to, raw });
        done();
      });
    },
    onAuth: (_, __, done) => done(new Error("Invalid username or password")),
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => new Promise<void>((closed) => server.close(closed)));
  return { url: `smtp://127.0.0.1:${portOf(server.server.address())}`, mails };
}

/** An SMTP server that takes all, but answers these commands, or the connection itself (`220 …`), with what it is told to. */
export async function startScripted(command: string, answer: string): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.write(`${command.startsWith("220") ? answer : "220 hello"}\r\n`);
    socket.on("data", (chunk) => {
      const line = chunk.toString().toUpperCase();
      const isTold = command.split(" ").some((one) => line.startsWith(one));
      socket.write(`${isTold ? answer : line.startsWith("DATA") ? "354 go on" : "250 ok"}\r\n`);
    });
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return `smtp://127.0.0.1:${portOf(server.address())}`;
}

/** What a request to the double of Resend said. */
export interface Posted {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A double of Resend that answers each call with the same. */
export async function startResend(
  status = 200,
  answer: object = { id: "49a3999c" },
): Promise<{ readonly base: string; readonly posted: Posted[] }> {
  const posted: Posted[] = [];
  const answered = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    posted.push({ method, url, headers, body: JSON.parse(await text(request)) });
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  };
  const server = createServer((request, response) => void answered(request, response));
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => new Promise<void>((closed) => void server.close(() => closed())));
  return { base: `http://127.0.0.1:${portOf(server.address())}`, posted };
}

export type BoundMail = Parameters<EmailBinding["send"]>[0];

/** Cloudflare's binding: keeps what it is given, or throws. */
export function fakeBinding(thrown: unknown = null): { readonly binding: EmailBinding; readonly given: BoundMail[] } {
  const given: BoundMail[] = [];
  return {
    given,
    binding: {
      async send(message) {
        if (thrown !== null) throw thrown;
        given.push(message);
        return { messageId: "x" };
      },
    },
  };
}

export const WAYS_OUT: Readonly<Record<string, (from: string) => Promise<WayOut>>> = {
  async smtp(from) {
    const { url, mails } = await startSmtp();
    return { gateway: openSmtpMail({ url, from }), arrived: () => mails.length };
  },
  async resend(from) {
    const { base, posted } = await startResend();
    return { gateway: openResendMail({ key: "re_test_key", from, base }), arrived: () => posted.length };
  },
  async cloudflare(from) {
    const { binding, given } = fakeBinding();
    return { gateway: openCloudflareMail({ binding, from }), arrived: () => given.length };
  },
  async log(from) {
    const gateway = openLogMail({ from, now: () => 0 });
    return { gateway, arrived: () => gateway.sent().length };
  },
};

/** The error that sending ends with; null when the mail went out. */
export async function errorOf(sending: Promise<void>): Promise<MailError | null> {
  try {
    await sending;
    return null;
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return error;
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
