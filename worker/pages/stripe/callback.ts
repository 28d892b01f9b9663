import { Hono } from "hono";
import { html } from "hono/html";
import type { Deps } from "../../deps.ts";
import type { FailureCode } from "../../domain/result.ts";
import { countCall } from "../../services/limits/count-call.ts";
import { finishOauth } from "../../services/stripe/finish-oauth.ts";
import { CALLBACK_PATH } from "../../services/stripe/start-oauth.ts";
import { STATUS_OF } from "../../wire/errors.ts";

const HEADERS = {
  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
  "Cache-Control": "no-store",
  // The address holds Stripe's code.
  "Referrer-Policy": "no-referrer",
} as const;

/** Where Stripe sends an owner back to: connects the account, and says in one sentence what came of it. */
export function stripePages(deps: Deps) {
  const routes = new Hono<{ Variables: { address: string; failure: FailureCode } }>();

  routes.get(CALLBACK_PATH, async (c) => {
    const finished = await finish(c.get("address"), c.req.query());
    if (finished.ok) {
      const sentence = `The account ${finished.value.account} is connected. You may close this page.`;
      return c.html(page("Stripe is connected", sentence), 200, HEADERS);
    }
    const { code, message, retryAfterS } = finished.failure;
    c.set("failure", code);
    if (retryAfterS !== undefined) c.header("Retry-After", String(retryAfterS));
    return c.html(page("Stripe is not connected", message), STATUS_OF[code], HEADERS);
  });

  return routes;

  async function finish(address: string, { state, code, error }: Readonly<Record<string, string>>) {
    // Anybody may call this, and each call with a state in good form is a write.
    const counted = await countCall(deps, "validate", { address });
    if (!counted.ok) return counted;
    const isAgreed = error === undefined && code !== undefined && code !== "";
    return finishOauth(deps, { state: state ?? null, code: isAgreed ? code : null });
  }
}

/** A page that loads nothing. */
function page(title: string, sentence: string) {
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
        </main>
      </body>
    </html>`;
}
