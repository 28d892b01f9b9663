/** What is read on the way back from Stripe. */
export const STRIPE = {
  connected: "Stripe is connected",
  account: (account: string) => `The account ${account} is connected. You may close this page.`,
  notConnected: "Stripe is not connected",
  back: "Back from Stripe",
  backLead: "Stripe has what you told it, and now checks it. You may close this page.",
  ended: "This link has ended",
  endedLead: "This link is good once, for a few minutes. Ask for a new one where you found it.",
} as const;
