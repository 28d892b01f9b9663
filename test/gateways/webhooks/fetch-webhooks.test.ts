import { expect, test } from "vitest";
import { openFetchWebhooks } from "../../../worker/gateways/webhooks/fetch-webhooks.ts";
import { MAX_EXCERPT_BYTES } from "../../../worker/gateways/webhooks/webhooks.ts";
import { serveHere } from "../../support/local-server.ts";

test("a message arrives, a redirect is not followed, and a kilobyte of the answer is read", async () => {
  let calls = 0;
  const port = await serveHere((message, answer) => {
    calls += 1;
    const signature = String(message.headers["webhook-signature"]);
    answer.writeHead(302, { Location: "/elsewhere" }).end(`${message.method} ${signature} ${"x".repeat(5_000)}`);
  });
  const answer = await send(port);
  expect(answer).toMatchObject({ kind: "answered", status: 302, excerpt: expect.stringMatching(/^POST v1,abc x+$/) });
  expect(answer.kind === "answered" && answer.excerpt.length).toBe(MAX_EXCERPT_BYTES);
  expect(calls).toBe(1);
});

test("a receiver that is silent is waited for so long; one that breaks off counts by its status", async () => {
  expect(await send(await serveHere(() => {}), 200)).toEqual({ kind: "failed", reason: "timeout" });
  const hangsUp = await serveHere((message) => void message.socket.destroy());
  expect(await send(hangsUp)).toEqual({ kind: "failed", reason: "connection" });
  const begins = await serveHere((_, answer) => void answer.write("begun"));
  expect(await send(begins, 200)).toEqual({ kind: "answered", status: 200, excerpt: "begun" });
});

test("without TLS only this machine is sent anything, and it where that is allowed", async () => {
  let calls = 0;
  const port = await serveHere((_, answer) => void ((calls += 1), answer.end()));
  const strict = openFetchWebhooks({ allowLoopback: false });
  const refusal = { kind: "failed", reason: "not_public" };
  const signal = AbortSignal.timeout(2_000);
  expect(await strict.send(messageTo(`http://127.0.0.1:${port}/`), signal)).toEqual(refusal);
  const open = openFetchWebhooks({ allowLoopback: true });
  expect(await open.send(messageTo(`http://shop.example.test:${port}/`), signal)).toEqual(refusal);
  expect(calls).toBe(0);
});

function send(port: number, timeoutMs = 2_000) {
  const message = messageTo(`http://127.0.0.1:${port}/hooks`);
  return openFetchWebhooks({ allowLoopback: true }).send(message, AbortSignal.timeout(timeoutMs));
}

function messageTo(url: string) {
  return { url: new URL(url), headers: { "webhook-signature": "v1,abc" }, body: "{}" };
}
