import MarkdownIt from "markdown-it";
import { COMMON } from "./worker/texts/common.ts";
import { DOCS } from "./worker/texts/docs.ts";

/** What stands in the source for whoever edits it; never within a block of code. */
const COMMENT = /<!--[^]*?-->/g;
const FENCED = /^( *)(`{3,}|~{3,})[^\n]*\n[^]*?^\1\2 *$/gm;

/**
 * One guide of `docs/` as a page: Markdown without HTML, headings with the ids that GitHub gives them, so that an anchor holds
 * in both places. Links to other guides lead to their pages; those to other files of the repository need its address, and are
 * plain text without.
 *
 * @param {string} source
 * @param {{ repository: string | null }} where `https://…/owner/name`
 * @returns {{ title: string, html: string, headings: { id: string, text: string, level: number }[] }}
 */
export function renderGuide(source, { repository }) {
  const markdown = new MarkdownIt({ html: false });
  const tokens = markdown.parse(withoutComments(source), {});
  const headings = nameHeadings(tokens);
  const first = tokens.findIndex(({ type }) => type === "heading_close");
  const [title] = headings;
  if (title?.level !== 1) throw new Error("a guide begins with its title");
  directLinks(tokens, repository);
  freeEmptyHeads(tokens);
  markdown.renderer.rules = { ...markdown.renderer.rules, ...RULES };
  const html = markdown.renderer.render(tokens.slice(first + 1), markdown.options, { name: title.text });
  return { title: title.text, html, headings: headings.slice(1) };
}

function withoutComments(source) {
  const blocks = [...source.matchAll(FENCED)].map(({ index, 0: { length } }) => [index, index + length]);
  return source.replaceAll(COMMENT, (comment, at) =>
    blocks.some(([from, to]) => at >= from && at < to) ? comment : "",
  );
}

/** As GitHub does: lower case, without punctuation, hyphens for spaces, numbered where it was there before. */
function nameHeadings(tokens) {
  const taken = new Map();
  return tokens.flatMap((token, at) => {
    if (token.type !== "heading_open") return [];
    const text = textOf(tokens[at + 1]);
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-");
    const times = taken.get(slug) ?? 0;
    taken.set(slug, times + 1);
    const id = times === 0 ? slug : `${slug}-${times}`;
    token.attrSet("id", id);
    return [{ id, text, level: Number(token.tag.slice(1)) }];
  });
}

function textOf(inline) {
  return inline.children.map(({ type, content }) => (type === "softbreak" ? " " : content)).join("");
}

function directLinks(tokens, repository) {
  for (const { children } of tokens.filter(({ type }) => type === "inline")) {
    const open = [];
    for (const token of children) {
      if (token.type === "link_open") {
        const href = placeOf(token.attrGet("href"), repository);
        open.push(href);
        if (href === null) token.hidden = true;
        else token.attrSet("href", href);
      }
      if (token.type === "link_close") token.hidden = open.pop() === null;
      if (token.type === "image") token.attrSet("src", imageOf(token.attrGet("src")));
    }
  }
}

/** What heads nothing is no heading of a column. */
function freeEmptyHeads(tokens) {
  for (const [at, token] of tokens.entries()) {
    if (token.type !== "th_open" || tokens[at + 1].content !== "") continue;
    token.tag = "td";
    tokens[at + 2].tag = "td";
  }
}

/** Where a link of a guide leads from its page; null: nowhere. */
function placeOf(href, repository) {
  if (/^(?:https?:|mailto:|#|\/)/.test(href)) return href;
  const guide = /^([\w-]+)\.md(#.*)?$/.exec(href);
  if (guide !== null) return `/docs/${guide[1]}${guide[2] ?? ""}`;
  if (!href.startsWith("../")) throw new Error(`a guide links ${href}, which is neither a guide nor above docs/`);
  return repository === null ? null : `${repository}/blob/HEAD/${href.slice("../".length)}`;
}

function imageOf(src) {
  if (!/^images\/[\w.-]+$/.test(src)) throw new Error(`a guide shows ${src}, which is not in docs/images`);
  return `/docs/${src}`;
}

/** The closest heading names what can be scrolled. */
const RULES = {
  heading_open(tokens, at, options, env, renderer) {
    env.name = textOf(tokens[at + 1]);
    return renderer.renderToken(tokens, at, options);
  },
  link_open: (tokens, at, options, _env, renderer) =>
    tokens[at].hidden ? "" : renderer.renderToken(tokens, at, options),
  link_close: (tokens, at, options, _env, renderer) =>
    tokens[at].hidden ? "" : renderer.renderToken(tokens, at, options),
  table_open: (_tokens, _at, _options, env) =>
    `<div class="scroll" tabindex="0" role="group" aria-label="${escaped(DOCS.table(env.name))}"><table>\n`,
  table_close: () => "</table></div>\n",
  fence: (tokens, at, _options, env) => codeBlock(tokens[at], env.name),
  code_block: (tokens, at, _options, env) => codeBlock(tokens[at], env.name),
};

/** The button is hidden until the script of the page makes it work. */
function codeBlock({ content, info }, name) {
  const text = content.trimEnd();
  const code = escaped(text);
  const label = escaped(DOCS.code(name));
  return [
    `<div class="code"><pre tabindex="0" role="group" aria-label="${label}"><code>${colored(text, info)}</code></pre>`,
    `<button type="button" class="quiet slim" hidden data-copy="${code}" data-copied="${COMMON.copied}"`,
    ` aria-label="${COMMON.copy}: ${label}">${COMMON.copy}</button></div>\n`,
  ].join("");
}

const STRING = /(?<said>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)/;
const REMARKS = {
  slashes: /(?<remark>\/\/[^\n]*|\/\*[^]*?\*\/)/,
  hash: /(?<=^|\s)(?<remark>#[^\n]*)/,
  tag: /(?<remark><!--[^]*?-->)/,
};
const REMARKS_OF = {
  ...Object.fromEntries(["js", "ts", "jsx", "tsx", "json"].map((language) => [language, REMARKS.slashes])),
  ...Object.fromEntries(["sh", "nginx", "toml", "py", "ini", "dockerfile"].map((language) => [language, REMARKS.hash])),
  html: REMARKS.tag,
};

/** What is said and what is remarked stand back from what is done: enough to read an example by. */
function colored(text, language) {
  const remarks = REMARKS_OF[language];
  if (remarks === undefined) return escaped(text);
  const parts = new RegExp(`${STRING.source}|${remarks.source}`, "gm");
  let [html, from] = ["", 0];
  for (const { 0: part, index, groups } of text.matchAll(parts)) {
    const kind = groups.said === undefined ? "remark" : "said";
    html += `${escaped(text.slice(from, index))}<span class="${kind}">${escaped(part)}</span>`;
    from = index + part.length;
  }
  return html + escaped(text.slice(from));
}

function escaped(text) {
  return new MarkdownIt().utils.escapeHtml(text);
}
