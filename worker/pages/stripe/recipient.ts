import { Hono } from "hono";
import { REFRESH_PATH, RETURN_PATH } from "../../services/payouts/onboard-recipient.ts";
import { HEADERS, page } from "./page.ts";

/** Where Stripe sends creators back to. Nothing is decided here: anybody may open it, and Stripe says whether they are done. */
export function recipientPages() {
  const routes = new Hono();

  routes.get(RETURN_PATH, (c) => {
    const sentence = "Stripe has what you told it, and now checks it. You may close this page.";
    return c.html(page("Back from Stripe", sentence), 200, HEADERS);
  });

  routes.get(REFRESH_PATH, (c) => {
    const sentence = "This link is good once, for a few minutes. Ask for a new one where you found it.";
    return c.html(page("This link has ended", sentence), 200, HEADERS);
  });

  return routes;
}
