import { describe, expect, test } from "vitest";
import type { ScriptedAnswer } from "../support/recorder.ts";
import {
  APP,
  clickOf,
  code,
  cookies,
  expectSent,
  inDays,
  issued,
  land,
  open,
  openShopForEachTest,
  page,
  printed,
  queued,
  recorder,
  settle,
  tag,
} from "../support/shop.ts";

openShopForEachTest();

const TRACKED: ScriptedAnswer = { status: 202, body: { tracked: true } };
const FAILURES: readonly [string, ScriptedAnswer][] = [
  ["no answer", "down"],
  ["429", { status: 429, body: { error: { code: "rate_limited" } } }],
  ["500", { status: 500, body: { error: { code: "internal" } } }],
  ["503 of a proxy", { status: 503, body: "<html>maintenance</html>" }],
];

describe("out of reach", () => {
  test.each(FAILURES)(
    "AL7 AL41 %s: one request per landing, the code stays, the next landing counts",
    async (_, failure) => {
      recorder.answer("click", failure);
      await land("/?ref=demo42");
      for (const path of ["/pricing", "/signup"]) await open(path);
      await page.evaluate('history.pushState(null, "", "/signup?step=2")');
      await expectSent(clickOf("demo42"));
      expect(await cookies()).toMatchObject([{ value: "demo42", expires: inDays(60) }]);
      // The browser's own line on the failed request, and none of ours.
      expect(printed).toEqual([expect.stringMatching(/^Failed to load resource: /)]);

      recorder.answer("click", TRACKED);
      await land("/?ref=demo42");
      await page.reload();
      await expectSent(clickOf("demo42"), clickOf("demo42"));
      expect(await code()).toBe("demo42");
    },
  );

  test.each(FAILURES)("AL9b %s: a call is made once, and says null", async (_, failure) => {
    await land("/?ref=demo42");
    recorder.answer("signup", failure);
    recorder.answer("conversion", failure);
    const answers = await page.evaluate(`Promise.all([
      AgentLinks.trackSignup({ user_id: "u1" }),
      AgentLinks.trackConversion({ user_id: "u1", amount_cents: 100 }),
    ])`);
    expect(answers).toEqual([null, null]);
    await settle();
    const call = { ref: "demo42", app_id: APP, user_id: "u1" };
    // As the page made them: what is cut off on a connection used before, the browser itself sends once more.
    expect(issued).toEqual([clickOf("demo42"), call, { ...call, amount_cents: 100 }]);
    expect(await code()).toBe("demo42");
  });

  test("AL9b a landing that failed takes no call with it", async () => {
    recorder.answer("click", "down");
    await land("/?ref=demo42", queued("['trackSignup', { user_id: 'u1' }]") + tag());
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u2' })");
    await recorder.arrived(3);
    const [first, second] = ["u1", "u2"].map((user_id) => ({ ref: "demo42", app_id: APP, user_id }));
    await expect.poll(() => issued).toEqual([clickOf("demo42"), first, second]);
  });
});

describe("slow", () => {
  test("AL5 AL9b while a click is unanswered the page is usable, and cookie and calls work", async () => {
    const release = recorder.hold("click");
    await open("/?ref=demo42", { head: tag("async") });
    await recorder.arrived(1);
    expect(await page.evaluate("document.readyState")).toBe("complete");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toMatchObject({
      referral: { id: "rfl_1" },
    });
    expect(await code()).toBe("demo42");
    await open("/pricing");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    release();
    await expectSent(clickOf("demo42"), { ref: "demo42", app_id: APP, user_id: "u1" });
    expect(await code()).toBe("demo42");
  });

  test("AL40 AL41 a click answered after the visitor has gone on evicts nothing", async () => {
    await land("/?ref=one");
    const release = recorder.hold("click");
    await open("/?ref=two");
    await recorder.arrived(2);
    await open("/pricing");
    release();
    await expectSent(clickOf("one"), clickOf("two"));
    expect(await code()).toBe("one");
  });
});
