import { describe, expect, test } from "vitest";
import { isKeyTrusted, KEY_TRUSTED_MS, waitAfter } from "../../worker/domain/transfer-timing.ts";

const MINUTE = 60_000;
const SENT = 1_760_000_000_000;

describe("an attempt without an answer", () => {
  test.each([
    [0, 1, "at once: a hiccup"],
    [MINUTE - 1, 1, "still within the first minute"],
    [MINUTE, 5, "after the first repeat"],
    [6 * MINUTE, 15, "after the second"],
    // A process that died is taken up after ten minutes.
    [10 * MINUTE, 15, "between the repeats"],
    [21 * MINUTE, 60, "after the third: an outage"],
    [19 * 60 * MINUTE, 60, "never longer than an hour"],
    [-5 * MINUTE, 1, "a clock that went back"],
  ])("after %d ms waits %d minutes: %s", (sentFor, minutes) => {
    expect(waitAfter(SENT, SENT + sentFor)).toBe(minutes * MINUTE);
  });

  test("is repeated under its key for 20 hours, while Stripe keeps it for 24", () => {
    expect(isKeyTrusted(SENT, SENT)).toBe(true);
    expect(isKeyTrusted(SENT, SENT + KEY_TRUSTED_MS)).toBe(true);
    expect(isKeyTrusted(SENT, SENT + KEY_TRUSTED_MS + 1)).toBe(false);
    expect(KEY_TRUSTED_MS).toBe(20 * 60 * MINUTE);
  });
});
