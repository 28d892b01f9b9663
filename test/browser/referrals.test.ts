import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildReferrals } from "../../build-referrals.mjs";
import { axeProblems } from "../support/axe.ts";
import { launchBrowser } from "../support/browser.ts";
import {
  type Answers,
  ANSWERS,
  ELEMENT,
  type FriendCall,
  type FriendPage,
  type FriendPageOptions,
  friends,
  openFriendPage,
} from "../support/friend-page.ts";

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 390 },
  { colorScheme: "dark", width: 1280 },
] as const;

let browser: Browser;
let script: string;
let opened: FriendPage;
let page: Page;

beforeAll(async () => {
  [{ code: script }, browser] = await Promise.all([buildReferrals(), launchBrowser()]);
});

afterAll(() => browser.close());

afterEach(async () => {
  // Whatever a test is about, nothing may be thrown into a page, and its policy refuses nothing.
  expect(opened.complaints).toEqual([]);
  await page.context().close();
});

describe("for the user who is signed in", () => {
  test("KX2 KX9 code, link, credits and the way to the cap are shown, under a strict policy", async () => {
    await open();
    expect(await page.getByLabel("Your code").inputValue()).toBe("K7WQ2M");
    expect(await page.getByLabel("Your link").inputValue()).toBe("https://app.example.test/auth?ref=K7WQ2M");
    expect(await page.locator("dl").allInnerTexts()).toEqual([
      "Credits to spend\n1,750",
      "Friends referred\n23\nCredits earned\n2,200",
    ]);
    expect(await page.getByRole("progressbar", { name: "2,200 of 10,000 credits earned" }).count()).toBe(1);
    expect(await page.evaluate(`${ROOT}.querySelector("progress").position`)).toBeCloseTo(0.22);
    expect([opened.tokens(), opened.calls.map(({ token }) => token)]).toEqual([
      1,
      ["token_1", "token_1", "token_1", "token_1"],
    ]);
  });

  test("KX18 who has earned all there is to earn is told so", async () => {
    await open({ answers: { "GET referrals/stats": () => ({ body: AT_THE_CAP }) } });
    expect(await page.getByText("Limit reached: you have earned all 10,000 credits.").count()).toBe(1);
  });

  test("KX11 the history is paged, the newest first, without an entry twice", async () => {
    // Between two pages somebody came.
    const answers = { "GET referrals/history": ({ path }: { readonly path: string }) => ({ body: historyAt(path) }) };
    await open({ answers, body: namedBy("(id) => id") });
    expect(await page.locator(".history li .name").allInnerTexts()).toEqual(names(23, 14));
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("user_5", { exact: true }).waitFor();
    expect(await page.evaluate(`${ROOT}.activeElement.innerText`)).toContain("user_13");
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("user_1", { exact: true }).waitFor();
    expect(await page.locator(".history li .name").allInnerTexts()).toEqual(names(23, 1));
    expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);
  });

  test("R-element a code without a link is shown alone, and nobody yet is said so", async () => {
    const answers = {
      "GET referrals/code": () => ({ body: { referral_code: "K7WQ2M", referral_url: null } }),
      "GET referrals/history": () => ({ body: [] }),
    };
    await open({ answers });
    expect([await page.getByLabel("Your link").count(), await page.getByLabel("Invite by email").count()]).toEqual([
      0, 0,
    ]);
    expect(await page.getByText("Nobody yet. Share your link to begin.").count()).toBe(1);
    expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);
  });
});

