import { Hono } from "hono";
import { REFRESH_PATH, RETURN_PATH } from "../../services/payouts/onboard-recipient.ts";
import { STRIPE } from "../../texts/stripe.ts";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";

/** Where Stripe sends creators back to. Nothing is decided here: anybody may open it, and Stripe says whether they are done. */
export function recipientPages() {
  const routes = new Hono<PageEnv>();
  routes.get(RETURN_PATH, (c) => page(c, { title: STRIPE.back, lead: STRIPE.backLead, shape: "narrow" }, null));
  routes.get(REFRESH_PATH, (c) => page(c, { title: STRIPE.ended, lead: STRIPE.endedLead, shape: "narrow" }, null));
  return routes;
}
