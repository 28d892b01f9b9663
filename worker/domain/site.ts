/** Names that are nobody's on the internet: this machine's, a local network's, or of other networks (RFC 6761, 6762, 8375, 9476). */
const LOCAL_NAMES = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|alt|arpa|onion)$/;
const MAX_NAME_LENGTH = 253;

/**
 * The address of a site's first page by its domain (`shop.example`, `shop.example:8443`); null for what is no name on the
 * internet: numeric addresses however they are written, single words, local names.
 */
export function siteUrl(domain: string): URL | null {
  const text = `https://${domain.toLowerCase()}/`;
  if (!/^[a-z0-9.-]+(?::\d{1,5})?$/i.test(domain) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return isPublicName(url.hostname) ? url : null;
}

/**
 * Whether a page may be asked for on behalf of a site: it is the site's own name, with or without `www.`, or one below it, by
 * https, at the site's port or the usual one, and nobody signs in by it.
 */
export function belongsToSite(url: URL, site: URL): boolean {
  const own = bareName(site.hostname);
  const isOwn = bareName(url.hostname) === own || url.hostname.endsWith(`.${own}`);
  const isPort = url.port === site.port || url.port === "";
  return (
    url.protocol === "https:" &&
    url.username === "" &&
    url.password === "" &&
    isPort &&
    isOwn &&
    isPublicName(url.hostname)
  );
}

function bareName(hostname: string): string {
  return hostname.replace(/^www\./, "");
}

/**
 * Whether a URL's host is a name of the internet. A URL's host has been made one spelling before: 0x7f.1, 2130706433 and 127.0.0.1
 * are the same there.
 */
export function isPublicName(hostname: string): boolean {
  if (hostname.length > MAX_NAME_LENGTH || hostname.startsWith("[") || LOCAL_NAMES.test(hostname)) return false;
  return /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(hostname);
}
