import { createServer } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { checkedMail } from "../../../worker/gateways/mail/checked-mail.ts";
import { openCloudflareMail } from "../../../worker/gateways/mail/cloudflare-mail.ts";
import { openEdgeMail } from "../../../worker/gateways/mail/edge-mail.ts";
import { openNodeMail } from "../../../worker/gateways/mail/node-mail.ts";
import { openResendMail } from "../../../worker/gateways/mail/resend-mail.ts";
import { openSmtpMail } from "../../../worker/gateways/mail/smtp-mail.ts";
import { errorOf, fakeBinding, FROM, MAIL, startResend, startScripted, startSmtp } from "./ways-out.ts";

describe("SMTP", () => {
  test("AR26 a mail arrives with both forms, one recipient and its id", async () => {
    const { url, mails } = await startSmtp();
    await openSmtpMail({ url, from: FROM }).send(MAIL);
    const [mail] = mails;
    expect(mails).toHaveLength(1);
    expect(mail?.to).toEqual(["mara@example.test"]);
    const raw = mail?.raw ?? "";
    const [head = "", ...parts] = raw.split("\r\n\r\n");
    expect(head).toContain("From: Links of the Shop <links@example.test>\r\n");
    expect(head).toContain("To: mara@example.test\r\n");
    expect(head).toContain("Message-ID: <app_1.mail_1@example.test>");
    expect(head).toMatch(/^List-Unsubscribe: <https:\/\/links\.example\.test\/mail\/unsubscribe\?x=1>/m);
    expect(head).toContain("Content-Type: multipart/alternative");
    expect(head).not.toMatch(/^bcc:/im);
    const body = parts.join("\r\n\r\n");
    expect(body).toContain("Content-Type: text/plain; charset=utf-8");
    expect(body).toContain("Content-Type: text/html; charset=utf-8");
    expect(body).toContain("https://shop.example.test/?ref=mara");
    expect(body).toContain("<p>Hello <b>Mara</b>, gr=C3=BC=C3=9Fe</p>");
  });

  test.each([
    [550, "5.1.1 No such user mara@example.test", "refused", true],
    [550, "5.1.10 Null MX", "refused", true],
    [550, "5.7.1 Blocked", "refused", false],
    [550, "No such user 5.1.1 here", "refused", false],
    [554, "Rejected", "refused", false],
    [450, "4.2.1 Greylisted", "unavailable", false],
    [421, "4.7.0 Too many", "unavailable", false],
  ] as const)("AR26 a server that says %i %s: %s", async (code, message, kind, isDeadAddress) => {
    const { url, mails } = await startSmtp({ code, message });
    const error = await errorOf(openSmtpMail({ url, from: FROM }).send(MAIL));
    expect(error).toMatchObject({ kind, isDeadAddress, isOfMail: code !== 421 });
    expect(error?.message).toContain(String(code));
    expect(error?.message).not.toContain("mara");
    expect(mails).toEqual([]);
  });

  test.each([
    ["220 at first", "554 5.7.1 Blocked", "unavailable", false],
    ["EHLO HELO", "550 5.7.1 Go away", "unavailable", false],
    ["MAIL", "550 5.7.1 Not your sender", "unavailable", false],
    ["MAIL", "530 5.7.0 Authentication required", "unavailable", false],
    ["RCPT", "554 5.7.1 Relay access denied", "refused", true],
    ["DATA", "554 5.6.0 Not that", "refused", true],
    ["DATA", "451 4.3.0 Later", "unavailable", true],
  ] as const)("AR26 a server that answers %s with %s: %s", async (command, answer, kind, isOfMail) => {
    const url = await startScripted(command, answer);
    const error = await errorOf(openSmtpMail({ url, from: FROM }).send(MAIL));
    expect(error).toMatchObject({ kind, isOfMail, isDeadAddress: false });
  });

  test("AR26 a wrong password, a server that is away and one that is silent are no word on the mail", async () => {
    const { url } = await startSmtp();
    const wrong = url.replace("smtp://", "smtp://links:wrong@");
    expect(await errorOf(openSmtpMail({ url: wrong, from: FROM }).send(MAIL))).toMatchObject({ kind: "unavailable" });
    const away = "smtp://127.0.0.1:1";
    expect(await errorOf(openSmtpMail({ url: away, from: FROM }).send(MAIL))).toMatchObject({ kind: "unavailable" });
    const hangsUp = createServer((socket) => void socket.end());
    await new Promise<void>((listening) => void hangsUp.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void hangsUp.close());
    const address = hangsUp.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const gone = openSmtpMail({ url: `smtp://127.0.0.1:${port}`, from: FROM });
    expect(await errorOf(gone.send(MAIL))).toMatchObject({ kind: "unavailable" });
  });
});

test("AR26 a way out that takes more than 20 seconds is no word on the mail", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ended = errorOf(checkedMail(FROM, () => new Promise(() => {})).send(MAIL));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await ended).toMatchObject({ kind: "unavailable", isOfMail: false });
});

