/** Words that the pages of the operator's console share. */
export const CONSOLE = {
  name: "Console",
  tabs: {
    overview: "Overview",
    affiliates: "Affiliates",
    payouts: "Payouts",
    apps: "Apps",
    ledger: "Ledger",
    fees: "Fees",
    explain: "Explain",
    deliveries: "Deliveries",
    health: "Health",
    audit: "Audit log",
  },
} as const;
