import { MAIL_FRAME, type MailWords } from "../../texts/mail.ts";

/** A mail's words with where they lead. */
export interface MailParts {
  /** In whose name it is: the app's, else the product's. */
  readonly heading: string;
  readonly words: MailWords;
  /** Of the button; null: there is none. */
  readonly url: string | null;
  /** A code, shown large. */
  readonly code?: string;
  /** Where the recipient says that they want no more of these; null: it is none that may be switched off. */
  readonly unsubscribeUrl: string | null;
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Longer names are cut: a subject is one line. */
const MAX_SUBJECT_LENGTH = 150;

/**
 * The mail in both forms, which say the same. Whatever anybody wrote stays text: escaped in HTML, on one line in the subject. It loads
 * nothing, and is right in light and dark also where a reader drops its style sheet.
 */
export function renderMail(parts: MailParts): RenderedMail {
  return { subject: oneLine(parts.words.subject), text: textOf(parts), html: htmlOf(parts) };
}

/** A text without line breaks, control characters and marks that turn the direction of what follows. */
export function oneLine(text: string, maxLength = MAX_SUBJECT_LENGTH): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(line);
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join("")}…`;
}

function textOf({ heading, words, url, code, unsubscribeUrl }: MailParts): string {
  const { lines, facts = [], button, footer } = words;
  const blocks = [
    heading,
    ...lines.slice(0, 1),
    ...(code === undefined ? [] : [code]),
    ...lines.slice(1),
    ...(facts.length === 0 ? [] : [facts.map(([label, value]) => `${label}: ${value}`).join("\n")]),
    ...(url === null || button === undefined ? [] : [`${button}:\n${url}`]),
    "--",
    footer,
    ...(unsubscribeUrl === null ? [] : [`${MAIL_FRAME.unsubscribe}:\n${unsubscribeUrl}`]),
  ];
  return `${blocks.map((block) => block.replace(/[^\P{Cc}\n]/gu, " ")).join("\n\n")}\n`;
}

const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** The same colours once more for the dark: with `!important`, because the others stand in the elements. */
const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .al-page { background: #101317 !important; }
  .al-card { background: #1a1e24 !important; border-color: #323944 !important; color: #eceef1 !important; }
  .al-quiet { color: #a9b0bb !important; }
  .al-rule { border-color: #323944 !important; }
  .al-link { color: #9db7ff !important; }
  .al-button { background: #9db7ff !important; color: #0e1524 !important; }
}`;

function htmlOf({ heading, words, url, code, unsubscribeUrl }: MailParts): string {
  const { subject, preview, lines, facts = [], button, footer } = words;
  const [first, rest] = [lines.slice(0, 1), lines.slice(1)];
  const body = [
    `<p class="al-quiet" style="margin:0 0 24px;font-size:15px;font-weight:600;color:#5a6270">${escapeHtml(heading)}</p>`,
    ...first.map((line) => lineHtml(line, true)),
    ...(code === undefined ? [] : [codeHtml(code)]),
    ...rest.map((line) => lineHtml(line, false)),
    ...(facts.length === 0 ? [] : [factsHtml(facts)]),
    ...(url === null || button === undefined ? [] : [buttonHtml(button, url)]),
  ];
  const foot = [
    escapeHtml(footer),
    ...(unsubscribeUrl === null ? [] : [linkHtml(unsubscribeUrl, MAIL_FRAME.unsubscribe)]),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(oneLine(subject))}</title>
<style>${STYLE}</style>
</head>
<body class="al-page" style="margin:0;padding:0;background:#f3f4f6">
<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preview)}</div>
<div class="al-page" role="article" aria-label="${escapeHtml(oneLine(subject))}" lang="en" style="padding:24px 12px;background:#f3f4f6;font-family:${FONT}">
<div class="al-card" style="max-width:520px;margin:0 auto;padding:32px 28px;border:1px solid #dfe2e7;border-radius:12px;background:#ffffff;color:#1b1f26;font-size:16px;line-height:1.55;overflow-wrap:anywhere">
${body.join("\n")}
</div>
<div class="al-quiet" style="max-width:520px;margin:16px auto 0;padding:0 28px;color:#5a6270;font-size:13px;line-height:1.5;overflow-wrap:anywhere">
${foot.map((line) => `<p style="margin:0 0 8px">${line}</p>`).join("\n")}
</div>
</div>
</body>
</html>
`;
}

function lineHtml(line: string, isFirst: boolean): string {
  const size = isFirst ? "font-size:20px;line-height:1.4;font-weight:600" : "font-size:16px";
  return isFirst
    ? `<h1 style="margin:0 0 16px;${size}">${escapeHtml(line)}</h1>`
    : `<p style="margin:0 0 16px;${size}">${escapeHtml(line)}</p>`;
}

function codeHtml(code: string): string {
  const style =
    "margin:0 0 20px;font-size:34px;line-height:1.2;font-weight:700;letter-spacing:0.18em;font-family:ui-monospace,Menlo,Consolas,monospace";
  return `<p style="${style}">${escapeHtml(code)}</p>`;
}

function factsHtml(facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(
    ([label, value]) =>
      `<p class="al-rule" style="margin:0;padding:10px 0;border-top:1px solid #dfe2e7"><span class="al-quiet" style="display:block;color:#5a6270;font-size:13px">${escapeHtml(label)}</span><strong style="font-weight:600">${factHtml(value)}</strong></p>`,
  );
  return `<div style="margin:0 0 20px">${rows.join("")}</div>`;
}

function factHtml(value: string): string {
  return value.startsWith("https://") ? linkHtml(value, value) : escapeHtml(value);
}

function buttonHtml(label: string, url: string): string {
  const style =
    "display:inline-block;padding:12px 20px;border-radius:8px;background:#2447c4;color:#ffffff;font-weight:600;text-decoration:none";
  return `<p style="margin:8px 0 16px"><a class="al-button" href="${escapeHtml(url)}" style="${style}">${escapeHtml(label)}</a></p>
<p class="al-quiet" style="margin:0;font-size:13px;color:#5a6270">${escapeHtml(MAIL_FRAME.bareLink)}<br>${linkHtml(url, url)}</p>`;
}

function linkHtml(url: string, label: string): string {
  return `<a class="al-link" href="${escapeHtml(url)}" style="color:#2447c4">${escapeHtml(label)}</a>`;
}

/** Control characters go too: HTML has none. */
function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Surrogate}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
