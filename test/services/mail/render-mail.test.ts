import { beforeAll, expect, test } from "vitest";
import { MAIL_TEMPLATES } from "../../../worker/domain/mail-template.ts";
import { weekOfDigest } from "../../../worker/domain/mail-timing.ts";
import type { Mail } from "../../../worker/gateways/mail/mail.ts";
import { oneLine, renderMail } from "../../../worker/services/mail/render-mail.ts";
import { DAY_MS } from "../../support/creators.ts";
import { mailsOfEveryKind } from "../../support/mails.ts";
import { sendSignInCode } from "../../../worker/services/mail/send-sign-in-code.ts";

const HOSTILE = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' style='background:url(//evil.test)' x='`,
  `</title></style></head><body onload=alert(1)>`,
  `Shop\r\nBcc: eve@evil.test\r\n\r\n<h1>Hello</h1>`,
  `Shop\u2028\u0085\u0000\u202Egnp.exe`,
  `&lt;script&gt;&#60;b&#62;`,
  "x".repeat(256),
  `<a href="https://evil.test">Click</a>`,
  "<!-- --><![CDATA[ ]]>",
];

let shop: ReadonlyMap<string, Mail>;
beforeAll(async () => {
  shop = await mailsOfEveryKind("Shop");
});

test.each(HOSTILE)(
  "AR26 no mail of any kind is more than text, whatever an app and a creator are called: %j",
  async (name) => {
    const hostile = await mailsOfEveryKind(name);
    expect([...hostile.keys()]).toEqual([...shop.keys()]);
    for (const [template, mail] of hostile) {
      const model = shop.get(template);
      expect([template, ...tagsOf(mail.html)]).toEqual([template, ...tagsOf(model?.html ?? "")]);
      expect(mail.html).not.toMatch(/<script|<img|<!--(?!\w)/i);
      expect(mail.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E]/u);
      expect(mail.text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    }
  },
);

test("AR26 every mail has both forms that say the same, a heading, why it came, and where it leads to", async () => {
  const mails = shop;
  expect([...mails.keys()].toSorted()).toEqual([...MAIL_TEMPLATES, "sign_in", "confirm"].toSorted());
  for (const [template, mail] of mails) {
    const { html, text } = mail;
    const words = wordsOf(html);
    expect([template, linesOf(text).filter((line) => !words.includes(line))]).toEqual([template, []]);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).not.toMatch(/<table|<img|<link|url\(|@import|src=/);
    expect(text).toMatch(/You get this mail because/);
    const urls = [...html.matchAll(/href="([^"]+)"/g)].map(([, url = ""]) => url.replaceAll("&amp;", "&"));
    expect([template, urls.filter((url) => !text.includes(url))]).toEqual([template, []]);
    const mayStop = ["first_commission", "weekly_digest", "friend_invitation"].includes(template);
    expect([template, mail.headers?.["List-Unsubscribe"] !== undefined]).toEqual([template, mayStop]);
    expect([template, text.includes("Send me no more")]).toEqual([template, mayStop]);
  }
});

test("AR26 a code is large, in both forms and the subject, and says how long it is valid", async () => {
  const mails = shop;
  for (const kind of ["sign_in", "confirm"]) {
    const mail = mails.get(kind);
    expect(mail?.subject).toBe("123456 is your AgentLinks code");
    expect(mail?.text).toContain("\n123456\n");
    expect(mail?.html).toMatch(/font-size:34px[^>]*>123456</);
    expect(mail?.text).toContain("valid for 10 minutes");
    expect(mail?.id).toBeNull();
  }
});

test("AR26 without a way out a code is refused at once, and does not wait", async () => {
  const sending = sendSignInCode({ mail: null }, { to: "kim@example.test", code: "123456", confirms: false });
  await expect(sending).rejects.toMatchObject({ kind: "unavailable" });
});

test("AR26 a subject is one line, whatever its words are", () => {
  const words = { subject: "Hello\r\nBcc: eve@evil.test", preview: "", lines: [], footer: "" };
  const { subject } = renderMail({ heading: "Shop", words, url: null, unsubscribeUrl: null });
  expect(subject).toBe("Hello Bcc: eve@evil.test");
});

test.each([
  ["a\r\nb", "a b"],
  [" a  \u2028 b ", "a b"],
  ["\u202Eevil", "evil"],
  ["abcdef", "abcd…"],
  ["👩‍🚀👩‍🚀👩‍🚀", "👩‍🚀👩…"],
])("a line of %j is %j", (text, line) => {
  expect(oneLine(text, 5)).toBe(line);
});

test.each([
  ["Monday 08:00 tells of the week before", Date.UTC(2026, 0, 19, 8), "2026-01-12"],
  ["a moment earlier still of the one before that", Date.UTC(2026, 0, 19, 8) - 1, "2026-01-05"],
  ["Sunday night", Date.UTC(2026, 0, 25, 23, 59), "2026-01-12"],
  ["over a new year", Date.UTC(2026, 0, 1, 12), "2025-12-22"],
])("a digest of %s", (_, now, monday) => {
  expect(new Date(weekOfDigest(now) * DAY_MS).toISOString().slice(0, 10)).toBe(monday);
});

/** Elements and the names of their attributes, in their order. */
function tagsOf(html: string): readonly string[] {
  return [...html.matchAll(/<(\/?[a-z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*>/g)].map(
    ([, tag = "", attributes = ""]) =>
      `${tag} ${[...attributes.matchAll(/([\w-]+)="/g)].map(([, one]) => one).join(" ")}`,
  );
}

function wordsOf(html: string): string {
  return html
    .replace(/^[^]*<body/, "<body")
    .replace(/<a [^>]*href="([^"]*)"[^>]*>/g, "\n$1\n")
    .replace(/<[^>]*>/g, "\n")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** The lines of a text, each as it stands in the HTML: a label by itself. */
function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line) => line.split(/(?<=^[A-Z\d][\w ]{1,30}): ?/))
    .map((line) => line.replace(/:$/, ""))
    .filter((line) => line !== "" && line !== "--");
}
