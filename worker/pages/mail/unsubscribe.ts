import { Hono } from "hono";
import { html } from "hono/html";
import type { Deps } from "../../deps.ts";
import { readUnsubscribe, unsubscribe, UNSUBSCRIBE_PATH } from "../../services/mail/unsubscribe.ts";
import { UNSUBSCRIBE_TEXT } from "../../texts/mail.ts";
import { HEADERS, page } from "../stripe/page.ts";

const PAGE_HEADERS = {
  ...HEADERS,
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
} as const;

/**
 * Where a mail's link to unsubscribe leads. GET only asks, because programs that look into mails follow links; POST does it, also for
 * a mailbox's own button (RFC 8058), which has no cookie and comes from anywhere: what it may do is in the link's signature.
 */
export function unsubscribePages(deps: Deps) {
  const routes = new Hono();
  const { title, ask, button, done, invalid, mails } = UNSUBSCRIBE_TEXT;

  routes.get(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    if (subscription === null) return c.html(page(title, invalid), 404, PAGE_HEADERS);
    // To its own address: the query has the signature.
    const form = html`<form method="post"><button>${button}</button></form>`;
    return c.html(page(title, ask(mails[subscription.template]), form), 200, PAGE_HEADERS);
  });

  routes.post(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    if (subscription === null) return c.html(page(title, invalid), 404, PAGE_HEADERS);
    await unsubscribe(deps, subscription);
    return c.html(page(title, done(mails[subscription.template])), 200, PAGE_HEADERS);
  });

  return routes;
}
