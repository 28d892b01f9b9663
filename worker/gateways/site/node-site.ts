import type { IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import { type Address, type AddressParts, failureOf, findPublicAddresses, pinnedTo } from "../node-address.ts";
import { MAX_SITE_BYTES, SITE_HEADERS, type SiteAnswer, type SiteGateway } from "./site.ts";

/** What tests put in the place of the network. */
interface NodeSiteParts extends AddressParts {
  readonly request?: typeof requestTls;
}

/** Asks from this machine, at addresses that anybody may reach alone: `findPublicAddresses`. */
export function openNodeSite({ request = requestTls, ...parts }: NodeSiteParts = {}): SiteGateway {
  return {
    async get(url, signal) {
      const found = await findPublicAddresses(url, { ...parts, signal });
      if (found.kind === "failed") return found;
      try {
        return await ask({ url, addresses: found.addresses, signal, request });
      } catch (error) {
        return { kind: "failed", reason: signal.aborted ? "timeout" : failureOf(error) };
      }
    },
  };
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
    const unanswered = () => reject(new Error("closed without an answer"));
    const asked = request(url, options, (response) => {
      asked.off("close", unanswered);
      const encoding = response.headers["content-encoding"] ?? "identity";
      if (encoding !== "identity") {
        response.destroy();
        resolve({ kind: "failed", reason: "unreadable" });
      } else read(response).then(resolve, reject);
    });
    asked.once("error", reject);
    // Also where it turns to another protocol (101), of which nothing else is told.
    asked.once("close", unanswered);
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
