import { createServer, type IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { getRef, type RefSource } from "../../client/src/index.ts";
import { isCode } from "../../worker/domain/code.ts";

test.each<[string, RefSource, string | null]>([
  [
    "a Fetch request",
    new Request("https://shop.test/", { headers: { Cookie: "a=1; agentlinks_ref=mara; b=2" } }),
    "mara",
  ],
  ["a request of Node's or Express'", { headers: { cookie: "agentlinks_ref=mara" } }, "mara"],
  ["headers in their own case", { headers: { Cookie: "agentlinks_ref=mara" } }, "mara"],
  ["the text of a Cookie header", "agentlinks_ref=Mara_1-x", "Mara_1-x"],
  ["no cookies", { headers: {} }, null],
  ["another cookie whose name ends like it", "not_agentlinks_ref=mara", null],
  ["a cookie without a value", "agentlinks_ref=", null],
  ["a cookie that is no pair", "agentlinks_ref", null],
  ["what is no code", "agentlinks_ref=<script>", null],
  ["a code that is too long", `agentlinks_ref=${"x".repeat(65)}`, null],
  ["two of that name, one malformed", "agentlinks_ref=%20; agentlinks_ref=mara", "mara"],
  ["nothing", undefined, null],
  ["null, as from a header that is not there", null, null],
])("CL6 the code in %s", (_, source, ref) => {
  expect(getRef(source)).toBe(ref);
});

test("CL6 what counts as a code is what the product takes for one", () => {
  const texts = ["mara", "a", "_-_", "x".repeat(64), "x".repeat(65), "", "a b", "ä", "a.b", "a%20b", "a=b", "a="];
  expect(texts.filter((text) => getRef(`agentlinks_ref=${text}`) !== null)).toEqual(texts.filter(isCode));
});

test("CL6 a request that Node itself made is one", async () => {
  const seen = new Promise<IncomingMessage>((resolve) => {
    const server = createServer((request, response) => {
      resolve(request);
      response.end(() => server.close());
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      void fetch(`http://127.0.0.1:${port}`, { headers: { Cookie: "agentlinks_ref=mara", Connection: "close" } });
    });
  });
  expect(getRef(await seen)).toBe("mara");
});
