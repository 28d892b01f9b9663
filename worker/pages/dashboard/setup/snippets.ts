import type { TagChoice } from "../../../store/tag-store.ts";

/** The script's own choices: what is said no other way is not said. */
const DEFAULTS = { cookieDays: 60, attribution: "last" } as const;

/** What the script tag of an app is made of. */
export interface TagParts extends Pick<TagChoice, "cookieDays" | "attribution"> {
  readonly publicUrl: string;
  readonly appId: string;
}

/** The attributes as the script reads them, by the names they have in HTML: docs/script.md lists them. */
function attributesOf({ appId, cookieDays, attribution }: TagParts): readonly (readonly [string, string])[] {
  return [
    ["data-app-id", appId],
    ...(cookieDays === DEFAULTS.cookieDays ? [] : [["data-cookie-days", String(cookieDays)] as const]),
    ...(attribution === DEFAULTS.attribution ? [] : [["data-attribution", attribution] as const]),
  ];
}

/** The tag for any site. */
export function htmlTag(parts: TagParts): string {
  return `<script src="${sourceOf(parts)}" ${inHtml(parts)} async></script>`;
}

/** The same for Next.js, as a component. */
export function nextTag(parts: TagParts): string {
  return `import Script from "next/script";

<Script src="${sourceOf(parts)}" ${inHtml(parts)} strategy="afterInteractive" />`;
}

/** The same for Google Tag Manager, which drops the attributes of a tag: it is made by code. */
export function tagManagerTag(parts: TagParts): string {
  const sets = attributesOf(parts).map(([name, value]) => `    script.dataset.${propertyOf(name)} = "${value}";`);
  return `<script>
  (function () {
    var script = document.createElement("script");
    script.src = "${sourceOf(parts)}";
${sets.join("\n")}
    document.head.appendChild(script);
  })();
</script>`;
}

function sourceOf({ publicUrl }: TagParts): string {
  return `${publicUrl}/agentlinks.js`;
}

function inHtml(parts: TagParts): string {
  return attributesOf(parts)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");
}

/** `data-cookie-days` is `dataset.cookieDays`. */
function propertyOf(attribute: string): string {
  return attribute.replace(/^data-/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
