import { expect, test } from "vitest";
import {
  APP,
  clickOf,
  code,
  context,
  expectSent,
  land,
  open,
  openShopForEachTest,
  page,
  recorder,
  tag,
} from "../support/shop.ts";

/** A page that comes back as it was left. */

openShopForEachTest({ bfcache: true });

const SIGNUP = { ref: "demo42", app_id: APP, user_id: "u1" };
/** Notes, in the page, how often it was shown, and whether as it had been left. */
const SHOWN = `<script>
  window.shown = [];
  addEventListener("pageshow", ({ persisted }) => window.shown.push(persisted));
</script>`;

test("AL7 counts nothing again, and works", async () => {
  await land("/?ref=demo42", SHOWN + tag());
  await open("/pricing");
  await goBack();
  await expectSent(clickOf("demo42"));
  await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
  await expectSent(clickOf("demo42"), SIGNUP);
  await page.evaluate('history.pushState(null, "", "/?ref=two")');
  await expectSent(clickOf("demo42"), SIGNUP, clickOf("two"));
  await expect.poll(code).toBe("two");
});

test("AL40 does not bring back the code that another page has replaced", async () => {
  await land("/?ref=one", SHOWN + tag());
  await land("/other?ref=two");
  await expect.poll(code).toBe("two");
  await goBack();
  await expectSent(clickOf("one"), clickOf("two"));
  expect(await page.evaluate("AgentLinks.getRef()")).toBe("two");
  expect(await code()).toBe("two");
});

// An `unload` listener, and in some browsers one of `beforeunload`, would keep every page from coming back.
test("AL-s1 these are all the listeners", async () => {
  await land("/?ref=demo42");
  expect(await listeners("window")).toEqual([]);
  expect(await listeners("document")).toEqual(["auxclick", "click"]);
  expect(await listeners("navigation")).toEqual(["currententrychange"]);
});

async function goBack(): Promise<void> {
  const loads = recorder.requests.length;
  await page.goBack({ waitUntil: "commit" });
  // So that the test is about what it says.
  expect(await page.evaluate("window.shown")).toEqual([false, true]);
  expect(recorder.requests).toHaveLength(loads);
}

async function listeners(expression: string): Promise<readonly string[]> {
  const session = await context.newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression });
  const found = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
  return found.listeners.map(({ type }) => type).toSorted();
}
