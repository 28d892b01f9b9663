/** Words of the owner's pages. */
export const DASHBOARD = {
  tabs: {
    overview: "Overview",
    affiliates: "Creators",
    conversions: "Conversions",
    payouts: "Payouts",
    credits: "Friend credits",
    activity: "Activity",
    settings: "Settings",
  },
  settingsTabs: {
    program: "Program",
    trust: "Trust",
    joining: "Joining",
    credits: "Friend credits",
    payouts: "Payouts",
    stripe: "Stripe",
    keys: "Keys",
    webhooks: "Webhooks",
    mails: "Mails",
    team: "Team",
  },
  activityTabs: { log: "Live log", events: "Events", explain: "Why?", audit: "Audit log" },
  conversionTabs: { all: "All", review: "To review" },
} as const;
