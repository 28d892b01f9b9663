import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAssetFiles } from "../../../worker/gateways/static-files/asset-files.ts";
import { openNodeFiles } from "../../../worker/gateways/static-files/node-files.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const HOSTILE = [
  "../secret.json",
  "docs/../../secret.json",
  "docs/./api.json",
  "docs//api.json",
  "/docs/api.json",
  "docs/api.json/",
  "docs\\api.json",
  "..\\secret.json",
  "docs/%2e%2e/api.json",
  ".env",
  "docs/.hidden",
  "docs/api.json\0",
  "docs/api.json?x",
  "docs",
  "",
  `docs/${"a".repeat(300)}`,
];

test("R-docs on one machine a path leads to a file of its folder, or to nothing", async () => {
  const root = tempFolder();
  mkdirSync(join(root, "site/docs"), { recursive: true });
  writeFileSync(join(root, "secret.json"), "{}");
  writeFileSync(join(root, "site/.env"), "SECRET=1");
  writeFileSync(join(root, "site/docs/.hidden"), "x");
  writeFileSync(join(root, "site/docs/api.json"), '{"a":1}');
  const files = openNodeFiles(join(root, "site"));
  const found = await files.read("docs/api.json");
  expect([found?.type, await new Response(found?.body).text()]).toEqual(["application/json", '{"a":1}']);
  expect(found?.etag).toMatch(/^"[\w-]{22}"$/);
  expect(await files.read("docs/none.json")).toBeNull();
  for (const path of HOSTILE) expect([path, await files.read(path)]).toEqual([path, null]);

  writeFileSync(join(root, "site/docs/api.json"), '{"a":2}');
  expect((await files.read("docs/api.json"))?.etag).not.toBe(found?.etag);
});

test("R-docs at the edge a path that no file of ours has is not asked for", async () => {
  const asked: string[] = [];
  const binding = {
    async fetch({ url }: Request) {
      asked.push(url);
      return url.endsWith("/docs/api.json")
        ? new Response("{}", { headers: { ETag: '"e"', "Content-Type": "text/html" } })
        : new Response("none", { status: 404 });
    },
  };
  const files = openAssetFiles(binding);
  expect(await files.read("docs/api.json")).toMatchObject({ type: "application/json", etag: '"e"' });
  expect(await files.read("docs/none.json")).toBeNull();
  expect(asked).toHaveLength(2);
  for (const path of HOSTILE.slice(0, -3)) await files.read(path);
  expect(asked).toHaveLength(2);
  for (const none of [undefined, "text", {}]) expect(await openAssetFiles(none).read("docs/api.json")).toBeNull();
});
