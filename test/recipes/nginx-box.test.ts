import { readFileSync } from "node:fs";
import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { freePort, startNginx } from "../support/nginx.ts";
import { startRecorder } from "../support/recorder.ts";

// `vitest.config.ts` leaves this file out where there is no nginx.

const MEBIBYTE = 1024 * 1024;

test("packaging/nginx.conf hands everything on as it came, and says whom it speaks for, whatever they say", async () => {
  const links = await startRecorder("");
  onTestFinished(() => links.close());
  const { secure } = await startBox(links.port);
  const path = "/api/v1/affiliates/a%2Fb?email=kim%40example.com";
  const headers = {
    Host: "links.example.com",
    "X-Forwarded-For": "198.51.100.66",
    Authorization: "Bearer al_sk_1",
    Cookie: "__Host-al_session=1",
    Origin: "https://links.example.com",
  };
  await send(secure, { path, headers });
  const [heard] = links.requests;
  expect(heard).toMatchObject({ path: "/api/v1/affiliates/a%2Fb", query: "?email=kim%40example.com" });
  expect(heard?.headers).toMatchObject({
    host: "links.example.com",
    "x-forwarded-for": "127.0.0.1",
    authorization: "Bearer al_sk_1",
    cookie: "__Host-al_session=1",
    origin: "https://links.example.com",
  });
});

test("packaging/nginx.conf takes an event of Stripe's, and nothing larger", async () => {
  const links = await startRecorder("");
  onTestFinished(() => links.close());
  const { secure } = await startBox(links.port);
  const statusOf = async (bytes: number) =>
    (await send(secure, { path: "/api/track/click", body: "x".repeat(bytes) })).status;
  expect(await statusOf(MEBIBYTE)).toBeLessThan(300);
  expect(await statusOf(MEBIBYTE + 1)).toBe(413);
});

test("packaging/nginx.conf leads from http to https", async () => {
  const { plain } = await startBox(await freePort());
  const answer = await send(plain, { path: "/portal?tab=links", headers: { Host: "links.example.com" } });
  expect(answer).toEqual({ status: 301, location: "https://links.example.com/portal?tab=links" });
});

/** The file as it stands there, in front of `upstream`, but for the ports and the certificate of the box. */
async function startBox(upstream: number): Promise<{ readonly plain: number; readonly secure: number }> {
  const [plain, secure] = [await freePort(), await freePort()];
  const http = readFileSync("packaging/nginx.conf", "utf8")
    .replace("listen 80;", `listen 127.0.0.1:${plain};`)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${secure};`)
    .replaceAll(/^ +(?:listen \[::\]|ssl_certificate).*$/gm, "")
    .replace("http://127.0.0.1:8787", `http://127.0.0.1:${upstream}`);
  await startNginx({ port: secure, http });
  return { plain, secure };
}

/** One request with exactly this path and these headers. */
function send(
  port: number,
  { path, headers = {}, body }: { path: string; headers?: Readonly<Record<string, string>>; body?: string },
): Promise<{ readonly status: number; readonly location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const outgoing = request({ host: "127.0.0.1", port, path, headers, method }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