describe("sharing", () => {
  test.each([
    ["Copy code", "code", "K7WQ2M"],
    ["Copy link", "link", "https://app.example.test/auth?ref=K7WQ2M"],
  ])("R-element %s puts it into the clipboard, and says so", async (name, what, value) => {
    await open();
    await page.getByRole("button", { name }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(value);
    await page.getByRole("status").getByText("Copied").waitFor();
    expect(await opened.events()).toContain(`copied ${JSON.stringify({ what, value })}`);
  });

  test("R-element where copying is refused it is selected, and the user is told", async () => {
    await open();
    await page.evaluate(`navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
      document.execCommand = () => false;`);
    await page.getByRole("button", { name: "Copy code" }).click();
    await page.getByRole("alert").getByText("Please copy it by hand.").waitFor();
    expect(await page.evaluate(`${ROOT}.activeElement.id`)).toBe("code");
    expect(await page.evaluate("getSelection().toString()")).toBe("K7WQ2M");
  });

  test("R-element a phone's own sheet gets the link; who closes it has not failed", async () => {
    await open();
    await page.evaluate(`navigator.share = async (shared) => { (window.shared ??= []).push(shared);
      if (window.shared.length > 1) throw new DOMException("closed", "AbortError"); };
      document.querySelector("agentlinks-referrals").reload();`);
    const share = page.getByRole("button", { name: "Share" });
    await share.click();
    await share.click();
    expect(await page.evaluate("window.shared[0]")).toEqual({
      text: "Join me with this link:",
      url: "https://app.example.test/auth?ref=K7WQ2M",
    });
    expect((await opened.events()).filter((event) => /^(shared|error)/.test(event))).toHaveLength(1);
  });
});

describe("inviting", () => {
  test("KX6 several addresses go in one call; each is answered, and what failed stays to be mended", async () => {
    await open();
    await page.getByLabel("Invite by email").fill("kim@example.com; nonsense,\nada@example.com");
    await page.getByRole("button", { name: "Send invitations" }).click();
    await page.getByRole("status").getByText("2 of 3 invitations sent").waitFor();
    expect(await page.locator(".results li").allInnerTexts()).toEqual([
      "kim@example.com\nSent",
      "nonsense\nInvalid email address",
      "ada@example.com\nSent",
    ]);
    expect(await page.getByLabel("Invite by email").inputValue()).toBe("nonsense");
    expect(opened.calls.at(-1)?.body).toEqual({ emails: ["kim@example.com", "nonsense", "ada@example.com"] });
    expect((await opened.events()).at(-1)).toMatch(/^invited \{.*"success_count":2,"total_count":3/);
  });

  test.each([
    ["no address", " , ", "Enter an email address."],
    [
      "more than a call takes",
      Array.from({ length: 21 }, (_, n) => `u${n}@example.com`).join(" "),
      "Up to 20 addresses at once.",
    ],
  ])("R-element %s is said beside the field, and not sent", async (_, text, sentence) => {
    await open();
    const field = page.getByLabel("Invite by email");
    await field.fill(text);
    await page.getByRole("button", { name: "Send invitations" }).click();
    await page.getByRole("alert").getByText(sentence).waitFor();
    expect([await field.getAttribute("aria-invalid"), await page.evaluate(`${ROOT}.activeElement.id`)]).toEqual([
      "true",
      "emails",
    ]);
    expect(opened.calls.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("R-element a double click sends once; what the server refuses is said in its words", async () => {
    const error = { code: "rate_limited", message: "Twenty invitations a day." };
    await open({ answers: { "POST referrals/send-bulk": () => ({ status: 429, body: { error } }) } });
    await page.getByLabel("Invite by email").fill("kim@example.com");
    await page.getByRole("button", { name: "Send invitations" }).dblclick();
    await page.getByRole("alert").getByText("Twenty invitations a day.").waitFor();
    expect(opened.calls.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(await page.getByLabel("Invite by email").inputValue()).toBe("kim@example.com");
    expect((await opened.events()).at(-1)).toBe(
      'error {"message":"Twenty invitations a day.","status":429,"code":"rate_limited"}',
    );
    opened.complaints.length = 0;
  });
});

test("KX3 a new code is asked for behind a warning, and shown at once", async () => {
  let code = "K7WQ2M";
  const answers = {
    "GET referrals/code": () => ({ body: { referral_code: code, referral_url: null } }),
    "POST referrals/refresh": () => ({ body: { success: true, old_code: code, new_code: (code = "NEW234") } }),
  };
  await open({ answers });
  await page.getByText("Get a new code").click();
  await page.getByText("Your old code and link stop working.").waitFor();
  await page.getByRole("button", { name: "Replace my code" }).click();
  await page.getByRole("status").getByText("This is your new code: NEW234").waitFor();
  expect(await page.getByLabel("Your code").inputValue()).toBe("NEW234");
  expect(await page.evaluate(`${ROOT}.activeElement.id`)).toBe("code");
  expect(await opened.events()).toContain('refreshed {"code":"NEW234"}');
});

describe("the token", () => {
  test("R-element one that has expired is renewed, once for all calls at that time", async () => {
    const expired = { status: 401, body: { error: { code: "unauthorized", message: "The token has expired." } } };
    await open({ answers: refusing(({ token }) => (token === "token_1" ? expired : undefined)) });
    expect(await page.locator("header dd").innerText()).toBe("1,750");
    expect(opened.tokens()).toBe(2);
    opened.complaints.length = 0;
  });

  test("R-element one that is refused again is no loop: the user may try", async () => {
    let isFine = false;
    const refused = { status: 401, body: { error: { code: "unauthorized", message: "No." } } };
    await open({ answers: { "GET credits": () => (isFine ? { body: { balance: 5 } } : refused) } }, "Try again");
    expect(opened.tokens()).toBe(2);
    isFine = true;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Your code", { exact: true }).waitFor();
    opened.complaints.length = 0;
  });

  test.each([
    ["says 401 to who is signed out", { status: 401, body: {} }],
    ["is not there", { status: 404, body: "<h1>Not found</h1>" }],
    ["answers something else", { status: 200, body: [] }],
  ])("R-element a backend that %s leaves a sentence in the element, and an event", async (_, answer) => {
    const noToken = { status: 401, body: { error: { code: "unauthorized", message: "" } } };
    await open({ token: () => answer, answers: { "GET credits": () => noToken } }, "Try again");
    expect(await page.getByRole("alert").innerText()).toBe("This cannot be shown right now.");
    expect((await opened.events()).at(-1)).toMatch(/^error \{"message":/);
    opened.complaints.length = 0;
  });

  test("R-element a page may fetch it in its own way", async () => {
    await open();
    await page.evaluate(`{ const element = document.querySelector("agentlinks-referrals");
      element.fetchToken = async () => "from_the_page"; element.reload(); }`);
    await expect.poll(() => opened.calls.at(-1)?.token).toBe("from_the_page");
    expect(opened.tokens()).toBe(1);
  });
});

describe("words", () => {
  test("R-element all of them may be the page's, in its language, with its numbers, dates and plurals", async () => {
    const labels = {
      credits: { one: "+{n} Punkt", other: "+{n} Punkte" },
      pending: "Offen",
      progress: "{n} von {max} Punkten",
      "Invalid email address": "Das ist keine Adresse.",
      invite: "Einladen",
      send: "Los",
    };
    const answers = {
      "GET referrals/history": () => ({
        body: [1, 100].map((credits) => ({
          ...(friends(2)[1] as object),
          referred_account_id: credits,
          credits_awarded: credits,
        })),
      }),
    };
    await open(
      { lang: "de", answers, body: `<agentlinks-referrals labels='${JSON.stringify(labels)}'></agentlinks-referrals>` },
      "2.200 von 10.000 Punkten",
    );
    const rows = await page.locator(".history li").allInnerTexts();
    expect(rows.map((row) => row.split("\n").slice(1))).toEqual([
      ["24.11.2026", "+1 Punkt"],
      ["24.11.2026", "+100 Punkte"],
    ]);
    await page.getByLabel("Einladen").fill("nonsense");
    await page.getByRole("button", { name: "Los" }).click();
    await page.getByText("Das ist keine Adresse.").waitFor();
  });

  test("R-element what is no JSON are no words, and an odd language is English", async () => {
    await open({ lang: "not a language", body: `<agentlinks-referrals labels="{oops"></agentlinks-referrals>` });
    expect(await page.locator("header dd").innerText()).toBe("1,750");
  });

  test("R-element a text is a text, whoever wrote it", async () => {
    const hostile = "<img src=x onerror=alert(1)>{title}";
    const answers = {
      "GET referrals/code": () => ({ body: { referral_code: hostile, referral_url: "javascript:alert(1)" } }),
      "GET referrals/history": () => ({ body: [{ ...(friends(2)[1] as object), referred_account_id: hostile }] }),
    };
    await open({ answers, body: namedBy("(id) => id") });
    expect(await page.getByLabel("Your code").inputValue()).toBe(hostile);
    expect(await page.locator(".history .name").innerText()).toBe(hostile);
    expect(await page.locator("agentlinks-referrals img").count()).toBe(0);
  });
});

describe("in the page", () => {
  test("R-element the script adds one element and no global, also when it is there twice", async () => {
    await open({ body: `${ELEMENT}<script src="https://links.test/referrals.js?again"></script>` });
    expect(await page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !before.includes(name))")).toEqual(
      [],
    );
  });

  test("R-element an element that is taken away, moved and put back is shown as one that stayed", async () => {
    await open();
    await page.evaluate(`{ const element = document.querySelector("agentlinks-referrals"); element.remove();
      document.body.append(element); element.remove(); document.body.append(element); }`);
    await page.getByText("Your code", { exact: true }).waitFor();
    expect(await page.getByLabel("Your code").count()).toBe(1);
  });

  test("R-element its colours, font and corners are the page's, and its heading has the page's level", async () => {
    await open({ body: ELEMENT.replace(" ", ' heading-level="3" ') });
    await page.evaluate(`{ const { style } = document.querySelector("agentlinks-referrals");
      style.setProperty("--agentlinks-accent", "rgb(1, 2, 3)"); style.setProperty("--agentlinks-radius", "3px"); }`);
    expect(await page.evaluate(`getComputedStyle(${ROOT}.querySelector(".main")).backgroundColor`)).toBe(
      "rgb(1, 2, 3)",
    );
    expect(await page.getByRole("heading", { level: 3 }).allInnerTexts()).toEqual(["Invite friends"]);
    expect(await page.getByRole("heading", { level: 4 }).allInnerTexts()).toEqual(["Your referrals"]);
  });
});

describe("for everybody", () => {
  test("D-accessible axe finds nothing, light and dark, on a phone and on a desk, and nothing scrolls sideways", async () => {
    await open({ body: `${ELEMENT}<h2>Below</h2>` });
    // With all that there is to see: what was sent, what is wrong, what is folded.
    await page.getByLabel("Invite by email").fill("kim@example.com nonsense");
    await page.getByRole("button", { name: "Send invitations" }).click();
    await page.getByText("Get a new code").click();
    await page.getByText("Invalid email address").waitFor();
    const found: string[] = [];
    for (const [turn, { colorScheme, width }] of LOOKS.entries()) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      const wide = Number(await page.evaluate("document.documentElement.scrollWidth"));
      found.push(...(wide > width ? [`${wide} pixels wide`] : []), ...(await problems(turn > 0)));
    }
    expect(found).toEqual([]);
  });

  test("D-accessible without a mouse: copy, invite, see more, replace; and where one is, is seen", async () => {
    await open();
    const seen: string[] = [];
    const tab = async (times: number): Promise<void> => {
      for (let turn = 0; turn < times; turn += 1) {
        await page.keyboard.press("Tab");
        seen.push(await page.evaluate<string>(WHERE));
      }
    };
    await tab(2);
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("Copied").waitFor();
    await tab(3);
    await page.keyboard.type("kim@example.com");
    await tab(1);
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("1 of 1 invitations sent").waitFor();
    await tab(1);
    await page.keyboard.press("Enter");
    await page.locator(".history li").nth(19).waitFor();
    await tab(2);
    await page.keyboard.press("Enter");
    await tab(1);
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("This is your new code: NEW234").waitFor();
    expect(seen.join(", ")).toBe(
      "Your link, Copy link, Your code, Copy code, Invite by email, Send invitations, Show more, Show more, Get a new code, Replace my code",
    );
  });
});

const ROOT = `document.querySelector("agentlinks-referrals").shadowRoot`;
/** What has the focus, by its name; with a word where nothing shows that. */
const WHERE = `(() => {
  const element = ${ROOT}.activeElement;
  const { outlineStyle } = getComputedStyle(element);
  return (element.labels?.[0] ?? element).innerText + (outlineStyle === "none" ? " unseen" : "");
})()`;

const AT_THE_CAP = {
  referral_code: "K7WQ2M",
  total_referrals: 101,
  successful_referrals: 100,
  total_credits_earned: 10_000,
  remaining_earnable_credits: 0,
  max_earnable_credits: 10_000,
  has_reached_limit: true,
  last_referral_at: null,
};

/** The usual answers, but where `refuse` has another. */
function refusing(refuse: (call: FriendCall) => ReturnType<Answers[string]> | undefined): Answers {
  return Object.fromEntries(
    Object.entries(ANSWERS).map(([name, usual]) => [name, (call) => refuse(call) ?? usual(call)]),
  );
}

/** Opens a page and waits until `text` is there. */
async function open(options: Omit<FriendPageOptions, "script"> = {}, text = "Your code"): Promise<void> {
  opened = await openFriendPage(browser, { script, ...options });
  ({ page } = opened);
  await page.getByText(text, { exact: true }).first().waitFor();
}

/** What axe finds. */
async function problems(looksAlone: boolean): Promise<readonly string[]> {
  return axeProblems(page, { looksAlone });
}

/** An element that the page tells how to call its friends, before or after the script has come. */
function namedBy(friendName: string): string {
  return `${ELEMENT}<script src="https://links.test/own.js?${encodeURIComponent(friendName)}"></script>`;
}

/** From the second page on somebody has come in meanwhile: all that was there has moved on by one. */
function historyAt(path: string): readonly unknown[] {
  const query = new URL(path, "https://links.test").searchParams;
  const offset = Number(query.get("offset"));
  const entries = offset === 0 ? friends(23) : friends(24);
  return entries.slice(offset, offset + Number(query.get("limit")));
}

function names(from: number, to: number): readonly string[] {
  return Array.from({ length: from - to + 1 }, (_, index) => `user_${from - index}`);
}
