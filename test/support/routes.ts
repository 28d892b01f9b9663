import type { KeyScope } from "../../worker/store/key-store.ts";
import {
  batchOf,
  correctionOf,
  dropOf,
  endpointOf,
  eventOf,
  friendCodeOf,
  HELD,
  invitationOf,
  payoutOf,
  redemptionOf,
  REFERRED,
  REFERRER,
  tokenIdOf,
  WAITING,
  webhookEventOf,
} from "./waiting.ts";
import type { TestApp } from "./world.ts";

/** A route and one call of it that succeeds. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As documented, with its parameters. */
  readonly name: string;
  readonly path: (app: TestApp) => string;
  readonly body?: (app: TestApp) => Readonly<Record<string, unknown>>;
  /** What it answers a good key. */
  readonly status: number;
  /** Whether it speaks for one account, which a key names in a header. */
  readonly account?: true;
}

/** What a call of a route sends beside its key. */
export function headersOf(route: Route): Readonly<Record<string, string>> {
  return route.account === true ? { "X-Account-Id": REFERRER } : {};
}

export interface KeyedRoute extends Route {
  readonly scope: KeyScope;
  /** Whether an affiliate's token may call it for its affiliate. */
  readonly own?: true;
  /** Whether it records a fact, which says by itself who told it: no line of the audit log. */
  readonly fact?: true;
}

const keys = "/api/v1/keys";
const stripe = "/api/v1/app/stripe";
const mails = "/api/v1/app/mails";
const join = "/api/v1/app/join";
const terms = "/api/v1/app/terms";
const tag = "/api/v1/app/tag";
const invitations = "/api/v1/invitations";
const review = "/api/v1/review";
const affiliates = "/api/v1/affiliates";
const platform = "/api/v1/platform";
const conversions = "/api/v1/conversions";
const drops = "/api/v1/drops";
const one = (app: TestApp) => `${affiliates}/${app.affiliateId}`;

