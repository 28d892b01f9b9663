import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { OUTBOX_TEXT } from "../../texts/outbox.ts";
import { isFromThisMachine } from "../../wire/dev.ts";
import { iso } from "../../wire/time.ts";

/** A mail that dev keeps in place of sending it. */
export interface OutboxMail {
  readonly number: number;
  readonly at: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const LIST_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
/** A mail is somebody else's words: it loads nothing, runs nothing and has an origin of its own. */
const MAIL_POLICY = `sandbox; ${LIST_POLICY}; form-action 'none'`;

/** `/dev/outbox`: the mails that dev would have sent, newest first, to read or, as JSON, for tests. Only on this machine. */
export function outboxPages(sent: () => readonly OutboxMail[]) {
  const routes = new Hono();

  routes.get("/dev/outbox", (c) => {
    if (!isFromThisMachine(c.req.raw)) return c.notFound();
    if (/\bapplication\/json\b/.test(c.req.header("Accept") ?? "")) {
      const mails = sent().map((mail) => ({
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        at: iso(mail.at),
      }));
      return c.json({ mails }, 200, { "Cache-Control": "no-store" });
    }
    return c.html(listPage(sent()), 200, headersOf(LIST_POLICY));
  });

  routes.get("/dev/outbox/:number", (c) => {
    if (!isFromThisMachine(c.req.raw)) return c.notFound();
    return mailPage(c, sent().find(({ number }) => String(number) === c.req.param("number")) ?? null);
  });

  return routes;
}

function mailPage(c: Context, mail: OutboxMail | null) {
  return mail === null ? c.notFound() : c.html(mail.html, 200, headersOf(MAIL_POLICY));
}

function headersOf(policy: string) {
  return { "Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" };
}

function listPage(mails: readonly OutboxMail[]) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${OUTBOX_TEXT.title}</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              1rem/1.5 system-ui,
              sans-serif;
          }
          main {
            max-width: 44rem;
            margin: 2rem auto;
            padding: 0 1.5rem;
            overflow-wrap: anywhere;
          }
          article {
            border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent);
            padding: 1rem 0;
          }
          h2 {
            font-size: 1.1rem;
            margin: 0;
          }
          pre {
            white-space: pre-wrap;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${OUTBOX_TEXT.title}</h1>
          <p>${mails.length === 0 ? OUTBOX_TEXT.empty : OUTBOX_TEXT.about}</p>
          ${mails.map(
            ({ number, at, to, subject, text }) =>
              html`<article>
                <h2><a href="/dev/outbox/${number}">${subject}</a></h2>
                <p>${OUTBOX_TEXT.to} ${to}, <time datetime="${iso(at)}">${iso(at)}</time></p>
                <pre>${text}</pre>
              </article>`,
          )}
        </main>
      </body>
    </html>`;
}
