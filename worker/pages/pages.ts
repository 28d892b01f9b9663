import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Deps } from "../deps.ts";
import { UNSUBSCRIBE_PATH } from "../services/mail/unsubscribe.ts";
import { assetRoutes } from "./assets.ts";
import { docsPages } from "./docs/routes.ts";
import { ownForms, withPerson } from "./access.ts";
import type { PageEnv } from "./context.ts";
import { storyPages } from "./story/story.tsx";
import { unsubscribePages } from "./mail/unsubscribe.tsx";
import { consolePages } from "./console/console.ts";
import { joinPages } from "./join/routes.ts";
import { portalPages } from "./portal/routes.ts";
import { pageRefusal } from "./refusal.tsx";
import { creditsPages } from "./dashboard/credits/routes.ts";
import { programPages } from "./dashboard/program/program.ts";
import { setupPages } from "./dashboard/setup/routes.ts";
import { webhookPages } from "./dashboard/webhooks/routes.ts";
import { signInPages } from "./sign-in/routes.ts";
import { stripePages } from "./stripe/callback.ts";
import { recipientPages } from "./stripe/recipient.ts";

/** A file of payouts is the largest thing that a form sends. */
const MAX_FORM_BYTES = 1024 * 1024;

const ESCAPED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;

/** All pages for people, loaded with the first request for one. `isUnavailable`: whether an error says that the database is away; `isCutOff`: that the form's sender is. */
export function pages(
  deps: Deps,
  {
    isUnavailable,
    isCutOff = () => false,
  }: { readonly isUnavailable: (error: Error) => boolean; readonly isCutOff?: (error: Error) => boolean },
): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.use(visited, plainAddress);
  // The same for everybody: nobody is asked who they are.
  routes.route("/", assetRoutes());
  routes.route("/", docsPages(deps));
  const limited = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (c) => pageRefusal(c, { code: "body_too_large", message: "The form is too large." }),
  });
  // A mailbox's own button sends it, from anywhere and for nobody who is signed in.
  routes.use(UNSUBSCRIBE_PATH, limited).route("/", unsubscribePages(deps));
  // Whoever has the link reads it: nobody is asked who they are.
  routes.route("/", storyPages(deps));
  routes.use(limited, withPerson(deps), ownForms(deps));
  routes.route("/", signInPages(deps));
  routes.route("/", stripePages(deps));
  routes.route("/", recipientPages());
  routes.route("/", joinPages(deps));
  routes.route("/", portalPages(deps));
  routes.route("/", programPages(deps));
  routes.route("/", creditsPages(deps));
  routes.route("/", consolePages(deps));
  routes.route("/", setupPages(deps));
  routes.route("/", webhookPages(deps));
  routes.notFound((c) => pageRefusal(c, { code: "not_found", message: "No such page." }));
  routes.onError((error, c) => {
    if (isCutOff(error)) return pageRefusal(c, { code: "invalid_request", message: "The form is not whole." });
    deps.log({ request_id: c.get("requestId"), level: "error", error: String(error.stack ?? error) });
    const code = isUnavailable(error) ? "unavailable" : "internal";
    return pageRefusal(c, { code, message: "The page cannot be shown." });
  });
  return routes;
}

/** No id of ours, and nothing that a page is asked for, holds a control character, and a database cannot bind a NUL. */
const plainAddress = createMiddleware<PageEnv>(async (c, next) => {
  const { pathname, search } = new URL(c.req.url);
  if (ESCAPED_CONTROL.test(pathname)) return pageRefusal(c, { code: "not_found", message: "No such page." });
  if (ESCAPED_CONTROL.test(search)) {
    return pageRefusal(c, { code: "invalid_request", message: "The query must not hold control characters." });
  }
  return next();
});

/** Takes over what is known of the request, and tells for the log what became of it. */
const visited = createMiddleware<PageEnv>(async (c, next) => {
  const { visit } = c.env;
  c.set("requestId", visit.requestId);
  c.set("address", visit.address);
  c.set("country", visit.country);
  await next();
  visit.route = routePath(c, -1);
  const failure = c.get("failure");
  if (failure !== undefined) visit.failure = failure;
});