describe("Resend", () => {
  test("AR26 a mail is one call, under its id as the key of a repeat", async () => {
    const { base, posted } = await startResend();
    const gateway = openResendMail({ key: "re_test_key", from: FROM, base });
    await gateway.send(MAIL);
    await gateway.send({ ...MAIL, id: null });
    const { to, subject, text, html, headers } = MAIL;
    expect(posted[0]).toMatchObject({ method: "POST", url: "/emails" });
    expect(posted[0]?.body).toEqual({ from: FROM, to: [to], subject, text, html, headers });
    expect(posted.map((one) => [one.headers.authorization, one.headers["idempotency-key"]])).toEqual([
      ["Bearer re_test_key", "app_1.mail_1"],
      ["Bearer re_test_key", undefined],
    ]);
  });

  test.each([
    [422, { name: "validation_error", message: "Invalid `to` field." }, "refused", true],
    [422, { name: "validation_error", message: "Invalid `subject` field." }, "refused", false],
    [422, { name: "validation_error", message: "Invalid `from` field." }, "unavailable", false],
    [422, { name: "invalid_from_address", message: "x" }, "unavailable", false],
    [400, { name: "invalid_idempotency_key", message: "x" }, "refused", false],
    [400, {}, "unavailable", false],
    [404, { name: "not_found", message: "x" }, "unavailable", false],
    [405, { name: "method_not_allowed", message: "x" }, "unavailable", false],
    [401, { name: "missing_api_key", message: "x" }, "unavailable", false],
    [403, { name: "validation_error", message: "The domain is not verified." }, "unavailable", false],
    [409, { name: "concurrent_idempotent_requests", message: "x" }, "unavailable", false],
    [429, { name: "rate_limit_exceeded", message: "x" }, "unavailable", false],
    [500, {}, "unavailable", false],
    [302, {}, "unavailable", false],
  ] as const)("AR26 an answer %i %j: %s", async (status, answer, kind, isDeadAddress) => {
    const { base } = await startResend(status, answer);
    const error = await errorOf(openResendMail({ key: "re_test_key", from: FROM, base }).send(MAIL));
    expect(error).toMatchObject({ kind, isDeadAddress });
    expect(error?.message).toContain(String(status));
  });

  test("AR26 a key that went out with other words went out", async () => {
    const { base } = await startResend(409, { name: "invalid_idempotent_request", message: "x" });
    expect(await errorOf(openResendMail({ key: "re_test_key", from: FROM, base }).send(MAIL))).toBeNull();
  });

  test("AR26 Resend that is away is no word on the mail", async () => {
    const gateway = openResendMail({ key: "re_test_key", from: FROM, base: "http://127.0.0.1:1" });
    expect(await errorOf(gateway.send(MAIL))).toMatchObject({ kind: "unavailable" });
  });
});

describe("Cloudflare", () => {
  test("AR26 the binding is given one recipient and both forms", async () => {
    const { binding, given } = fakeBinding();
    await openCloudflareMail({ binding, from: FROM }).send(MAIL);
    await openCloudflareMail({ binding, from: "links@example.test" }).send({ ...MAIL, headers: {} });
    const { to, subject, text, html, headers } = MAIL;
    const sender = { email: "links@example.test", name: "Links of the Shop" };
    expect(given).toEqual([
      { to, from: sender, subject, text, html, headers },
      { to, from: "links@example.test", subject, text, html, headers: {} },
    ]);
  });

  test.each([
    ["E_RECIPIENT_SUPPRESSED", "refused", true],
    ["E_RECIPIENT_NOT_ALLOWED", "refused", false],
    ["E_VALIDATION_ERROR", "refused", false],
    ["E_SENDER_NOT_VERIFIED", "unavailable", false],
    ["E_RATE_LIMIT_EXCEEDED", "unavailable", false],
    ["E_DAILY_LIMIT_EXCEEDED", "unavailable", false],
    ["E_DELIVERY_FAILED", "unavailable", false],
    ["mara@example.test", "unavailable", false],
  ] as const)("AR26 an error %s: %s", async (code, kind, isDeadAddress) => {
    const { binding } = fakeBinding(Object.assign(new Error("for mara@example.test"), { code }));
    const error = await errorOf(openCloudflareMail({ binding, from: FROM }).send(MAIL));
    expect(error).toMatchObject({ kind, isDeadAddress });
    expect(error?.message).not.toContain("mara");
  });
});

describe("MAIL_URL", () => {
  const { binding } = fakeBinding();

  test.each([
    ["on Node, log:", openNodeMail({ url: "log:", from: FROM }), "waits"],
    ["on Node, none", openNodeMail({ url: null, from: FROM }), "waits"],
    ["on Node, smtp", openNodeMail({ url: "smtps://u:p@mail.example.test", from: FROM }), "goes out"],
    ["on Node, resend", openNodeMail({ url: "resend:re_12345678", from: FROM }), "goes out"],
    ["on Node, cloudflare", openNodeMail({ url: "cloudflare:", from: FROM }), "MAIL_URL: "],
    ["on Node, what is no URL", openNodeMail({ url: "smtp://u:p@[mail", from: FROM }), "MAIL_URL: "],
    ["on Workers, none", openEdgeMail({ url: null, from: FROM }, binding, () => {}), "waits"],
    ["on Workers, the log of dev", openEdgeMail({ url: "log:", from: FROM }, undefined, () => {}), "goes out"],
    ["on Workers, resend", openEdgeMail({ url: "resend:re_12345678", from: FROM }, undefined, () => {}), "goes out"],
    ["on Workers, cloudflare", openEdgeMail({ url: "cloudflare:", from: FROM }, binding, () => {}), "goes out"],
    [
      "on Workers, cloudflare unbound",
      openEdgeMail({ url: "cloudflare:", from: FROM }, undefined, () => {}),
      "MAIL_URL: ",
    ],
    [
      "on Workers, smtp",
      openEdgeMail({ url: "smtps://u:p@mail.example.test", from: FROM }, binding, () => {}),
      "MAIL_URL: ",
    ],
  ])("AR26 %s", (_, opened, expected) => {
    const found = "problem" in opened ? opened.problem : opened.mail === null ? "waits" : "goes out";
    expect(found).toContain(expected);
  });
});
