import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { createWorld } from "../support/world.ts";

let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  app = createApp((await createWorld()).deps, { visitor: { ipOf: () => "192.0.2.1", countryOf: () => null } });
});

describe.each([
  ["/agentlinks.js", "agentlinks_ref"],
  ["/referrals.js", "agentlinks-referrals"],
])("%s", (path, word) => {
  const get = async (headers: Record<string, string> = {}, method = "GET") => app.request(path, { headers, method });

  test("R-script any site may load it; a day in the cache, and nothing of it depends on who asks", async () => {
    const response = await get({ Origin: "https://shop.example.test" });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=86400",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
      vary: "Accept-Encoding",
    });
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(await response.text()).toContain(word);
  });

  test.each([
    ["br, gzip", "br"],
    ["gzip, deflate, br;q=0.5", "br"],
    ["GZIP", "gzip"],
    ["gzip, br;q=0", "gzip"],
    ["deflate", null],
    ["", null],
  ])("R-script for Accept-Encoding %j it is sent as %s, and is the same script", async (accepted, encoding) => {
    const plain = await (await get()).text();
    const response = await get({ "Accept-Encoding": accepted });
    expect(response.headers.get("Content-Encoding")).toBe(encoding);
    const bytes = Buffer.from(await response.arrayBuffer());
    const decode = { br: brotliDecompressSync, gzip: gunzipSync }[encoding ?? ""] ?? ((raw: Buffer) => raw);
    expect(decode(bytes).toString()).toBe(plain);
  });

  test("R-script who has it already is told so: 304, without a body", async () => {
    const etag = (await get()).headers.get("ETag") ?? "";
    expect(etag).toMatch(/^(W\/)?"[\w-]+"$/);
    const again = await get({ "If-None-Match": `"other", ${etag}` });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await get({ "If-None-Match": '"other"' })).status).toBe(200);
  });

  test("R-script HEAD answers the headers, anything else is no method of it", async () => {
    const head = await get({}, "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const method of ["POST", "PUT", "DELETE"]) expect((await get({}, method)).status).toBe(405);
  });
});
