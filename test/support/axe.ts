import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What of a page's rules depends on its colours and its width: the rest is the same in each. */
const OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

export interface AxeOptions {
  /** True where the page was looked at whole in other colours or another width before. */
  readonly looksAlone?: boolean;
  readonly without?: readonly string[];
}

/** What axe finds on a page: the rule, and where. */
export async function axeProblems(
  page: Page,
  { looksAlone = false, without = [] }: AxeOptions = {},
): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(source);
  const options = {
    resultTypes: ["violations"],
    rules: {
      "target-size": { enabled: true },
      ...Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
    },
    ...(looksAlone ? { runOnly: { type: "rule", values: OF_LOOKS } } : {}),
  };
  const found: string[] = await page.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes.map(({ target }) => target.join(" ")).join(", ")))`,
  );
  return found;
}
