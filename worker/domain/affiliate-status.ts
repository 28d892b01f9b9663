/** `applied` waits for the app's owner; `suspended` earns and is not paid; `revoked` is over for good. */
export type AffiliateStatus = "applied" | "active" | "suspended" | "revoked";

/** Which status may follow which. The store's statement is made of this table, so that there is one. */
export const NEXT_STATUSES: Readonly<Record<AffiliateStatus, readonly AffiliateStatus[]>> = {
  applied: ["active", "revoked"],
  active: ["suspended", "revoked"],
  suspended: ["active", "revoked"],
  revoked: [],
};

/** Why one status may not follow another, as a sentence, or null when it may. Its own may: a call sent again changes nothing. */
export function whyNotStatus(from: AffiliateStatus, to: AffiliateStatus): string | null {
  if (from === to || NEXT_STATUSES[from].includes(to)) return null;
  if (from === "revoked") return "A revocation is final.";
  // Their codes would go dead without a word to anybody.
  if (to === "applied") return "An affiliate who was taken does not go back to applied: suspend or revoke them.";
  // A suspended affiliate's codes are live: whoever is not taken yet would begin to earn.
  return "An affiliate who applied is made active or revoked: there is nothing to suspend yet.";
}
