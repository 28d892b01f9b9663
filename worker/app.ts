import type { Context, Hono } from "hono";
import type { Deps } from "./deps.ts";
import { createIngest, isUnavailable } from "./ingest.ts";
import type { Visit } from "./pages/context.ts";
import { affiliateDetailRoutes } from "./routes/affiliate-details.ts";
import { affiliatePayoutRoutes } from "./routes/affiliate-payouts.ts";
import { affiliateRoutes } from "./routes/affiliates.ts";
import { affiliateTokenRoutes } from "./routes/affiliate-tokens.ts";
import { auditRoutes } from "./routes/audit.ts";
import { booksRoutes } from "./routes/books.ts";
import { type AppEnv, refuse } from "./routes/context.ts";
import { conversionRoutes } from "./routes/conversions.ts";
import { correctionRoutes } from "./routes/corrections.ts";
import { creditRoutes, redemptionRoutes } from "./routes/credits.ts";
import { customerRoutes } from "./routes/customers.ts";
import { eventRoutes } from "./routes/events.ts";
import { explainRoutes } from "./routes/explain.ts";
import { dropRoutes } from "./routes/drops.ts";
import { isCutOff } from "./routes/cut-off.ts";
import { joinPolicyRoutes, joinRoutes } from "./routes/join.ts";
import { keyRoutes } from "./routes/keys.ts";
import { mailRoutes } from "./routes/mails.ts";
import { recipientRoutes } from "./routes/recipients.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { operationRoutes } from "./routes/operations.ts";
import { payoutPolicyRoutes } from "./routes/payout-policy.ts";
import { payoutRoutes } from "./routes/payouts.ts";
import { platformBooksRoutes } from "./routes/platform-books.ts";
import { platformRoutes } from "./routes/platform.ts";
import { payoutMethodRoutes } from "./routes/payout-method.ts";
import { programRoutes } from "./routes/programs.ts";
import { invitationRoutes, programTermsRoutes } from "./routes/program-terms.ts";
import { referralInvitationRoutes } from "./routes/referral-invitations.ts";
import { redeemRoutes, referralRoutes } from "./routes/referrals.ts";
import { reviewRoutes } from "./routes/review.ts";
import { stripeConnectionRoutes } from "./routes/stripe-connection.ts";
import { stripeEventRoutes } from "./routes/stripe-events.ts";
import { stripeWebhookRoutes } from "./routes/stripe-webhooks.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import type { VisitorFacts } from "./routes/visitor.ts";
import { STORY_PATH } from "./services/explain/share-story.ts";
import { UNSUBSCRIBE_PATH } from "./services/mail/unsubscribe.ts";
import { REFRESH_PATH, RETURN_PATH } from "./services/payouts/onboard-recipient.ts";
import { CALLBACK_PATH } from "./services/stripe/start-oauth.ts";

/** What a front door adds of its own. */
export interface Door {
  readonly visitor: VisitorFacts;
  /** Adds routes that only this door has: the dev pages on one machine. */
  readonly extra?: (app: Hono<AppEnv>) => void;
}