const OTHER_ROUTES: readonly KeyedRoute[] = [
  { method: "GET", name: "/api/v1/app", path: () => "/api/v1/app", scope: "read", status: 200 },
  {
    method: "PATCH",
    name: "/api/v1/app",
    path: () => "/api/v1/app",
    body: () => ({
      name: "Renamed",
      commission_percent: "12.5",
      commission_from: "2026-12-31T00:00:00Z",
      currency: "eur",
      domain: "new.example.test",
      holding_days: 30,
      max_months: 12,
      conversions: "matched",
      origins: ["https://new.example.test", "http://localhost:3000"],
      max_event_cents: 100_000,
      max_day_cents: 1_000_000,
      dedupe_seconds: 5,
      new_customers_only: true,
      approval: "manual",
      credits: { cap: 5_000, about: "Pots." },
    }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: join, path: () => join, scope: "read", status: 200 },
  {
    method: "PUT",
    name: join,
    path: () => join,
    body: () => ({ accounts: "listed", countries: ["NL", "DE"] }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: `${join}/accounts`, path: () => `${join}/accounts`, scope: "read", status: 200 },
  {
    method: "PUT",
    name: `${join}/accounts/:account_id`,
    path: () => `${join}/accounts/acc_to_list`,
    scope: "manage",
    status: 204,
  },
  {
    method: "DELETE",
    name: `${join}/accounts/:account_id`,
    path: () => `${join}/accounts/acc_listed`,
    scope: "manage",
    status: 204,
  },
  { method: "GET", name: terms, path: () => terms, scope: "read", status: 200 },
  {
    method: "PUT",
    name: terms,
    path: () => terms,
    body: () => ({ text: "Be honest." }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: tag, path: () => tag, scope: "read", status: 200 },
  {
    method: "PUT",
    name: tag,
    path: () => tag,
    body: () => ({ cookie_days: 30, attribution: "first" }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: invitations, path: () => invitations, scope: "read", status: 200 },
  {
    method: "POST",
    name: invitations,
    path: () => invitations,
    body: () => ({ email: "invited@example.test", name: "Invited", commission_percent: 40 }),
    scope: "manage",
    status: 201,
  },
  {
    method: "DELETE",
    name: `${invitations}/:id`,
    path: (app) => `${invitations}/${invitationOf(app)}`,
    scope: "manage",
    status: 204,
  },
  { method: "GET", name: mails, path: () => mails, scope: "manage", status: 200 },
  {
    method: "PUT",
    name: mails,
    path: () => mails,
    body: () => ({ mails: { welcome: false, weekly_digest: true } }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: stripe, path: () => stripe, scope: "read", status: 200 },
  {
    method: "PUT",
    name: stripe,
    path: () => stripe,
    body: () => ({
      webhook_secrets: ["whsec_of_the_endpoint"],
      restricted_key: "rk_live_of_the_shop",
      net_of_tax: false,
      bare_client_reference_ids: true,
      out_of_band: true,
    }),
    scope: "manage",
    status: 200,
  },
  { method: "DELETE", name: stripe, path: () => stripe, scope: "manage", status: 204 },
  { method: "POST", name: `${stripe}/connect`, path: () => `${stripe}/connect`, scope: "manage", status: 200 },
  { method: "GET", name: `${stripe}/events`, path: () => `${stripe}/events`, scope: "read", status: 200 },
  {
    method: "POST",
    name: `${stripe}/events/:id/replay`,
    path: (app) => `${stripe}/events/${eventOf(app)}/replay`,
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: keys, path: () => keys, scope: "read", status: 200 },
  {
    method: "POST",
    name: keys,
    path: () => keys,
    body: () => ({ name: "New key", scopes: ["manage"], expires_at: "2026-12-31T00:00:00Z" }),
    scope: "manage",
    status: 201,
  },
  {
    method: "POST",
    name: `${keys}/:id/roll`,
    path: (app) => `${keys}/${app.spareKeyId}/roll`,
    body: () => ({ overlap_hours: 12 }),
    scope: "manage",
    status: 201,
  },
  {
    method: "DELETE",
    name: `${keys}/:id`,
    path: (app) => `${keys}/${app.spareKeyId}`,
    scope: "manage",
    status: 204,
  },
  { method: "GET", name: "/api/v1/audit", path: () => "/api/v1/audit", scope: "manage", status: 200 },
  { method: "GET", name: review, path: () => review, scope: "read", status: 200 },
  {
    method: "POST",
    name: review,
    path: () => review,
    body: () => ({ decision: "approve", conversion_ids: [WAITING], reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: `${review}/rules`, path: () => `${review}/rules`, scope: "read", status: 200 },
  {
    method: "POST",
    name: `${review}/rules`,
    path: () => `${review}/rules`,
    body: () => ({ currency: "usd", max_event_cents: 10_000, max_day_cents: 50_000, reason: "a test" }),
    scope: "manage",
    status: 201,
  },
  {
    method: "DELETE",
    name: `${review}/rules/:id`,
    path: (app) => `${review}/rules/${app.ruleId}`,
    scope: "manage",
    status: 204,
  },
  {
    method: "GET",
    name: "/api/v1/explain",
    path: () => "/api/v1/explain?user_id=u0",
    scope: "read",
    status: 200,
  },
  {
    method: "DELETE",
    name: "/api/v1/customers/:user_id",
    path: () => "/api/v1/customers/u0",
    scope: "manage",
    status: 204,
  },
  {
    method: "POST",
    name: "/api/v1/customers/:user_id/assign",
    path: () => "/api/v1/customers/u5/assign",
    body: (app) => ({ affiliate_id: app.affiliateId, ref: app.ref, reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  {
    method: "GET",
    name: `${conversions}/:conversion_id`,
    path: () => `${conversions}/${WAITING}`,
    scope: "read",
    status: 200,
  },
  {
    method: "POST",
    name: `${conversions}/:conversion_id/hold`,
    path: () => `${conversions}/${WAITING}/hold`,
    body: () => ({ reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  {
    method: "POST",
    name: `${conversions}/:conversion_id/release`,
    path: () => `${conversions}/${HELD}/release`,
    body: () => ({ reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  { method: "GET", name: drops, path: () => drops, scope: "read", status: 200 },
  {
    method: "POST",
    name: `${drops}/:id/rerun`,
    path: (app) => `${drops}/${dropOf(app)}/rerun`,
    body: (app) => ({ ref: app.ref, reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  {
    method: "POST",
    name: affiliates,
    path: () => affiliates,
    body: () => ({
      email: "new@example.test",
      name: "New",
      ref: "newcode",
      account_id: "acc_new",
      commission_percent: 20,
    }),
    scope: "manage",
    status: 201,
  },
  {
    method: "POST",
    name: `${affiliates}/join`,
    path: () => `${affiliates}/join`,
    body: () => ({
      account_id: "acc_joins",
      email: "joins@example.test",
      name: "Joins",
      ref: "joincode",
      country: "NL",
    }),
    scope: "manage",
    status: 201,
  },
  { method: "GET", name: affiliates, path: () => affiliates, scope: "read", status: 200 },
  { method: "GET", name: `${affiliates}/:id`, path: one, scope: "read", own: true, status: 200 },
  {
    method: "PATCH",
    name: `${affiliates}/:id`,
    path: one,
    body: () => ({
      name: "Renamed",
      status: "suspended",
      reason: "a test",
      commission_percent: 20,
      commission_from: "2026-12-31T00:00:00Z",
    }),
    scope: "manage",
    status: 200,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/status-preview`,
    path: (app) => `${one(app)}/status-preview?status=revoked`,
    scope: "read",
    status: 200,
  },
  {
    method: "POST",
    name: `${affiliates}/:id/codes`,
    path: (app) => `${one(app)}/codes`,
    body: () => ({ ref: "another", expires_at: "2026-12-31T00:00:00Z" }),
    scope: "manage",
    status: 201,
  },
  {
    method: "DELETE",
    name: `${affiliates}/:id/codes/:ref`,
    path: (app) => `${one(app)}/codes/${app.ref}`,
    scope: "manage",
    status: 204,
  },
  {
    method: "POST",
    name: `${affiliates}/:id/payout-method/stripe`,
    path: (app) => `${one(app)}/payout-method/stripe`,
    body: () => ({ country: "DE" }),
    scope: "manage",
    own: true,
    status: 200,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/balance`,
    path: (app) => `${one(app)}/balance`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/commissions`,
    path: (app) => `${one(app)}/commissions`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "POST",
    name: `${affiliates}/:id/corrections`,
    path: (app) => `${one(app)}/corrections`,
    body: () => ({ amount_cents: 500, currency: "usd", reason: "a test", event_id: "k1" }),
    scope: "payouts",
    status: 201,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/stats`,
    path: (app) => `${one(app)}/stats`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "POST",
    name: `${affiliates}/:id/tokens`,
    path: (app) => `${one(app)}/tokens`,
    body: () => ({ name: "Laptop", expires_at: "2026-12-31T00:00:00Z" }),
    scope: "manage",
    status: 201,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/corrections`,
    path: (app) => `${one(app)}/corrections`,
    scope: "read",
    status: 200,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/tokens`,
    path: (app) => `${one(app)}/tokens`,
    scope: "manage",
    status: 200,
  },
  {
    method: "DELETE",
    name: `${affiliates}/:id/tokens/:token_id`,
    path: (app) => `${one(app)}/tokens/${tokenIdOf(app)}`,
    scope: "manage",
    status: 204,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/payout-method`,
    path: (app) => `${one(app)}/payout-method`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "PUT",
    name: `${affiliates}/:id/payout-method`,
    path: (app) => `${one(app)}/payout-method`,
    body: () => ({
      kind: "bank",
      holder: "Kim Doe",
      account: "DE89370400440532013000",
      bank_code: "COBADEFF",
      country: "DE",
    }),
    scope: "manage",
    own: true,
    status: 200,
  },
  {
    method: "DELETE",
    name: `${affiliates}/:id/payout-method`,
    path: (app) => `${one(app)}/payout-method`,
    scope: "manage",
    own: true,
    status: 204,
  },
  {
    method: "GET",
    name: `${affiliates}/:id/statement`,
    path: (app) => `${one(app)}/statement`,
    scope: "read",
    own: true,
    status: 200,
  },
  { method: "GET", name: "/api/v1/events", path: () => "/api/v1/events", scope: "read", status: 200 },
  { method: "GET", name: "/api/v1/ledger", path: () => "/api/v1/ledger", scope: "read", status: 200 },
  { method: "GET", name: "/api/v1/books", path: () => "/api/v1/books", scope: "read", status: 200 },
  { method: "GET", name: "/api/v1/fees", path: () => "/api/v1/fees", scope: "read", status: 200 },
];

/** Of those below, which are all under one path. */
function payoutRoute(route: KeyedRoute): KeyedRoute {
  return { ...route, name: `/api/v1${route.name}`, path: (app) => `/api/v1${route.path(app)}` };
}

const ROUTES_OF_PAYOUTS: readonly KeyedRoute[] = [
  { method: "GET", name: "/app/payouts", path: () => "/app/payouts", scope: "read", status: 200 },
  {
    method: "PUT",
    name: "/app/payouts",
    path: () => "/app/payouts",
    body: () => ({
      rail: "stripe",
      schedule: "monthly",
      schedule_day: 3,
      minimums: { usd: 1_000, eur: null },
      stripe_key: "rk_live_of_the_payer",
    }),
    scope: "payouts",
    status: 200,
  },
  { method: "GET", name: "/payouts/preview", path: () => "/payouts/preview", scope: "read", status: 200 },
  { method: "GET", name: "/payouts", path: () => "/payouts", scope: "read", status: 200 },
  { method: "GET", name: "/payouts/batches", path: () => "/payouts/batches", scope: "read", status: 200 },
  {
    method: "POST",
    name: "/payouts/batches",
    path: () => "/payouts/batches",
    body: () => ({ currency: "usd" }),
    scope: "payouts",
    status: 201,
  },
  ...(["", "/lines"] as const).map((rest): KeyedRoute => ({
    method: "GET",
    name: `/payouts/batches/:id${rest}`,
    path: (app) => `/payouts/batches/${batchOf(app, "draft")}${rest}`,
    scope: "read",
    status: 200,
  })),
  {
    method: "GET",
    name: "/payouts/batches/:id/csv",
    path: (app) => `/payouts/batches/${batchOf(app, "running")}/csv`,
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/batches/:id/approve",
    path: (app) => `/payouts/batches/${batchOf(app, "draft")}/approve`,
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/batches/:id/run",
    path: (app) => `/payouts/batches/${batchOf(app, "approved")}/run`,
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/batches/:id/cancel",
    path: (app) => `/payouts/batches/${batchOf(app, "draft")}/cancel`,
    body: () => ({ reason: "a test" }),
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/batches/:id/results",
    path: (app) => `/payouts/batches/${batchOf(app, "running")}/results`,
    body: (app) => ({ results: [{ payout_id: payoutOf(app, "open"), status: "settled", reference: "bank 1" }] }),
    scope: "payouts",
    status: 200,
  },
  ...(["", "/items"] as const).map((rest): KeyedRoute => ({
    method: "GET",
    name: `/payouts/:id${rest}`,
    path: (app) => `/payouts/${payoutOf(app, "open")}${rest}`,
    scope: "read",
    status: 200,
  })),
  {
    method: "POST",
    name: "/payouts/:id/settle",
    path: (app) => `/payouts/${payoutOf(app, "open")}/settle`,
    body: () => ({ reference: "bank 1" }),
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/:id/fail",
    path: (app) => `/payouts/${payoutOf(app, "open")}/fail`,
    body: () => ({ reason: "a test" }),
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/:id/return",
    path: (app) => `/payouts/${payoutOf(app, "settled")}/return`,
    body: () => ({ amount_cents: 100, reason: "a test" }),
    scope: "payouts",
    status: 200,
  },
  {
    method: "POST",
    name: "/payouts/:id/retry",
    path: (app) => `/payouts/${payoutOf(app, "failed")}/retry`,
    scope: "payouts",
    status: 200,
  },
  {
    method: "GET",
    name: "/affiliates/:id/payouts",
    path: (app) => `/affiliates/${app.affiliateId}/payouts`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "GET",
    name: "/affiliates/:id/payouts/:payout_id",
    path: (app) => `/affiliates/${app.affiliateId}/payouts/${payoutOf(app, "open")}`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "GET",
    name: "/affiliates/:id/corrections/:correction_id",
    path: (app) => `/affiliates/${app.affiliateId}/corrections/${correctionOf(app)}`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "GET",
    name: "/affiliates/:id/conversions/:conversion_id/explain",
    path: (app) => `/affiliates/${app.affiliateId}/conversions/${WAITING}/explain`,
    scope: "read",
    own: true,
    status: 200,
  },
  {
    method: "POST",
    name: "/affiliates/:id/cash-out",
    path: (app) => `/affiliates/${app.affiliateId}/cash-out`,
    body: () => ({ currency: "usd" }),
    scope: "payouts",
    own: true,
    status: 201,
  },
];

/** What an account's own token may call, too. */
export const ACCOUNT_ROUTES: readonly KeyedRoute[] = [
  ["GET", "/code", "track"],
  ["POST", "/refresh", "track"],
  ["POST", "/code/refresh", "track"],
  ["GET", "/stats", "read"],
  ["GET", "/history", "read"],
  ["GET", "/list", "read"],
].map(([method, path, scope]) => {
  const name = `/api/v1/referrals${path}`;
  return { method, name, path: () => name, scope, status: 200, account: true } as KeyedRoute;
});

const ROUTES_OF_CREDITS: readonly KeyedRoute[] = [
  ...ACCOUNT_ROUTES,
  ...[
    ["/send", { email: "friend@example.test" }] as const,
    ["/send-bulk", { emails: ["friend@example.test"] }] as const,
    ["/email", { email: "friend@example.test" }] as const,
  ].map(([path, body]): KeyedRoute => {
    const name = `/api/v1/referrals${path}`;
    return {
      method: "POST",
      name,
      path: () => name,
      body: () => body,
      scope: "track",
      status: 200,
      account: true,
      fact: true,
    };
  }),
  {
    method: "POST",
    name: "/api/v1/referrals/validate",
    path: () => "/api/v1/referrals/validate",
    body: (app) => ({ code: friendCodeOf(app) }),
    scope: "read",
    status: 200,
    account: true,
    fact: true,
  },
  {
    method: "POST",
    name: "/api/v1/referrals/redeem",
    path: () => "/api/v1/referrals/redeem",
    body: (app) => ({
      code: friendCodeOf(app),
      referred_account_id: "acc_new",
      email: "new@example.test",
      country: "NL",
      pending: true,
      new_workspace: true,
    }),
    scope: "track",
    status: 200,
    fact: true,
  },
  {
    method: "POST",
    name: "/api/v1/referrals/complete",
    path: () => "/api/v1/referrals/complete",
    body: () => ({ referred_account_id: REFERRED }),
    scope: "track",
    status: 200,
    fact: true,
  },
  {
    method: "GET",
    name: "/api/v1/credits",
    path: () => "/api/v1/credits",
    scope: "read",
    status: 200,
    account: true,
  },
  {
    method: "POST",
    name: "/api/v1/credits/spend",
    path: () => "/api/v1/credits/spend",
    body: () => ({ amount: 10, reference: "order_1" }),
    scope: "track",
    status: 200,
    account: true,
    fact: true,
  },
  {
    method: "POST",
    name: "/api/v1/credits/revoke",
    path: () => "/api/v1/credits/revoke",
    body: (app) => ({ redemption_id: redemptionOf(app, "successful"), reason: "a test" }),
    scope: "manage",
    status: 200,
  },
  {
    method: "GET",
    name: "/api/v1/redemptions",
    path: () => "/api/v1/redemptions",
    scope: "read",
    status: 200,
  },
  {
    method: "POST",
    name: "/api/v1/tokens",
    path: () => "/api/v1/tokens",
    body: () => ({ account_id: "acc_token", email: "token@example.test" }),
    scope: "track",
    status: 201,
    fact: true,
  },
  {
    method: "POST",
    name: "/api/v1/tokens/key/roll",
    path: () => "/api/v1/tokens/key/roll",
    body: () => ({ end_now: true }),
    scope: "manage",
    status: 200,
  },
];

const webhooks = "/api/v1/webhooks";
const oneWebhook = (app: TestApp) => `${webhooks}/${endpointOf(app)}`;

const ROUTES_OF_WEBHOOKS: readonly KeyedRoute[] = [
  { method: "GET", name: webhooks, path: () => webhooks, scope: "read", status: 200 },
  {
    method: "POST",
    name: webhooks,
    path: () => webhooks,
    body: () => ({
      url: "https://new.example.test/hooks",
      description: "The shop's backend",
      types: ["conversion.created", "payout.paid"],
    }),
    scope: "manage",
    status: 201,
  },
  { method: "GET", name: `${webhooks}/:id`, path: oneWebhook, scope: "read", status: 200 },
  {
    method: "PATCH",
    name: `${webhooks}/:id`,
    path: oneWebhook,
    body: () => ({ url: "https://new.example.test/hooks", description: null, types: null, enabled: false }),
    scope: "manage",
    status: 200,
  },
  { method: "DELETE", name: `${webhooks}/:id`, path: oneWebhook, scope: "manage", status: 204 },
  {
    method: "POST",
    name: `${webhooks}/:id/roll`,
    path: (app) => `${oneWebhook(app)}/roll`,
    body: () => ({ overlap_hours: 1 }),
    scope: "manage",
    status: 200,
  },
  {
    method: "POST",
    name: `${webhooks}/:id/test`,
    path: (app) => `${oneWebhook(app)}/test`,
    scope: "manage",
    status: 200,
  },
  {
    method: "GET",
    name: `${webhooks}/:id/deliveries`,
    path: (app) => `${oneWebhook(app)}/deliveries`,
    scope: "read",
    status: 200,
  },
  {
    method: "GET",
    name: `${webhooks}/:id/deliveries/:event_id`,
    path: (app) => `${oneWebhook(app)}/deliveries/${webhookEventOf(app)}`,
    scope: "read",
    status: 200,
  },
  {
    method: "POST",
    name: `${webhooks}/:id/deliveries/:event_id/resend`,
    path: (app) => `${oneWebhook(app)}/deliveries/${webhookEventOf(app)}/resend`,
    scope: "manage",
    status: 200,
  },
];

/** What a secret key may call for its app, and an operator for the app it names. */
export const KEYED_ROUTES: readonly KeyedRoute[] = [
  ...OTHER_ROUTES,
  ...ROUTES_OF_PAYOUTS.map(payoutRoute),
  ...ROUTES_OF_CREDITS,
  ...ROUTES_OF_WEBHOOKS,
];

/** What only an operator may call. */
export const OPERATOR_ROUTES: readonly Route[] = [
  {
    method: "POST",
    name: "/api/v1/apps",
    path: () => "/api/v1/apps",
    body: () => ({
      name: "New app",
      commission_percent: 30,
      currency: "usd",
      domain: "new.example.test",
      mode: "test",
    }),
    status: 201,
  },
  { method: "GET", name: "/api/v1/apps", path: () => "/api/v1/apps", status: 200 },
  {
    method: "PATCH",
    name: "/api/v1/apps/:id",
    path: (app) => `/api/v1/apps/${app.id}`,
    body: () => ({
      name: "Renamed",
      platform_fee_bps: 100,
      operator_funded: true,
      enable_platform_referrals: false,
      enable_settings_affiliates: true,
    }),
    status: 200,
  },
  { method: "GET", name: "/api/v1/platform/flags", path: () => "/api/v1/platform/flags", status: 200 },
  {
    method: "PATCH",
    name: "/api/v1/platform/flags",
    path: () => "/api/v1/platform/flags",
    body: () => ({ enable_platform_referrals: false, enable_settings_affiliates: true }),
    status: 200,
  },
  { method: "GET", name: `${platform}/ledger`, path: () => `${platform}/ledger`, status: 200 },
  { method: "GET", name: `${platform}/books`, path: () => `${platform}/books`, status: 200 },
  { method: "GET", name: `${platform}/fees`, path: () => `${platform}/fees`, status: 200 },
  {
    method: "POST",
    name: `${platform}/fees/collections`,
    path: () => `${platform}/fees/collections`,
    body: (app) => ({ app_id: app.id, currency: "usd", amount_cents: 100, reason: "a test", event_id: "i1" }),
    status: 201,
  },
  {
    method: "GET",
    name: `${platform}/fees/collections`,
    path: (app) => `${platform}/fees/collections?app_id=${app.id}`,
    status: 200,
  },
  {
    method: "POST",
    name: "/api/v1/payouts/:id/resolve",
    path: (app) => `/api/v1/payouts/${payoutOf(app, "lost")}/resolve?app_id=${app.id}`,
    body: () => ({ status: "failed", reason: "a test" }),
    status: 200,
  },
  { method: "GET", name: "/metrics", path: () => "/metrics", status: 200 },
];

/** What anybody may call, and a key with the scope `track` vouches for. */
export const TRACK_ROUTES: readonly Route[] = [
  {
    method: "POST",
    name: "/api/track/click",
    path: () => "/api/track/click",
    body: (app) => ({
      ref: app.ref,
      app_id: app.id,
      visitor: "v1",
      user_agent: "x",
      referrer_host: "news.example.test",
      cookie: { domain: "example.test", days: 30 },
    }),
    status: 202,
  },
  {
    method: "POST",
    name: "/api/track/signup",
    path: () => "/api/track/signup",
    body: (app) => ({
      ref: app.ref,
      app_id: app.id,
      user_id: "u1",
      email: "u1@example.test",
      event_id: "s1",
      customer_created_at: "2026-01-01T00:00:00Z",
    }),
    status: 200,
  },
  {
    method: "POST",
    name: "/api/track/conversion",
    path: () => "/api/track/conversion",
    body: (app) => ({
      ref: app.ref,
      app_id: app.id,
      user_id: "u1",
      amount_cents: 10_000,
      currency: "usd",
      event_id: "c1",
      payment_ref: "in_1",
      metadata: { order: "1" },
      customer_created_at: "2026-01-01T00:00:00Z",
    }),
    status: 200,
  },
  {
    method: "POST",
    name: "/api/track/refund",
    path: () => "/api/track/refund",
    body: (app) => ({
      ref: app.ref,
      app_id: app.id,
      user_id: "u0",
      amount_cents: 100,
      currency: "usd",
      event_id: "r1",
      payment_ref: "in_0",
    }),
    status: 200,
  },
];

export const VALIDATE_ROUTE: Route = {
  method: "POST",
  name: "/api/track/validate",
  path: () => "/api/track/validate",
  body: (app) => ({ ref: app.ref, app_id: app.id }),
  status: 200,
};
