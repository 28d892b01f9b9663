import { checkedMail } from "./checked-mail.ts";
import type { Mail, MailGateway } from "./mail.ts";

/** As many as one sitting in front of the dev server looks at. */
const MAX_KEPT = 100;

export interface KeptMail extends Mail {
  /** Counts from 1. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** For dev: keeps the last mails to be read at `/dev/outbox`, newest first, and sends none. */
export interface LogMail extends MailGateway {
  readonly sent: () => readonly KeptMail[];
}

export function openLogMail({ from, now }: { readonly from: string; readonly now: () => number }): LogMail {
  const kept: KeptMail[] = [];
  let count = 0;
  const gateway = checkedMail(from, async (mail) => {
    count += 1;
    kept.unshift({ ...mail, number: count, at: now() });
    kept.splice(MAX_KEPT);
  });
  return { ...gateway, sent: () => [...kept] };
}

/** For dev where nothing is kept between requests: prints each mail, and sends none. */
export function openPrintedMail(print: (text: string) => void): MailGateway {
  return {
    async send({ to, subject, text }) {
      print(`A mail to ${to}: ${subject}\n\n${text}`);
    },
  };
}