/** The whole product as one app, the same behind both doors. */
export function createApp(deps: Deps, door: Door) {
  const app = createIngest(deps, door.visitor);
  app.route("/api/v1", programRoutes(deps));
  app.route("/api/v1/app/stripe", stripeConnectionRoutes(deps));
  app.route("/api/v1/app/stripe/events", stripeEventRoutes(deps));
  app.route("/api/v1/app/join", joinPolicyRoutes(deps));
  app.route("/api/v1/app", programTermsRoutes(deps));
  app.route("/api/v1/invitations", invitationRoutes(deps));
  app.route("/api/v1/platform", platformRoutes(deps));
  app.route("/api/stripe/webhook", stripeWebhookRoutes(deps));
  app.route("/api/v1/app/payouts", payoutPolicyRoutes(deps));
  app.route("/api/v1/app/mails", mailRoutes(deps));
  // Before the routes of one affiliate: `join` is no id.
  app.route("/api/v1/affiliates/join", joinRoutes(deps));
  app.route("/api/v1/affiliates", affiliateRoutes(deps));
  app.route("/api/v1/affiliates", affiliatePayoutRoutes(deps));
  app.route("/api/v1/affiliates", recipientRoutes(deps));
  app.route("/api/v1/affiliates", correctionRoutes(deps));
  app.route("/api/v1/affiliates", affiliateDetailRoutes(deps));
  app.route("/api/v1/payouts", payoutRoutes(deps));
  app.route("/api/v1/affiliates", affiliateTokenRoutes(deps));
  app.route("/api/v1/affiliates", payoutMethodRoutes(deps));
  app.route("/api/v1/referrals", redeemRoutes(deps));
  app.route("/api/v1/referrals", referralRoutes(deps));
  app.route("/api/v1/referrals", referralInvitationRoutes(deps));
  app.route("/api/v1/credits", creditRoutes(deps));
  app.route("/api/v1/redemptions", redemptionRoutes(deps));
  app.route("/api/v1/tokens", tokenRoutes(deps));
  app.route("/api/v1/keys", keyRoutes(deps));
  app.route("/api/v1/audit", auditRoutes(deps));
  app.route("/api/v1/webhooks", webhookRoutes(deps));
  app.route("/api/v1/review", reviewRoutes(deps));
  app.route("/api/v1/conversions", conversionRoutes(deps));
  app.route("/api/v1", booksRoutes(deps));
  app.route("/api/v1/platform", platformBooksRoutes(deps));
  app.route("/api/v1/customers", customerRoutes(deps));
  app.route("/api/v1/explain", explainRoutes(deps));
  app.route("/api/v1/drops", dropRoutes(deps));
  app.route("/api/v1/events", eventRoutes(deps));
  app.route("/", openapiRoutes(deps));
  app.route("/", operationRoutes(deps));
  door.extra?.(app);
  const page = lazyPages(deps, door.visitor);
  for (const path of PAGE_PATHS) app.all(path, page);

  app.notFound((c) => (asksForPage(c) ? page(c) : refuse(c, { code: "not_found", message: "No such route." })));
  return app;
}

/** Where people find pages. What belongs to none of them answers 404, as a page to who asks for one. */
const PAGE_PATHS = [
  "/",
  "/signin",
  "/signin/*",
  "/signout",
  "/signout/*",
  "/account",
  "/join/*",
  "/referrals",
  "/referrals/*",
  "/apps",
  "/apps/*",
  "/settings/*",
  "/assets/*",
  "/docs",
  "/docs/*",
  CALLBACK_PATH,
  RETURN_PATH,
  REFRESH_PATH,
  UNSUBSCRIBE_PATH,
  `${STORY_PATH}/*`,
];

/** The pages as one handler: evaluated with the first request for one, so that counting clicks starts without them. */
function lazyPages(deps: Deps, visitor: VisitorFacts): (c: Context<AppEnv>) => Promise<Response> {
  let loaded: { fetch(request: Request, env: { visit: Visit }): Response | Promise<Response> } | undefined;
  return async (c) => {
    const { pages } = await import("./pages/pages.ts");
    loaded ??= pages(deps, { isUnavailable, isCutOff });
    const visit: Visit = { requestId: c.get("requestId"), address: c.get("address"), country: visitor.countryOf(c) };
    const response = await loaded.fetch(c.req.raw, { visit });
    if (visit.failure !== undefined) c.set("failure", visit.failure);
    if (visit.route !== undefined) c.set("pageRoute", visit.route);
    return response;
  };
}

function asksForPage(c: Context<AppEnv>): boolean {
  return !c.req.path.startsWith("/api/") && c.req.header("Accept")?.includes("text/html") === true;
}
