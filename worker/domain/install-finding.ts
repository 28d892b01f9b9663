import { refusingDirective } from "./content-policy.ts";
import { type PageTag, tagsOf } from "./page-tags.ts";

/** What a look at a site's first page found of our script: the closed list that the pages put into words. */
export type InstallFinding =
  | { readonly kind: "found" }
  /** The page's own code brings the script: a framework, or code of ours for a tag manager. */
  | { readonly kind: "in_code" }
  | { readonly kind: "blocked"; readonly directive: string; readonly origin: string }
  | { readonly kind: "other_app"; readonly appId: string }
  | { readonly kind: "no_app_id" }
  | { readonly kind: "no_tag"; readonly tagManager: boolean }
  | { readonly kind: "not_html" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "unreachable"; readonly reason: UnreachableReason }
  | { readonly kind: "elsewhere"; readonly host: string }
  | { readonly kind: "redirects" }
  | { readonly kind: "not_public" }
  | { readonly kind: "no_domain" };

export type UnreachableReason = "name" | "timeout" | "tls" | "connection" | "unreadable";

/** A page as it came. */
export interface SitePage {
  readonly url: URL;
  readonly html: string;
  /** The headers of its policies. */
  readonly policies: readonly string[];
}

/** Longer than an app's id; what a stranger's page says is not shown at length. */
const MAX_SHOWN = 64;

/** What a page that came as HTML says of the app's tag. */
export function findInstall(page: SitePage, appId: string): InstallFinding {
  const tags = tagsOf(page.html, ["script", "meta"]);
  const scripts = tags.flatMap((tag) => scriptOf(tag, page.url) ?? []);
  const own = scripts.find((script) => script.appId === appId);
  if (own !== undefined) return refusal(own, page, tags) ?? { kind: "found" };
  if (page.html.includes(appId) && page.html.includes(FILE)) return { kind: "in_code" };
  const other = scripts.find((script) => script.appId !== "");
  if (other !== undefined) return { kind: "other_app", appId: other.appId.slice(0, MAX_SHOWN) };
  if (scripts.length > 0) return { kind: "no_app_id" };
  return { kind: "no_tag", tagManager: /googletagmanager\.com\/(?:gtm|ns)\b/.test(page.html) };
}

interface OurScript {
  readonly url: URL;
  readonly appId: string;
  readonly nonce: string | null;
}

const FILE = "agentlinks.js";

/** The script knows its tag by its file's name, wherever it is served from. */
function scriptOf({ name, attributes }: PageTag, page: URL): OurScript | null {
  const src = attributes.get("src") ?? "";
  if (name !== "script" || !URL.canParse(src, page.href)) return null;
  const url = new URL(src, page);
  if (!url.pathname.endsWith(`/${FILE}`)) return null;
  return { url, appId: attributes.get("data-app-id") ?? "", nonce: attributes.get("nonce") ?? null };
}

/** The page's policy, should it stop the script or what it sends. */
function refusal({ url, nonce }: OurScript, page: SitePage, tags: readonly PageTag[]): InstallFinding | null {
  const metas = tags.filter(
    ({ name, attributes }) =>
      name === "meta" && attributes.get("http-equiv")?.toLowerCase() === "content-security-policy",
  );
  const policies = [...page.policies, ...metas.map(({ attributes }) => attributes.get("content") ?? "")];
  const click = new URL("api/track/click", url);
  const directive =
    refusingDirective(policies, { kind: "script", url, page: page.url, nonce }) ??
    refusingDirective(policies, { kind: "connect", url: click, page: page.url, nonce: null });
  return directive === null ? null : { kind: "blocked", directive, origin: url.origin };
}
