import { compileFunction } from "node:vm";
import { expect, test } from "vitest";
import { codeBlock } from "../support/code-block.ts";
import { LINKS, startDoor } from "../support/first-party.ts";

interface Rewrite {
  readonly source: string;
  readonly destination: string;
}

/**
 * Next.js is not installed here: this shows that the configuration is valid, and that where it sends the script's
 * requests, the server answers. That Next then does so is its documentation's word.
 */
test("AL-s4 the rewrites for Next.js lead to the script and to its calls, and nowhere else", async () => {
  const door = await startDoor();
  const code = codeBlock({ file: "docs/first-party.md", heading: "## Next.js", language: "js" });
  const module: { exports: { rewrites?: () => Promise<readonly Rewrite[]> } } = { exports: {} };
  compileFunction(code.replace(LINKS, door.url), ["module"])(module);
  const rewrites = (await module.exports.rewrites?.()) ?? [];

  expect((await fetch(rewritten("/_al/agentlinks.js", rewrites))).headers.get("Content-Type")).toContain("javascript");
  for (const call of ["click", "signup", "conversion"]) {
    // The server knows the call, and only misses what belongs into it.
    const answer = await fetch(rewritten(`/_al/api/track/${call}`, rewrites), { method: "POST", body: "{}" });
    expect(answer.status).toBe(400);
  }
  expect(rewritten("/_al/api/v1/app", rewrites)).toBe("");
});

/** What `source` and `destination` mean: a segment with a colon takes one segment of the path. */
function rewritten(path: string, rewrites: readonly Rewrite[]): string {
  for (const { source, destination } of rewrites) {
    const found = new RegExp(`^${source.replaceAll(".", "\\.").replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`).exec(path);
    if (found) return destination.replaceAll(/:([a-z]\w*)/g, (_, name: string) => found.groups?.[name] ?? "");
  }
  return "";
}
