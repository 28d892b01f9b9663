import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Child } from "hono/jsx";
import type { Deps } from "../../deps.ts";
import {
  readSubscribedApp,
  readUnsubscribe,
  type Subscription,
  unsubscribe,
  UNSUBSCRIBE_PATH,
} from "../../services/mail/unsubscribe.ts";
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
  const { button, invalid } = UNSUBSCRIBE_TEXT;

  routes.use(UNSUBSCRIBE_PATH, tellingNobody);

  routes.get(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    const words = subscription === null ? null : await wordsOf(deps, subscription);
    if (words === null) return small(c, invalid, null, 404);
    // To its own address: the query has the signature.
    const form = (
      <form method="post">
        <Button>{button}</Button>
      </form>
    );
    return small(c, words.ask, form);
  });

  routes.post(UNSUBSCRIBE_PATH, async (c) => {
    const subscription = await readUnsubscribe(deps, c.req.query());
    const words = subscription === null ? null : await wordsOf(deps, subscription);
    if (subscription === null || words === null) return small(c, invalid, null, 404);
    await unsubscribe(deps, subscription);
    return small(c, words.done, null);
  });

  return routes;
}

function small(c: Context<PageEnv>, lead: string, content: Child, status: 200 | 404 = 200) {
  return page(c, { title: UNSUBSCRIBE_TEXT.title, lead, shape: "narrow" }, content, status);
}

/** What is asked before, and said after; null where there is nothing any more to be unsubscribed from. */
async function wordsOf(deps: Deps, subscription: Subscription): Promise<{ ask: string; done: string } | null> {
  const { mails, ask, done, askInvitations, doneInvitations } = UNSUBSCRIBE_TEXT;
  const { template } = subscription;
  if (template !== "friend_invitation") return { ask: ask(mails[template]), done: done(mails[template]) };
  const app = await readSubscribedApp(deps, subscription);
  return app === null ? null : { ask: askInvitations(app), done: doneInvitations(app) };
}

/** The address holds a signature. */
const tellingNobody = createMiddleware<PageEnv>(async (c, next) => {
  c.header("Referrer-Policy", "no-referrer");
  return next();
});
