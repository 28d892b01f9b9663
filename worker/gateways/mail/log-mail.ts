import type { Mail, MailGateway } from "./mail.ts";

/** As many as one sitting in front of the dev server looks at. */
const MAX_KEPT = 100;

/** For dev: keeps the last mails to be read at `/dev/outbox`, newest first, and sends none. */
export interface LogMail extends MailGateway {
  readonly sent: () => readonly (Mail & { readonly at: number })[];
}

export function openLogMail(now: () => number): LogMail {
  const kept: (Mail & { readonly at: number })[] = [];
  return {
    async send(mail) {
      kept.unshift({ ...mail, at: now() });
      kept.splice(MAX_KEPT);
    },
    sent: () => kept,
  };
}
