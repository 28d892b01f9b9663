import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { openFetchSite } from "../../../worker/gateways/site/fetch-site.ts";
import { MAX_SITE_BYTES } from "../../../worker/gateways/site/site.ts";
import { serveHere } from "../../support/local-server.ts";

test("a page comes as it was answered, and a redirect is not followed", async () => {
  let calls = 0;
  const answer = await ask((_, response) => {
    calls += 1;
    response.writeHead(302, {
      "Content-Type": "text/html",
      "Content-Security-Policy": "script-src 'self'",
      Location: "/elsewhere",
    });
    response.end("<p>Grüße</p>");
  });
  expect(answer).toEqual({
    kind: "answered",
    status: 302,
    location: "/elsewhere",
    contentType: "text/html",
    policies: ["script-src 'self'"],
    text: "<p>Grüße</p>",
  });
  expect(calls).toBe(1);
});

test("half a megabyte is read of a page that does not end", async () => {
  const answer = await ask((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  expect(answer.kind === "answered" && answer.text.length).toBe(MAX_SITE_BYTES);
});

test("a site that is silent is waited for so long, one that hangs up is not reached", async () => {
  expect(await ask(() => {}, 200)).toEqual({ kind: "failed", reason: "timeout" });
  expect(await ask((request) => void request.socket.destroy())).toEqual({ kind: "failed", reason: "connection" });
});

async function ask(listener: RequestListener, timeoutMs = 2_000) {
  const port = await serveHere(listener);
  return openFetchSite().get(new URL(`http://127.0.0.1:${port}/`), AbortSignal.timeout(timeoutMs));
}
