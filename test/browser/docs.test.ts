import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNodeFiles } from "../../worker/gateways/static-files/node-files.ts";
import type { StaticFiles } from "../../worker/gateways/static-files/static-files.ts";
import { axeProblems } from "../support/axe.ts";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { serveWorld } from "../support/served-world.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

describe("the reference", () => {
  test(
    "R-docs D-accessible shows a call, its fields and answers, under the page's policy, in each colour and width",
    { timeout: 60_000 },
    async () => {
      const { url } = await serveWorld({ files: withDescription(JSON.stringify(DESCRIPTION)) });
      const { page, complaints } = await openPage(`${url}/docs/reference`);
      await page.getByRole("heading", { name: "Tracking" }).waitFor();
      expect(await page.getByText("Amounts are minor units").count()).toBe(1);

      // By the keyboard: the group, then the call, then its fields.
      await page.getByRole("button", { name: "Expand operation" }).press("Enter");
      await page.getByRole("button", { name: "/api/track/conversion Report a payment" }).press("Enter");
      await page.getByText("A payment that a customer made").waitFor();
      expect(await page.getByText("secret key: track", { exact: true }).count()).toBe(1);
      for (const tab of await page.getByRole("tab", { name: "Schema" }).all()) await tab.press("Enter");
      await page.getByText("amount_cents").first().waitFor();

      for (const [turn, [colorScheme, width]] of LOOKS.entries()) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 900 });
        const found = await axeProblems(page, { looksAlone: turn > 0 });
        expect([colorScheme, width, found]).toEqual([colorScheme, width, []]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      }
      // Nothing is sent from there, so nobody is asked for a key.
      expect(await page.locator("#reference :is(input, textarea, .authorize, .try-out):visible").count()).toBe(0);
      expect(complaints).toEqual([]);
    },
  );

  test("R-docs opens the call that its address names", async () => {
    const { url } = await serveWorld({ files: withDescription(JSON.stringify(DESCRIPTION)) });
    const { page } = await openPage(`${url}/docs/reference#/Tracking/trackConversion`);
    await page.getByText("A payment that a customer made").waitFor();
    expect(await page.getByRole("button", { name: "Report a payment", expanded: true }).count()).toBe(1);
  });

  test("R-docs that cannot be loaded says so", async () => {
    const { url } = await serveWorld({ files: withDescription("{") });
    const { page } = await openPage(`${url}/docs/reference`);
    expect(await page.getByRole("alert").textContent()).toBe("The reference could not be loaded.");
  });
});

test("R-docs a guide is read without a script; with one its code is copied by a button", async () => {
  const { url } = await serveWorld();
  const plain = await openPage(`${url}/docs/script`, { javaScriptEnabled: false });
  expect(await plain.page.getByRole("heading", { level: 2 }).count()).toBeGreaterThan(5);
  expect(await plain.page.locator("button:visible").count()).toBe(0);
  await plain.page.goto(`${url}/docs/reference`);
  expect(await plain.page.locator("main").innerText()).toContain("The reference needs JavaScript.");

  const { page, complaints } = await openPage(`${url}/docs/script`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator(".code button").first().click();
  await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toMatch(/^<script src="http:.*<\/script>$/);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByText("On this page").locator("visible=true").click();
  await page.getByRole("link", { name: "Consent" }).locator("visible=true").click();
  expect(page.url()).toBe(`${url}/docs/script#consent`);
  expect(complaints).toEqual([]);
});

const LOOKS = [
  ["light", 1280],
  ["dark", 390],
  ["dark", 1280],
  ["light", 390],
] as const;

/** A page of a fresh visitor's, and all that the browser complains of there. */
async function openPage(
  address: string,
  options: { readonly javaScriptEnabled?: boolean } = {},
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const complaints: string[] = [];
  const page = await (await newVisitor(browser, options)).newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(address);
  return { page, complaints };
}

/** The files as they were built, with another description of the API. */
function withDescription(text: string): StaticFiles {
  const built = openNodeFiles("dist/site");
  const description = { body: new TextEncoder().encode(text), type: "application/json", etag: '"description"' };
  return { read: async (path) => (path === "openapi.json" ? description : built.read(path)) };
}

const AMOUNT = { type: "integer", minimum: 1, description: "Minor units" };
const ERROR = { type: "object", properties: { code: { type: "string" }, message: { type: "string" } } };

/** One of everything that a description has. */
const DESCRIPTION = {
  openapi: "3.1.0",
  info: { title: "AgentLinks", version: "1", description: "Amounts are minor units. See [the guide](/docs/api)." },
  tags: [{ name: "Tracking", description: "What happened, as `POST`." }],
  components: { securitySchemes: { secretKey: { type: "http", scheme: "bearer" } }, schemas: { Error: ERROR } },
  paths: {
    "/api/track/conversion": {
      post: {
        tags: ["Tracking"],
        operationId: "trackConversion",
        summary: "Report a payment",
        description: "A payment that a customer made.\n\n| key | what |\n|---|---|\n| `event_id` | once |",
        security: [{ secretKey: ["track"] }],
        parameters: [
          { name: "Idempotency-Key", in: "header", schema: { type: "string" }, description: "Once" },
          { name: "which", in: "query", schema: { type: "string", enum: ["one", "two"] }, required: true },
        ],
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["amount_cents"],
                properties: {
                  amount_cents: AMOUNT,
                  note: { type: ["string", "null"], maxLength: 200 },
                  items: { type: "array", items: { type: "object", properties: { amount_cents: AMOUNT } } },
                },
              },
              examples: {
                first: { summary: "A payment", value: { amount_cents: 10_000 } },
                second: { summary: "Another", value: { amount_cents: 1 } },
              },
            },
          },
        },
        responses: {
          "200": {
            description: "Recorded",
            headers: { "Idempotent-Replayed": { schema: { type: "string" }, description: "`true` for a repeat" } },
            content: { "application/json": { schema: { type: "object", properties: { amount_cents: AMOUNT } } } },
          },
          "400": {
            description: "`invalid_request`",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
          },
        },
      },
      delete: {
        tags: ["Tracking"],
        summary: "Take it back",
        deprecated: true,
        responses: { "204": { description: "Gone" } },
      },
    },
  },
};
