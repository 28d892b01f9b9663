/**
 * What has become of a redemption: it waits, both sides got their credits, the referrer was at the cap, or it was revoked.
 */
export const REDEMPTION_STATUSES = ["pending", "successful", "capped", "revoked"] as const;
export type RedemptionStatus = (typeof REDEMPTION_STATUSES)[number];
