/** An element of a page by its name, with its attributes; names are folded, the first of a name counts. */
export interface PageTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** More tells nothing that these do not. */
const MAX_TAGS = 2_000;
/** An element of ours has half a dozen. */
const MAX_ATTRIBUTES = 64;
/** What stands in these is text up to their end. */
const TEXT_ELEMENTS = new Set(["script", "style", "textarea", "title", "noscript", "template", "iframe"]);

/**
 * The start tags of these names in a page's HTML, in their order, as far as a look at it needs: comments, and what stands in
 * scripts, styles and templates, is passed over. It goes through the text once, whatever stands in it.
 */
export function tagsOf(html: string, names: readonly string[]): readonly PageTag[] {
  const tags: PageTag[] = [];
  // By letters of ASCII alone: others change their number.
  const folded = html.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
  let at = folded.indexOf("<");
  while (at !== -1 && tags.length < MAX_TAGS) {
    if (folded.startsWith("<!--", at)) {
      at = after(folded, "-->", at + 4);
    } else {
      const name = /^[a-z][a-z0-9-]{0,30}/.exec(folded.slice(at + 1, at + 32))?.[0];
      if (name === undefined) at += 1;
      else {
        const { attributes, end } = attributesAt(html, at + 1 + name.length);
        if (names.includes(name) && end !== -1) tags.push({ name, attributes });
        at = end !== -1 && TEXT_ELEMENTS.has(name) ? after(folded, `</${name}`, end) : end;
      }
    }
    at = at === -1 ? -1 : folded.indexOf("<", at);
  }
  return tags;
}

/** The place behind a text, -1 where it does not come. */
function after(html: string, text: string, from: number): number {
  const found = html.indexOf(text, from);
  return found === -1 ? -1 : found + text.length;
}

const ATTRIBUTE = /[\s/]*(?:([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)?))?|(>))/y;

/** Attributes up to the `>` of a tag, and the place behind it; -1 where the text ends first, and with it the last tag. */
function attributesAt(html: string, from: number): { attributes: ReadonlyMap<string, string>; end: number } {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = from;
  // Each turn takes at least one character of the text.
  for (let found = ATTRIBUTE.exec(html); found !== null; found = ATTRIBUTE.exec(html)) {
    const [, name, double, single, bare, close] = found;
    if (close !== undefined) return { attributes, end: ATTRIBUTE.lastIndex };
    const key = (name ?? "").toLowerCase();
    const isNew = !attributes.has(key) && attributes.size < MAX_ATTRIBUTES;
    if (isNew) attributes.set(key, unescaped(double ?? single ?? bare ?? ""));
  }
  return { attributes, end: -1 };
}

/** As far as an address or an id needs it. */
function unescaped(value: string): string {
  return value
    .replaceAll(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    })
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
