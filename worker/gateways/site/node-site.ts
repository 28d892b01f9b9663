import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import type { LookupFunction } from "node:net";
import { isPublicAddress } from "../../domain/public-address.ts";
import { MAX_SITE_BYTES, SITE_HEADERS, type SiteAnswer, type SiteGateway } from "./site.ts";

interface Address {
  readonly address: string;
  readonly family: number;
}

/** What tests put in the place of the network. */
interface NodeSiteParts {
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>;
  readonly isPublic?: (ip: string) => boolean;
  readonly request?: typeof requestTls;
}

/**
 * Asks from this machine, which may see networks that strangers must not. A name is resolved once, all its addresses must be
 * public ones, and the connection goes to those very addresses: a name that resolves otherwise a moment later leads nowhere.
 */
export function openNodeSite({
  resolve = resolveAll,
  isPublic = isPublicAddress,
  request = requestTls,
}: NodeSiteParts = {}): SiteGateway {
  return {
    async get(url, signal) {
      const addresses = await whileWaiting(
        signal,
        resolve(url.hostname).catch(() => []),
      );
      if (addresses === null) return { kind: "failed", reason: "timeout" };
      if (addresses.length === 0) return { kind: "failed", reason: "name" };
      if (!addresses.every(({ address }) => isPublic(address))) return { kind: "failed", reason: "not_public" };
      try {
        return await ask({ url, addresses, signal, request });
      } catch (error) {
        return { kind: "failed", reason: signal.aborted ? "timeout" : reasonOf(error) };
      }
    },
  };
}

/** As every other program on this machine does, by its hosts file too. */
async function resolveAll(hostname: string): Promise<readonly Address[]> {
  return lookup(hostname, { all: true });
}

/** Null when the time is over first. */
function whileWaiting<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  const over = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
    if (signal.aborted) resolve(null);
  });
  return Promise.race([work, over]);
}

function ask({
  url,
  addresses,
  signal,
  request,
}: {
  readonly url: URL;
  readonly addresses: readonly Address[];
  readonly signal: AbortSignal;
  readonly request: typeof requestTls;
}): Promise<SiteAnswer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, headers: SITE_HEADERS, lookup: pinnedTo(addresses), signal } as const;
    const asked = request(url, options, (response) => {
      const encoding = response.headers["content-encoding"] ?? "identity";
      if (encoding !== "identity") {
        response.destroy();
        resolve({ kind: "failed", reason: "unreadable" });
      } else read(response).then(resolve, reject);
    });
    asked.once("error", reject);
    asked.end();
  });
}

async function read(response: IncomingMessage): Promise<SiteAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk.subarray(0, MAX_SITE_BYTES - size));
    size += chunk.length;
    if (size >= MAX_SITE_BYTES) break;
  }
  const policy = response.headers["content-security-policy"];
  return {
    kind: "answered",
    status: response.statusCode ?? 0,
    location: response.headers.location ?? null,
    contentType: response.headers["content-type"] ?? "",
    policies: policy === undefined ? [] : [policy].flat(),
    text: new TextDecoder().decode(Buffer.concat(chunks)),
  };
}

function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_hostname, options, answer) => {
    const [first] = addresses;
    if (options.all === true) answer(null, [...addresses]);
    else answer(null, first?.address ?? "", first?.family ?? 4);
  };
}

/** OpenSSL's and Node's own words for a certificate that does not hold. */
function reasonOf(error: unknown): "tls" | "connection" {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code) ? "tls" : "connection";
}
