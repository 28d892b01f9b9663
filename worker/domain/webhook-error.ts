/**
 * Why a webhook was not taken. `timeout`, `connection`, `tls`, `name`: nobody answered; `not_public`: the name leads to a private
 * network; `redirect`: an answer that sends on, which is never followed; `status`: any other answer but 2xx; `secret`: its secret
 * cannot be read, as `AUTH_SECRET` is another one.
 */
export const WEBHOOK_ERRORS = [
  "timeout",
  "connection",
  "tls",
  "name",
  "not_public",
  "redirect",
  "status",
  "secret",
] as const;
export type WebhookError = (typeof WEBHOOK_ERRORS)[number];

/** The same of a delivery: `skipped` was never sent, as its owner asked to go on from now. */
export const DELIVERY_ERRORS = [...WEBHOOK_ERRORS, "skipped"] as const;
export type DeliveryError = (typeof DELIVERY_ERRORS)[number];
