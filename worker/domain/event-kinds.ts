/** Everything an app is told of. */
export const EVENT_KINDS = ["credit.awarded", "credit.revoked", "referral.completed"] as const;

export type EventKind = (typeof EVENT_KINDS)[number];
