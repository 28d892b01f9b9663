import type { UnreachableReason } from "../../domain/install-finding.ts";

/** What is read of a page: far more than where its head ends. */
export const MAX_SITE_BYTES = 512 * 1024;

/** What a site answered, or why it did not. */
export type SiteAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly location: string | null;
      readonly contentType: string;
      /** The headers `Content-Security-Policy`. */
      readonly policies: readonly string[];
      /** The beginning of the body as UTF-8, at most `MAX_SITE_BYTES` of it. */
      readonly text: string;
    }
  | { readonly kind: "failed"; readonly reason: UnreachableReason | "not_public" };

/** Asks strangers' sites for a page: one GET without credentials, following nothing. It never throws. */
export interface SiteGateway {
  readonly get: (url: URL, signal: AbortSignal) => Promise<SiteAnswer>;
}

/** What a site's owner reads in their log. Compression is not asked for: a small page may unpack to a large one. */
export const SITE_HEADERS = {
  "User-Agent": "AgentLinks install check",
  Accept: "text/html",
  "Accept-Encoding": "identity",
} as const;
