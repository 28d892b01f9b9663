import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { readUnsubscribe, unsubscribe, UNSUBSCRIBE_PATH } from "../../services/mail/unsubscribe.ts";
import { UNSUBSCRIBE_TEXT } from "../../texts/mail.ts";
import { Button } from "../components/form.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";

/**
 * Where a mail's link to unsubscribe leads. GET only asks, because programs that look into mails follow links; POST does it, also for
 * a mailbox's own button (RFC 8058), which has no cookie and comes from anywhere: what it may do is in the link's signature.
 */
export function unsubscribePages(deps: Deps) {
  const routes = new Hono<PageEnv>();
  const { title, ask, button, done, invalid, mails } = UNSUBSCRIBE_TEXT;

  routes.use(UNSUBSCRIBE_PATH, tellingNobody);

  routes.get(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    if (subscription === null) return page(c, { title, lead: invalid, shape: "narrow" }, null, 404);
    // To its own address: the query has the signature.
    const form = (
      <form method="post">
        <Button>{button}</Button>
      </form>
    );
    return page(c, { title, lead: ask(mails[subscription.template]), shape: "narrow" }, form);
  });

  routes.post(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    if (subscription === null) return page(c, { title, lead: invalid, shape: "narrow" }, null, 404);
    await unsubscribe(deps, subscription);
    return page(c, { title, lead: done(mails[subscription.template]), shape: "narrow" }, null);
  });

  return routes;
}

/** The address holds a signature. */
const tellingNobody = createMiddleware<PageEnv>(async (c, next) => {
  c.header("Referrer-Policy", "no-referrer");
  return next();
});
