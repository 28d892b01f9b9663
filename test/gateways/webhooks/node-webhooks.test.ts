import { type IncomingMessage, request as requestPlain, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { type MakeRequest, openNodeWebhooks } from "../../../worker/gateways/webhooks/node-webhooks.ts";
import { MAX_EXCERPT_BYTES } from "../../../worker/gateways/webhooks/webhooks.ts";
import { serveHere } from "../../support/local-server.ts";

/** A server of this machine stands for one of the internet: without TLS. */
const request: MakeRequest = (url, options, answered) =>
  requestPlain(new URL(url.href.replace("https:", "http:")), options, answered);

const HERE = { address: "127.0.0.1", family: 4 } as const;

test("a message arrives as it is, and its answer is told", async () => {
  let asked = {};
  const url = await serve((message, answer) => {
    void text(message).then((body) => (asked = seen(message, body)));
    answer.writeHead(202).end("thank\u0000 you\u001b[31m");
  });
  expect(await send(url, { body: '{"a":"ü"}' })).toEqual({ kind: "answered", status: 202, excerpt: "thank you[31m" });
  expect(asked).toEqual({ method: "POST", host: url.host, signature: "v1,abc", body: '{"a":"ü"}' });
});

test("a redirect is told, not followed", async () => {
  let calls = 0;
  const url = await serve((_, answer) => {
    calls += 1;
    answer.writeHead(307, { Location: "http://169.254.169.254/" }).end();
  });
  expect(await send(url)).toMatchObject({ kind: "answered", status: 307 });
  expect(calls).toBe(1);
});

test.each([
  [["127.0.0.1"]],
  [["169.254.169.254"]],
  [["10.0.0.7"]],
  [["100.64.0.1"]],
  [["::1"]],
  [["fe80::1"]],
  [["fd00:ec2::254"]],
  [["::ffff:10.0.0.1"]],
  [["64:ff9b::a9fe:a9fe"]],
  [["2002:7f00:1::"]],
  [["0177.0.0.1"]],
  [["93.184.215.14", "127.0.0.1"]],
])("a name that resolves to %s is sent nothing", async (addresses) => {
  let calls = 0;
  const url = await serve((_, answer) => void ((calls += 1), answer.end()));
  const webhooks = openNodeWebhooks({
    allowLoopback: true,
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    request,
  });
  expect(await webhooks.send(messageTo(url), AbortSignal.timeout(2_000))).toEqual({
    kind: "failed",
    reason: "not_public",
  });
  expect(calls).toBe(0);
});

test("a name is resolved once, and the connection goes to the address that was looked at", async () => {
  const url = await serve((_, answer) => void answer.end("here"));
  const answers = [[HERE], [{ address: "169.254.169.254", family: 4 }]];
  let lookedAt: readonly string[] = [];
  const webhooks = openNodeWebhooks({
    allowLoopback: false,
    // A second answer would lead elsewhere.
    resolve: async () => answers.shift() ?? [],
    isPublic: (ip) => ((lookedAt = [...lookedAt, ip]), true),
    request,
  });
  expect(await webhooks.send(messageTo(url), AbortSignal.timeout(2_000))).toMatchObject({
    status: 200,
    excerpt: "here",
  });
  expect(lookedAt).toEqual(["127.0.0.1"]);
  expect(answers).toHaveLength(1);
});

test("this machine is reached where that is allowed, by its own names alone, and without TLS nobody else", async () => {
  const url = await serve((_, answer) => void answer.end("here"));
  const own = new URL(`http://localhost:${url.port}/hooks`);
  const signal = AbortSignal.timeout(2_000);
  const open = openNodeWebhooks({ allowLoopback: true, resolve: async () => [HERE] });
  expect(await open.send(messageTo(own), signal)).toMatchObject({ status: 200 });
  const refusal = { kind: "failed", reason: "not_public" };
  const plain = new URL(`http://shop.example.test:${url.port}/hooks`);
  const trusting = openNodeWebhooks({ allowLoopback: true, resolve: async () => [HERE], isPublic: () => true });
  expect(await trusting.send(messageTo(plain), signal)).toEqual(refusal);
  expect(await openNodeWebhooks({ allowLoopback: false }).send(messageTo(own), signal)).toEqual(refusal);
  const elsewhere = openNodeWebhooks({
    allowLoopback: true,
    resolve: async () => [{ address: "10.0.0.1", family: 4 }],
  });
  expect(await elsewhere.send(messageTo(own), signal)).toEqual(refusal);
});

test("a kilobyte is read of an answer that does not end, and one that breaks off counts by its status", async () => {
  const endless = await serve((_, answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write("x".repeat(65_536)));
    };
    answer.on("drain", more);
    more();
  });
  const answer = await send(endless);
  expect(answer.kind === "answered" && answer.excerpt.length).toBe(MAX_EXCERPT_BYTES);
  const silent = await serve((_, response) => void response.write("begun"));
  expect(await send(silent, { timeoutMs: 200 })).toEqual({ kind: "answered", status: 200, excerpt: "begun" });
});

test("silence, no such name, nobody there and no TLS are told apart", async () => {
  const silent = await serve(() => {});
  expect(await send(silent, { timeoutMs: 200 })).toEqual({ kind: "failed", reason: "timeout" });
  const signal = AbortSignal.timeout(2_000);
  const nameless = openNodeWebhooks({ allowLoopback: false, resolve: () => Promise.reject(new Error("ENOTFOUND")) });
  expect(await nameless.send(messageTo(silent), signal)).toEqual({ kind: "failed", reason: "name" });
  const closed = new URL(silent);
  closed.port = "1";
  expect(await send(closed)).toEqual({ kind: "failed", reason: "connection" });
  const plain = openNodeWebhooks({ allowLoopback: false, resolve: async () => [HERE], isPublic: () => true });
  expect(await plain.send(messageTo(silent), signal)).toEqual({ kind: "failed", reason: "tls" });
});

test.each([
  ["turns to another protocol", "101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade"],
  ["has a status that is none", "099 Nothing\r\nContent-Length: 0"],
])("an answer that %s is none, and keeps nobody waiting", async (_, head) => {
  const url = await serve((message) => void message.socket.write(`HTTP/1.1 ${head}\r\n\r\n`));
  expect(await send(url, { timeoutMs: 500 })).toEqual({ kind: "failed", reason: "connection" });
});

/** Sends to a server of this machine as if it were one of the internet. */
function send(url: URL, { body = "{}", timeoutMs = 2_000 } = {}) {
  const webhooks = openNodeWebhooks({
    allowLoopback: false,
    resolve: async () => [HERE],
    isPublic: () => true,
    request,
  });
  return webhooks.send({ ...messageTo(url), body }, AbortSignal.timeout(timeoutMs));
}

function seen({ method, headers }: IncomingMessage, body: string) {
  return { method, host: headers.host, signature: headers["webhook-signature"], body };
}

function messageTo(url: URL) {
  return { url, headers: { "webhook-signature": "v1,abc" }, body: "{}" };
}

async function serve(listener: RequestListener): Promise<URL> {
  return new URL(`https://shop.example.test:${await serveHere(listener)}/hooks`);
}
