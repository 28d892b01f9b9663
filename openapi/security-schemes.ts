/** The credentials there are. */
export const SECURITY_SCHEMES = {
  secretKey: {
    type: "http",
    scheme: "bearer",
    description:
      "A secret key of the app, `al_sk_…`, with the scope that is named. For backends alone: never in a browser.",
  },
  operatorKey: {
    type: "http",
    scheme: "bearer",
    description: "The operator's key, `OPERATOR_KEY`. It may do everything, and names the app by `?app_id=`.",
  },
  affiliateToken: {
    type: "http",
    scheme: "bearer",
    description: "An affiliate's own token, `al_at_…`: for what is theirs, and nothing else.",
  },
  accountToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "A token of one account, good for 30 minutes, from pages of the app's origins alone. `POST /api/v1/tokens` makes one.",
  },
  accountId: {
    type: "apiKey",
    in: "header",
    name: "X-Account-Id",
    description: "Your own id of the account that the app's key speaks for.",
  },
  stripeSignature: {
    type: "apiKey",
    in: "header",
    name: "Stripe-Signature",
    description: "Stripe's signature of the body.",
  },
} as const;
