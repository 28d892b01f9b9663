import { request, type RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { isPublicAddress } from "../../../worker/domain/public-address.ts";
import { openNodeSite } from "../../../worker/gateways/site/node-site.ts";
import { MAX_SITE_BYTES } from "../../../worker/gateways/site/site.ts";
import { serveHere } from "../../support/local-server.ts";

const HERE = { address: "127.0.0.1", family: 4 } as const;

test("a page comes as it was answered, without a cookie, a referrer or a wish for compression", async () => {
  let asked: NodeJS.Dict<string | string[]> = {};
  const url = await serve((message, answer) => {
    asked = message.headers;
    answer.writeHead(200, {
      "Content-Type": "text/html",
      "Content-Security-Policy": "script-src 'self'",
      Location: "/x",
    });
    answer.end("<p>Grüße</p>");
  });
  expect(await ask(url)).toEqual({
    kind: "answered",
    status: 200,
    location: "/x",
    contentType: "text/html",
    policies: ["script-src 'self'"],
    text: "<p>Grüße</p>",
  });
  expect(Object.keys(asked).toSorted()).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
  expect(asked["host"]).toBe(url.host);
});

test("a redirect is told, not followed", async () => {
  let calls = 0;
  const url = await serve((_, answer) => {
    calls += 1;
    answer.writeHead(302, { Location: "http://169.254.169.254/" });
    answer.end();
  });
  expect(await ask(url)).toMatchObject({ status: 302, location: "http://169.254.169.254/" });
  expect(calls).toBe(1);
});

test.each([
  [["127.0.0.1"]],
  [["169.254.169.254"]],
  [["10.0.0.7"]],
  [["::1"]],
  [["fd00:ec2::254"]],
  [["93.184.215.14", "127.0.0.1"]],
  [["::ffff:127.0.0.1"]],
])("a name that resolves to %s is asked nothing", async (addresses) => {
  let calls = 0;
  const url = await serve((_, answer) => void ((calls += 1), answer.end()));
  const site = openNodeSite({
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    request,
  });
  expect(await site.get(url, AbortSignal.timeout(2_000))).toEqual({ kind: "failed", reason: "not_public" });
  expect(calls).toBe(0);
});

test("a name is resolved once, and the connection goes to the address that was looked at", async () => {
  const url = await serve((_, answer) => void answer.end("here"));
  const answers = [[HERE], [{ address: "169.254.169.254", family: 4 }]];
  let lookedAt: readonly string[] = [];
  const site = openNodeSite({
    // A second answer would lead elsewhere.
    resolve: async () => answers.shift() ?? [],
    isPublic: (ip) => ((lookedAt = [...lookedAt, ip]), ip === "127.0.0.1"),
    request,
  });
  const renamed = new URL(url);
  renamed.hostname = "rebound.example.test";
  expect(await site.get(renamed, AbortSignal.timeout(2_000))).toMatchObject({ kind: "answered", text: "here" });
  expect(lookedAt).toEqual(["127.0.0.1"]);
  expect(answers).toHaveLength(1);
});

test("half a megabyte is read of a page that does not end", async () => {
  const url = await serve((_, answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write("x".repeat(65_536)));
    };
    answer.on("drain", more);
    more();
  });
  const answer = await ask(url);
  expect(answer.kind === "answered" && answer.text.length).toBe(MAX_SITE_BYTES);
});

test("what is compressed all the same is not unpacked", async () => {
  const url = await serve((_, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html", "Content-Encoding": "gzip" });
    answer.end(gzipSync("<p>Hello</p>"));
  });
  expect(await ask(url)).toEqual({ kind: "failed", reason: "unreadable" });
});

test("an answer that turns to another protocol is none", async () => {
  const url = await serve((message) => {
    message.socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
  });
  expect(await ask(url)).toEqual({ kind: "failed", reason: "connection" });
});

test.each([
  ["a site that is silent", () => {}],
  ["a site that begins and goes silent", (_, answer) => void answer.write("<p>")],
] as readonly (readonly [string, RequestListener])[])("%s is waited for so long and no longer", async (_, listener) => {
  const url = await serve(listener);
  expect(await ask(url, 200)).toEqual({ kind: "failed", reason: "timeout" });
});

test("a name that nobody answers for is waited for as long", async () => {
  const site = openNodeSite({ resolve: () => new Promise(() => {}) });
  const answer = await site.get(new URL("https://slow.example.test/"), AbortSignal.timeout(100));
  expect(answer).toEqual({ kind: "failed", reason: "timeout" });
});

test("no such name, nobody there, and no TLS are told apart", async () => {
  const nobody = openNodeSite({ resolve: () => Promise.reject(new Error("ENOTFOUND")) });
  const signal = AbortSignal.timeout(2_000);
  expect(await nobody.get(new URL("https://gone.example.test/"), signal)).toEqual({ kind: "failed", reason: "name" });
  const url = await serve((_, answer) => void answer.end());
  const port = Number(url.port);
  const plain = openNodeSite({ resolve: async () => [HERE], isPublic: () => true });
  expect(await plain.get(new URL(`https://shop.example.test:${port}/`), signal)).toEqual({
    kind: "failed",
    reason: "tls",
  });
  const closed = new URL(url);
  closed.port = "1";
  expect(await ask(closed)).toEqual({ kind: "failed", reason: "connection" });
});

test("as it runs, it goes by the ranges of the internet and by TLS", async () => {
  expect(isPublicAddress("127.0.0.1")).toBe(false);
  const url = await serve((_, answer) => void answer.end());
  const site = openNodeSite({ resolve: async () => [HERE] });
  expect(await site.get(url, AbortSignal.timeout(1_000))).toEqual({ kind: "failed", reason: "not_public" });
});

/** Asks a server of this machine as if it were one of the internet. */
function ask(url: URL, timeoutMs = 2_000) {
  const site = openNodeSite({ resolve: async () => [HERE], isPublic: () => true, request });
  return site.get(url, AbortSignal.timeout(timeoutMs));
}

async function serve(listener: RequestListener): Promise<URL> {
  return new URL(`http://shop.example.test:${await serveHere(listener)}/`);
}
