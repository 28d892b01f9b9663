/** `applied` waits for the owner; `active` earns and is paid; `suspended` earns and is not paid; `revoked` is for good. */
export type AffiliateStatus = "applied" | "active" | "suspended" | "revoked";
