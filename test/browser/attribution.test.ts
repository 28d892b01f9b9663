import { expect, test } from "vitest";
import {
  answered,
  clickOf,
  code,
  context,
  cookies,
  expectSent,
  inDays,
  land,
  open,
  openShopForEachTest,
  page,
  recorder,
  settle,
  tag,
  withEarlierCode,
} from "../support/shop.ts";

openShopForEachTest();

const FIRST = 'data-attribution="first"';
/** The click of a code that does not become the visitor's: no answer may set its cookie. */
const notKept = (ref: string) => ({ ...clickOf(ref), cookie: null });

test("AL40 with the first click, the same code again counts, and its 60 days start again", async () => {
  await withEarlierCode("demo42", 5);
  await land("/?ref=demo42", tag(FIRST));
  await expectSent(clickOf("demo42"));
  expect(await cookies()).toMatchObject([{ value: "demo42", expires: inDays(60) }]);
});

test("AL40 with the first click, a second code counts and does not even lengthen the first", async () => {
  await withEarlierCode("first", 5);
  await land("/?ref=second", tag(FIRST));
  await page.reload();
  await expectSent(notKept("second"));
  expect(await cookies()).toMatchObject([{ value: "first", expires: inDays(5) }]);
});

test("AL40 with the first click, a second code by a route counts and is not kept", async () => {
  await land("/?ref=first", tag(FIRST));
  await page.evaluate('history.pushState(null, "", "/?ref=second")');
  await expectSent(clickOf("first"), notKept("second"));
  await settle();
  expect(await code()).toBe("first");
});

test("AL40 AL41 with the first click, a code that is unknown leaves room for the next", async () => {
  recorder.answer("click", { status: 202, body: { tracked: false } });
  await land("/?ref=producthunt", tag(FIRST));
  await expect.poll(cookies).toEqual([]);
  recorder.answer("click", { status: 202, body: { tracked: true } });
  await land("/?ref=demo42", tag(FIRST));
  await expectSent(clickOf("producthunt"), clickOf("demo42"));
  expect(await code()).toBe("demo42");
});

test.each([
  ["the last click", ""],
  ["the first click", FIRST],
])("AL40 AL41 with %s, a code that is unknown takes none along that came before its answer", async (_, attribute) => {
  const answer = await holdClicks();
  await open("/?ref=producthunt", { head: tag(attribute) });
  await page.evaluate('history.pushState(null, "", "/?ref=demo42")');
  await answer("producthunt", false);
  expect(await code()).toBeNull();
  await answer("demo42", true);
  await expect.poll(code).toBe("demo42");
});

test.each([
  ["one", "two"],
  ["two", "one"],
])("AL40 of two landings the last wins, though %s is answered before %s", async (...order) => {
  await withEarlierCode("old", 5);
  const answer = await holdClicks();
  await open("/?ref=one");
  await page.evaluate('history.pushState(null, "", "/?ref=two")');
  for (const ref of order) await answer(ref, true);
  await expect.poll(code).toBe("two");
});

/** Keeps each click's answer back until it is given by the code, in any order. */
async function holdClicks(): Promise<(ref: string, tracked: boolean) => Promise<void>> {
  const waiting = new Map<string, (tracked: boolean) => void>();
  await context.route("**/api/track/click", async (route) => {
    const { ref } = route.request().postDataJSON();
    const tracked = await new Promise<boolean>((resolve) => waiting.set(ref, resolve));
    await route.fulfill({ status: 202, headers: { "access-control-allow-origin": "*" }, json: { tracked } });
  });
  return async (ref, tracked) => {
    await expect.poll(() => waiting.has(ref)).toBe(true);
    const done = answered();
    waiting.get(ref)?.(tracked);
    await done;
    await settle();
  };
}
