/** The link a creator shares: the app's own site with the code. Null while the app has no domain. */
export function referralLink(ref: string, domain: string | null): string | null {
  return domain === null ? null : `https://${domain}/?ref=${encodeURIComponent(ref)}`;
}
