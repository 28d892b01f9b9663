import { describe, expect, test } from "vitest";
import {
  conversionTrust,
  type ConversionsMode,
  type ConversionTrust,
  entryLane,
  type Lane,
  type ReferralTrust,
  type Source,
} from "../../worker/domain/trust.ts";

test.each<[Source, ReferralTrust, ConversionTrust, string]>([
  ["stripe", "vouched", "verified", "event and attribution vouched for"],
  ["key", "vouched", "verified", "event and attribution vouched for"],
  ["stripe", "public", "matched", "who is to earn, anybody could have said"],
  ["key", "public", "matched", "who is to earn, anybody could have said"],
  ["public", "vouched", "unverified", "that it happened, anybody could have said"],
  ["public", "public", "unverified", "anybody could have said all of it"],
])("an event by %s of a %s referral is %s: %s", (source, attribution, expected) => {
  expect(conversionTrust(source, attribution)).toBe(expected);
});

describe("the lane a conversion enters", () => {
  test.each<[ConversionTrust, ConversionsMode, Lane, string | null, string]>([
    ["verified", "open", "clear", null, "everything counts, this most of all"],
    ["matched", "open", "clear", null, "the event is vouched for"],
    ["unverified", "open", "review", "unverified", "documented to mature, paid when the owner approves"],
    ["verified", "matched", "clear", null, "above the level"],
    ["matched", "matched", "clear", null, "at the level"],
    ["unverified", "matched", "held", "below_mode", "below the level"],
    ["verified", "keyed", "clear", null, "at the level"],
    ["matched", "keyed", "held", "below_mode", "below the level"],
    ["unverified", "keyed", "held", "below_mode", "far below the level"],
  ])("%s in mode %s is %s (%s): %s", (trust, mode, lane, reason) => {
    expect(entryLane(trust, mode)).toEqual({ lane, reason });
  });
});
