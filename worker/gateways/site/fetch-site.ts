import { MAX_SITE_BYTES, SITE_HEADERS, type SiteGateway } from "./site.ts";

/**
 * Asks by the platform's own fetch, for Workers: from there no private network can be reached, whatever a name resolves to.
 * Elsewhere it is not safe: node-site.ts is.
 */
export function openFetchSite(): SiteGateway {
  return {
    async get(url, signal) {
      try {
        const response = await fetch(url, { headers: SITE_HEADERS, redirect: "manual", signal });
        const policy = response.headers.get("Content-Security-Policy");
        return {
          kind: "answered",
          status: response.status,
          location: response.headers.get("Location"),
          contentType: response.headers.get("Content-Type") ?? "",
          policies: policy === null ? [] : [policy],
          text: await beginningOf(response.body),
        };
      } catch {
        return { kind: "failed", reason: signal.aborted ? "timeout" : "connection" };
      }
    },
  };
}

async function beginningOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let left = MAX_SITE_BYTES; left > 0;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.length;
  }
  await reader.cancel();
  return text;
}
