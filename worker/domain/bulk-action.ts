import type { AffiliateStatus } from "./affiliate-status.ts";

/** What is done to many affiliates at once. */
export const BULK_ACTIONS = ["approve", "suspend", "reactivate", "revoke", "rate"] as const;

export type BulkAction = (typeof BULK_ACTIONS)[number];

/** Whom an action is for: those in another status are left as they are. */
export const BULK_APPLIES_TO: Readonly<Record<BulkAction, readonly AffiliateStatus[]>> = {
  approve: ["applied"],
  suspend: ["active"],
  reactivate: ["suspended"],
  revoke: ["applied", "active", "suspended"],
  rate: ["applied", "active", "suspended"],
};

/** What an action makes of an affiliate's status; null: it stays. */
export const BULK_STATUS: Readonly<Record<BulkAction, AffiliateStatus | null>> = {
  approve: "active",
  suspend: "suspended",
  reactivate: "active",
  revoke: "revoked",
  rate: null,
};

/** What takes an action back; null: nothing does. A revocation is final, and nobody who was taken goes back to applied. */
export const BULK_UNDONE_BY: Readonly<Record<BulkAction, BulkAction | null>> = {
  approve: null,
  suspend: "reactivate",
  reactivate: "suspend",
  revoke: null,
  rate: "rate",
};

/** How one affiliate's line of a change stands. */
export const LINE_STATES = ["waiting", "done", "skipped", "failed"] as const;

export type LineState = (typeof LINE_STATES)[number];
