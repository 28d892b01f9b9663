import { isPublicName } from "./site.ts";

/** Names of a machine's own, which only an installation for trying out may send to. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
const HTTPS_PORT = "";
/** Below it are the ports of other services, such as mail: nobody has their webhooks there. */
const FIRST_FREE_PORT = 1_024;

/**
 * Where webhooks may be sent: an https URL of a name on the internet, at 443 or a port from 1024 on, by which nobody signs in, without
 * a fragment. Null for anything else. With `allowLoopback` also this machine, by http too.
 */
export function webhookUrl(text: string, { allowLoopback }: { readonly allowLoopback: boolean }): URL | null {
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || text.includes("#")) return null;
  if (allowLoopback && isLoopback(url)) return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  const isPort = url.port === HTTPS_PORT || Number(url.port) >= FIRST_FREE_PORT;
  return url.protocol === "https:" && isPort && isPublicName(url.hostname) ? url : null;
}

/** Whether a URL names this very machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK_HOST.test(url.hostname);
}
