import { expect, test } from "vitest";
import { type AffiliateStatus, whyNotStatus } from "../../worker/domain/affiliate-status.ts";

const ALLOWED: readonly (readonly [AffiliateStatus, AffiliateStatus, string])[] = [
  ["applied", "active", "the owner takes them"],
  ["applied", "revoked", "the owner does not"],
  ["active", "suspended", "a look first"],
  ["active", "revoked", "it is over"],
  ["suspended", "active", "nothing was found"],
  ["suspended", "revoked", "something was found"],
  ["applied", "applied", "a call sent again"],
  ["active", "active", "a call sent again"],
  ["suspended", "suspended", "a call sent again"],
  ["revoked", "revoked", "a call sent again"],
];

const FORBIDDEN: readonly (readonly [AffiliateStatus, AffiliateStatus, RegExp])[] = [
  ["applied", "suspended", /nothing to suspend/],
  ["active", "applied", /not go back to applied/],
  ["suspended", "applied", /not go back to applied/],
  ["revoked", "applied", /final/],
  ["revoked", "active", /final/],
  ["revoked", "suspended", /final/],
];

test.each(ALLOWED)("%s may become %s: %s", (from, to) => {
  expect(whyNotStatus(from, to)).toBeNull();
});

test.each(FORBIDDEN)("%s may not become %s", (from, to, why) => {
  expect(whyNotStatus(from, to)).toMatch(why);
});
