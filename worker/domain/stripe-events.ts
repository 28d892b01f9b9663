/** The events that an endpoint at Stripe is to send: docs/stripe.md says what each is for. */
export const STRIPE_EVENTS = [
  "customer.created",
  "customer.updated",
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "invoice.paid",
  "invoice_payment.paid",
  "payment_intent.succeeded",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
] as const;
