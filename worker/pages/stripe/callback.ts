import { type Context, Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { countCall } from "../../services/limits/count-call.ts";
import { finishOauth } from "../../services/stripe/finish-oauth.ts";
import { CALLBACK_PATH } from "../../services/stripe/start-oauth.ts";
import { STRIPE } from "../../texts/stripe.ts";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { pageRefusal } from "../refusal.tsx";

/** Where Stripe sends an owner back to: connects the account, and says in one sentence what came of it. */
export function stripePages(deps: Deps) {
  const routes = new Hono<PageEnv>();

  routes.get(CALLBACK_PATH, async (c) => {
    // The address holds Stripe's code.
    c.header("Referrer-Policy", "no-referrer");
    const finished = await finish(c, c.req.query());
    if (!finished.ok) return pageRefusal(c, finished.failure, [STRIPE.notConnected, finished.failure.message]);
    const { account, pageOf } = finished.value;
    if (pageOf !== null) return c.redirect(`/apps/${pageOf}/settings/stripe?done=connected`, 303);
    return page(c, { title: STRIPE.connected, lead: STRIPE.account(account), shape: "narrow" }, null);
  });

  return routes;

  async function finish(c: Context<PageEnv>, { state, code, error }: Readonly<Record<string, string>>) {
    // Anybody may call this, and each call with a state in good form is a write.
    const counted = await countCall(deps, "validate", { address: c.get("address") });
    if (!counted.ok) return counted;
    const isAgreed = error === undefined && code !== undefined && code !== "";
    return finishOauth(deps, {
      state: state ?? null,
      code: isAgreed ? code : null,
      userId: c.get("person")?.id ?? null,
    });
  }
}
