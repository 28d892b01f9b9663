import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import {
  answered,
  code,
  context,
  html,
  open,
  openShopForEachTest,
  page,
  recorder,
  shop,
  tag,
  withEarlierCode,
} from "../support/shop.ts";

openShopForEachTest();

const KNOWN = { status: 202, body: { tracked: true } } as const;
const UNKNOWN = { status: 202, body: { tracked: false } } as const;

/** Where the second landing happens: in another tab, or by the same page's router. */
const PLACES: readonly (readonly [string, (path: string) => Promise<Page>])[] = [
  [
    "another tab",
    async (path) => {
      const tab = await context.newPage();
      await tab.goto(shop(path));
      return tab;
    },
  ],
  [
    "the same page",
    async (path) => {
      await page.evaluate(`void history.pushState(null, "", ${JSON.stringify(path)})`);
      return page;
    },
  ],
];

describe.each(PLACES)("two landings whose clicks are both unanswered, the second in %s", (_, landAgain) => {
  test.each(["", 'data-attribution="first"'])(
    "AL41 an unknown first one costs the second nothing: %s",
    async (attribute) => {
      recorder.servePage("/", html(tag(attribute)));
      const { unknown, known } = await both("producthunt", "mara", landAgain);
      await unknown(UNKNOWN);
      await known(KNOWN);
      await expect.poll(code).toBe("mara");
    },
  );

  test("AL40 the later one wins over an earlier code", async () => {
    await withEarlierCode("old", 5);
    recorder.servePage("/", html(tag()));
    const { unknown: first, known: second } = await both("one", "two", landAgain);
    await first(KNOWN);
    await second(KNOWN);
    await expect.poll(code).toBe("two");
  });
});

test("AL41 a code that stayed because its page was left at once does not block the next one for good", async () => {
  recorder.servePage("/", html(`${tag('data-attribution="first"')}<script>location = "/en"</script>`));
  recorder.servePage("/en", html(""));
  const release = recorder.hold();
  await page.goto(shop("/?ref=producthunt"), { waitUntil: "commit" });
  await page.waitForURL("**/en");
  release();
  expect(await code()).toBe("producthunt");

  recorder.answer("click", UNKNOWN);
  await Promise.all([answered(), open("/?ref=producthunt", { head: tag('data-attribution="first"') })]);
  await expect.poll(code).toBeNull();
  recorder.answer("click", KNOWN);
  await open("/?ref=mara", { head: tag('data-attribution="first"') });
  await expect.poll(code).toBe("mara");
});

test.each(["var performance = { id: 7 }", "const performance = 7", "var self = {}", "var navigation = {}"])(
  "AL-s1 a variable of the page's own: %s",
  async (declaration) => {
    await Promise.all([answered(), open("/?ref=demo42", { head: `<script>${declaration}</script>${tag()}` })]);
    expect(await code()).toBe("demo42");
    expect(await page.evaluate("window.AgentLinks.getRef()")).toBe("demo42");
  },
);

test("AL-s1 a form that takes the name referrer, with a field that takes the name toString", async () => {
  const main = '<form name="referrer"><input name="toString"></form>';
  await Promise.all([answered(), open("/?ref=demo42", { head: "", main: main + tag() })]);
  await Promise.all([answered(), page.evaluate('void history.pushState(null, "", "/?ref=new")')]);
  await expect.poll(code).toBe("new");
});

/** Two landings before any answer; then each is answered as the test says, in its order. */
async function both(first: string, second: string, landAgain: (path: string) => Promise<Page>) {
  const gates = new Map<string, (answer: typeof KNOWN | typeof UNKNOWN) => Promise<void>>();
  await context.route("**/api/track/click", async (route) => {
    const { ref } = route.request().postDataJSON();
    const { promise, resolve } = Promise.withResolvers<typeof KNOWN | typeof UNKNOWN>();
    const done = promise.then((answer) =>
      route.fulfill({ status: answer.status, json: answer.body, headers: { "access-control-allow-origin": "*" } }),
    );
    gates.set(ref, async (answer) => {
      resolve(answer);
      await done;
    });
  });
  await page.goto(shop(`/?ref=${first}`));
  await expect.poll(() => gates.has(first)).toBe(true);
  await landAgain(`/?ref=${second}`);
  await expect.poll(() => gates.has(second)).toBe(true);
  const answerOf = (ref: string) => async (answer: typeof KNOWN | typeof UNKNOWN) => {
    await gates.get(ref)?.(answer);
    // The page acts on an answer before it hears of the next one.
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))");
  };
  return { unknown: answerOf(first), known: answerOf(second) };
}
