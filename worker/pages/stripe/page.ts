import { html } from "hono/html";

export const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
  "Cache-Control": "no-store",
  // The address may hold Stripe's code.
  "Referrer-Policy": "no-referrer",
} as const;

/** One sentence to read, as on the way back from Stripe, with perhaps a form under it: a page that loads nothing. */
export function page(title: string, sentence: string, form: ReturnType<typeof html> | "" = "") {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – AgentLinks</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              1.125rem/1.5 system-ui,
              sans-serif;
          }
          button {
            font: inherit;
            padding: 0.5rem 1rem;
          }
          main {
            max-width: 36rem;
            margin: 15vh auto 0;
            padding: 0 1.5rem;
            overflow-wrap: anywhere;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${sentence}</p>
          ${form}
        </main>
      </body>
    </html>`;
}
