import { type Context, Hono } from "hono";
import type { Deps } from "../deps.ts";
import type { Result } from "../domain/result.ts";
import { type SentInvitations, sendInvitations } from "../services/credits/send-invitations.ts";
import type { JsonObject } from "../wire/body.ts";
import {
  LOOSE_FIELDS,
  parseInvitation,
  parseInvitations,
  parseInvitationsOrOne,
  presentInvitation,
  presentInvitations,
} from "../wire/referral-invitations.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { accountAccess } from "./middleware/account-access.ts";
import { bodyLimit } from "./middleware/body-limit.ts";

/** `/api/v1/referrals`: an account invites friends by mail. */
export function referralInvitationRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const access = accountAccess(deps, "track");

  routes.post("/send", access, bodyLimit, async (c) => {
    const sent = await invite(c, parseInvitation);
    if (!sent.ok) return refuse(c, sent.failure);
    const answer = presentInvitation(sent.value);
    const { retryAfterS } = sent.value;
    if (retryAfterS === null) return c.json(answer);
    return refuse(c, { code: "rate_limited", message: answer.message, retryAfterS });
  });

  for (const [path, parse] of [
    ["/send-bulk", parseInvitations],
    ["/email", parseInvitationsOrOne],
  ] as const) {
    routes.post(path, access, bodyLimit, async (c) => {
      const sent = await invite(c, parse);
      return sent.ok ? c.json(presentInvitations(sent.value)) : refuse(c, sent.failure);
    });
  }

  for (const path of ["/send", "/send-bulk", "/email"]) routes.all(path, methodNotAllowed);
  return routes;

  async function invite(
    c: Context<AppEnv>,
    parse: (body: JsonObject) => Result<readonly string[]>,
  ): Promise<Result<SentInvitations>> {
    const emails = await bodyOf(c, parse, LOOSE_FIELDS);
    if (!emails.ok) return emails;
    const { appId, account, email } = c.get("account");
    return sendInvitations(deps, appId, { account, fromEmail: email, emails: emails.value });
  }
}
