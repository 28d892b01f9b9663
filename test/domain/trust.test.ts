import { describe, expect, test } from "vitest";
import {
  conversionTrust,
  type ConversionsMode,
  type ConversionTrust,
  entryLane,
  type Lane,
  type ReferralTrust,
  type Source,
  type Suspicion,
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

const NOTHING: Suspicion = { selfReferral: false, overCap: false, flag: null, possibleDuplicate: false };

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
    expect(entryLane(trust, mode, NOTHING)).toEqual({ lane, reason });
  });

  test.each<[string, ConversionTrust, ConversionsMode, Partial<Suspicion>, Lane, string | null]>([
    ["nobody pays himself on his own word", "unverified", "open", { selfReferral: true }, "held", "self_referral"],
    ["an address that anybody may have given", "matched", "open", { selfReferral: true }, "review", "self_referral"],
    ["a backend's word is not held up by it", "verified", "open", { selfReferral: true }, "clear", null],
    ["an amount that may be a slip", "verified", "open", { overCap: true }, "held", "cap"],
    ["an amount that may be made up", "unverified", "open", { overCap: true }, "held", "cap"],
    ["the cap says more than the mode", "unverified", "keyed", { overCap: true }, "held", "cap"],
    ["signed up without a click", "unverified", "open", { flag: "no_click" }, "review", "no_click"],
    ["who is to earn, anybody could have said", "matched", "open", { flag: "no_click" }, "review", "no_click"],
    ["a backend vouches for all of it", "verified", "open", { flag: "no_click" }, "clear", null],
    [
      "the same money, perhaps, told by Stripe",
      "verified",
      "open",
      { possibleDuplicate: true },
      "review",
      "possible_duplicate",
    ],
    ["the same of a matched one", "matched", "open", { possibleDuplicate: true }, "review", "possible_duplicate"],
    [
      "what is doubtful anyway, for that",
      "matched",
      "open",
      { possibleDuplicate: true, flag: "no_click" },
      "review",
      "no_click",
    ],
    ["held first", "verified", "open", { possibleDuplicate: true, overCap: true }, "held", "cap"],
    ["below the mode first", "matched", "keyed", { flag: "no_click" }, "held", "below_mode"],
  ])("%s: %s in mode %s with %j is %s (%s)", (_, trust, mode, suspicion, lane, reason) => {
    expect(entryLane(trust, mode, { ...NOTHING, ...suspicion })).toEqual({ lane, reason });
  });
});
