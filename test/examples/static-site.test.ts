import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { codeBlock } from "../support/code-block.ts";
import { clicksOf, startDoor } from "../support/first-party.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("EX1 the page with the tag, served by any server: the first click counts, and the code is in the cookie", async () => {
  const door = await startDoor();
  const folder = join(tempFolder(), "site");
  cpSync("examples/static-site", folder, { recursive: true });
  const place = { file: "examples/static-site/README.md", heading: "[`index.html`]", language: "sh" };
  const env = { ...process.env, AGENTLINKS_URL: door.url, AGENTLINKS_APP: door.dev().demo.appId };
  execFileSync("bash", ["-ec", codeBlock(place)], { cwd: folder, env });
  const page = readFileSync(join(folder, "index.html"), "utf8");
  expect(page.match(/<script[^]*?<\/script>/g)).toHaveLength(1);

  const site = await serve(page);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const context = await newVisitor(browser);
  const visit = await context.newPage();
  const complaints: string[] = [];
  visit.on("console", (message) => complaints.push(message.text()));
  const click = visit.waitForResponse((response) => response.url().endsWith("/api/track/click"));
  await visit.goto(`${site}/?ref=demo42`);
  expect((await click).status()).toBe(202);
  await expect.poll(() => clicksOf(door)).toBe(1);
  expect(await context.cookies()).toMatchObject([{ name: "agentlinks_ref", value: "demo42", path: "/" }]);
  expect(complaints).toEqual([]);
}, 60_000);

async function serve(page: string): Promise<string> {
  const server = createServer((request, response) => {
    const isPage = request.url?.startsWith("/?") === true;
    // The browser asks for an icon, too.
    response.writeHead(isPage ? 200 : 204, { "Content-Type": "text/html; charset=utf-8" }).end(isPage ? page : "");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
