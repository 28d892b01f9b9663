import { expect, test } from "vitest";
import { ATTENTION_MS, needsAttention } from "../../worker/domain/webhook-attention.ts";

const NOW = 1_700_000_000_000;

test.each([
  ["all is well", null, null, false],
  ["it may be back with the next try", null, NOW - ATTENTION_MS + 1, false],
  ["nothing got through for an hour", null, NOW - ATTENTION_MS, true],
  ["we switched it off", "failing", NOW - 5 * 86_400_000, true],
  ["it asked for no more", "gone", NOW, true],
  ["its owner knows, whatever it did before", "owner", NOW - ATTENTION_MS, false],
] as const)("%s", (_, disabledReason, failingSince, needs) => {
  expect(needsAttention({ disabledReason, failingSince }, NOW)).toBe(needs);
});
