import { expect, test } from "vitest";
import { openLogMail } from "../../worker/gateways/mail/log-mail.ts";
import { outboxPages } from "../../worker/pages/dev/outbox.ts";
import { jsonOf } from "../support/node-door.ts";
import { type Json, START } from "../support/world.ts";

const HERE = { Host: "127.0.0.1:8787" };

async function outbox() {
  const mail = openLogMail({ from: "links@example.test", now: () => START });
  const pages = outboxPages(mail.sent);
  const get = (path: string, headers: Record<string, string> = HERE) => pages.request(path, { headers });
  const send = (subject: string, html = "<p>Hello</p>") =>
    mail.send({ to: "kim@example.test", subject, text: "Hello <b>", html, id: null });
  return { get, send };
}

test("AR26 the outbox of dev shows what would be sent, as a page and as JSON", async () => {
  const { get, send } = await outbox();
  expect(await (await get("/dev/outbox")).text()).toContain("No mail yet");
  await send("First");
  await send("Second <script>");
  const page = await get("/dev/outbox");
  const text = await page.text();
  expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  expect(text).toContain('<a href="/dev/outbox/2">Second &lt;script&gt;</a>');
  expect(text.indexOf("Second")).toBeLessThan(text.indexOf("First"));
  expect(text).toContain("Hello &lt;b&gt;");
  const json = await get("/dev/outbox", { ...HERE, Accept: "application/json" });
  const at = "2026-01-15T12:00:00.000Z";
  const mail = { to: "kim@example.test", text: "Hello <b>", html: "<p>Hello</p>", at };
  expect(await json.json()).toEqual({
    mails: [
      { ...mail, subject: "Second <script>" },
      { ...mail, subject: "First" },
    ],
  });
});

test("AR26 a mail's own page is sandboxed", async () => {
  const { get, send } = await outbox();
  await send("First", "<p>First</p>");
  await send("Second", "<p>Second</p>");
  const page = await get("/dev/outbox/1");
  expect(await page.text()).toBe("<p>First</p>");
  expect(page.headers.get("Content-Security-Policy")).toMatch(/^sandbox; default-src 'none'/);
  for (const path of ["/dev/outbox/0", "/dev/outbox/3", "/dev/outbox/x"]) expect((await get(path)).status).toBe(404);
});

test("AR26 the outbox keeps the last hundred", async () => {
  const { get, send } = await outbox();
  for (let n = 1; n <= 101; n++) await send(`Mail ${n}`);
  const json = await get("/dev/outbox", { ...HERE, Accept: "application/json" });
  const { mails }: { mails: readonly Json[] } = await jsonOf(json);
  expect([mails.length, mails[0]?.subject, mails.at(-1)?.subject]).toEqual([100, "Mail 101", "Mail 2"]);
});

test.each([
  ["another name", { Host: "evil.example.test" }],
  ["a proxy", { ...HERE, "X-Forwarded-For": "192.0.2.7" }],
])("AR26 the outbox is not there under %s", async (_, headers) => {
  const { get, send } = await outbox();
  await send("First");
  for (const path of ["/dev/outbox", "/dev/outbox/1"]) expect((await get(path, headers)).status).toBe(404);
});
