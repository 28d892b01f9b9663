/** A request that a page makes, as its Content Security Policy judges it. */
export interface PolicedRequest {
  readonly kind: "script" | "connect";
  readonly url: URL;
  /** The page that makes it. */
  readonly page: URL;
  /** What the script's tag says. */
  readonly nonce: string | null;
}

/** Where the rule for each is looked for, in the order in which they count (CSP Level 3 §6.8.3). */
const FALLBACKS = {
  script: ["script-src-elem", "script-src", "default-src"],
  connect: ["connect-src", "default-src"],
} as const;

/**
 * The directive of a page's policies that stops a request, null when all let it through. `policies` are the texts of the headers,
 * each of which may hold several parted by commas, and of the page's `<meta>`. Hashes are taken for a refusal: our script has none.
 */
export function refusingDirective(policies: readonly string[], request: PolicedRequest): string | null {
  for (const policy of policies.flatMap((text) => text.split(","))) {
    const directives = directivesOf(policy);
    const name = FALLBACKS[request.kind].find((candidate) => directives.has(candidate));
    if (name !== undefined && !isAllowed(directives.get(name) ?? [], request)) return name;
  }
  return null;
}

/** The first of a name counts. */
function directivesOf(policy: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, readonly string[]>();
  for (const text of policy.split(";")) {
    const [name = "", ...sources] = text.trim().split(/\s+/);
    const known = name.toLowerCase();
    if (known !== "" && !directives.has(known)) directives.set(known, sources);
  }
  return directives;
}

function isAllowed(sources: readonly string[], request: PolicedRequest): boolean {
  const { kind, nonce } = request;
  if (kind === "script") {
    if (nonce !== null && nonce !== "" && sources.includes(`'nonce-${nonce}'`)) return true;
    // Then only nonces and hashes count: hosts are left out.
    if (sources.some((source) => source.toLowerCase() === "'strict-dynamic'")) return false;
  }
  return sources.some((source) => matches(source, request));
}

function matches(source: string, { url, page }: PolicedRequest): boolean {
  const folded = source.toLowerCase();
  if (folded === "'self'") return url.origin === page.origin;
  if (folded === "*") return url.protocol === "https:" || url.protocol === "http:" || url.protocol === page.protocol;
  if (/^[a-z][a-z0-9+.-]*:$/.test(folded))
    return url.protocol === folded || (folded === "http:" && url.protocol === "https:");
  const parts = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*|(?:\*\.)?[a-z0-9.-]+)(?::(\d{1,5}|\*))?(\/[^?#]*)?$/i.exec(source);
  if (parts === null) return false;
  const [, scheme = page.protocol.slice(0, -1), host = "", port, path = ""] = parts;
  return (
    isScheme(scheme.toLowerCase(), url) && isHost(host.toLowerCase(), url) && isPort(port, url) && isPath(path, url)
  );
}

function isScheme(scheme: string, url: URL): boolean {
  return url.protocol === `${scheme}:` || (scheme === "http" && url.protocol === "https:");
}

function isHost(host: string, url: URL): boolean {
  if (host === "*") return true;
  return host.startsWith("*.") ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
}

function isPort(port: string | undefined, url: URL): boolean {
  return port === undefined
    ? url.port === ""
    : port === "*" || url.port === port || (url.port === "" && port === "443");
}

function isPath(path: string, url: URL): boolean {
  if (path === "" || path === "/") return true;
  return path.endsWith("/") ? url.pathname.startsWith(path) : url.pathname === path;
}
