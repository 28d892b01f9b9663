import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { FailureCode } from "../../domain/result.ts";
import { countCall } from "../../services/limits/count-call.ts";
import { finishOauth } from "../../services/stripe/finish-oauth.ts";
import { CALLBACK_PATH } from "../../services/stripe/start-oauth.ts";
import { STATUS_OF } from "../../wire/errors.ts";
import { HEADERS, page } from "./page.ts";

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
