import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { axeProblems } from "../support/axe.ts";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { startFriendExample } from "../support/friend-example.ts";

const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 390 },
] as const;

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

test("KX2 KX6 KX9 KX11 KX14 AR13 the whole way: a code is copied, a friend invited, who signs up by the link; both have credits", async () => {
  const { door, url, restartDoor } = await startFriendExample();
  const kim = await openPage();
  await signUp(kim, url, "kim@example.com");

  await kim.getByRole("button", { name: "Copy code" }).click();
  await kim.getByRole("button", { name: "Copied" }).waitFor();
  const code = await kim.getByLabel("Your code").inputValue();
  expect(code).toMatch(/^\w{6,}$/);
  expect(await kim.evaluate("navigator.clipboard.readText()")).toBe(code);
  const link = await kim.getByLabel("Your link").inputValue();
  expect(link).toBe(`${url}/auth?ref=${code}`);

  await kim.getByLabel("Invite by email").fill("Ada@Example.com, kim@example.com, nonsense");
  await kim.getByRole("button", { name: "Send invitations" }).click();
  await kim.getByRole("status").getByText("1 of 3 invitations sent").waitFor();
  expect(await kim.locator(".results li").allInnerTexts()).toEqual([
    "ada@example.com\nSent",
    "kim@example.com\nYou cannot invite yourself",
    "nonsense\nInvalid email address",
  ]);
  await kim.getByText("Get a new code").click();
  expect(await problemsOf(kim)).toEqual([]);

  // The mail is in the outbox, with the link; the friend comes by it, and types nothing.
  await restartDoor();
  const outbox = await openPage();
  await outbox.goto(`${door.url}/dev/outbox`);
  await expect.poll(() => outbox.reload().then(() => outbox.innerText("body"))).toContain("ada@example.com");
  const mail = await outbox.innerText("body");
  expect([mail.includes("kim@example.com"), mail.includes(link)]).toEqual([true, true]);
  const ada = await openPage();
  await ada.goto(link);
  await expect.poll(() => cookieOf(ada.context())).toBe(code);
  await signUp(ada, url, "ada@example.com");
  await ada.getByRole("status").getByText("You and your friend have got credits.").waitFor();
  expect(await ada.innerText("#balance")).toBe("100");

  await kim.reload();
  await kim.getByText("100 of 10,000 credits earned").waitFor();
  expect(await kim.innerText("#balance")).toBe("100");
  expect(await kim.locator("dl").allInnerTexts()).toEqual([
    "Credits to spend\n100",
    "Friends referred\n1\nCredits earned\n100",
  ]);
  expect((await kim.locator(".history li").innerText()).split("\n")).toEqual([
    "A friend",
    expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}$/),
    "+100 credits",
  ]);
  expect(await problemsOf(kim)).toEqual([]);

  await kim.getByRole("button", { name: "Buy a notebook" }).click();
  await kim.getByText("Paid with your credits.").waitFor();
  expect(await kim.innerText("#balance")).toBe("40");
});

/** A page of a new visitor. Whatever it throws, or its policy refuses, fails the test. */
async function openPage(): Promise<Page> {
  const context = await newVisitor(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  const complaints: string[] = [];
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  return page;
}

async function signUp(page: Page, url: string, email: string): Promise<void> {
  await page.goto(`${url}/auth`);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByText("Your code", { exact: true }).waitFor();
}

async function cookieOf(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === "agentlinks_ref")?.value;
}

async function problemsOf(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [turn, { colorScheme, width }] of LOOKS.entries()) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    const wide = Number(await page.evaluate("document.documentElement.scrollWidth"));
    found.push(
      ...(wide > width ? [`${wide} pixels wide`] : []),
      ...(await axeProblems(page, { looksAlone: turn > 0 })),
    );
  }
  return found;
}
