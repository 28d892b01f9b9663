import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SYMPTOMS } from "../../worker/domain/account-findings.ts";
import { REASONED } from "../../worker/domain/explain-words.ts";
import { FINDING_CODES } from "../../worker/domain/findings.ts";
import { COUNTED_DAYS } from "../../worker/services/explain/explain-account.ts";
import { STRIPE_EVENT_DAYS } from "../../worker/services/stripe/forget-events.ts";
import { MAX_DROPS } from "../../worker/store/drop-store.ts";
import { MAX_EXPLAINED } from "../../worker/store/explain-conversion-store.ts";

const TEXT = readFileSync("docs/explain.md", "utf8");

test("docs/explain.md names every finding, and no other", () => {
  expect(codesIn("Findings")).toEqual(FINDING_CODES);
});

test("docs/explain.md names every symptom, and no other", () => {
  expect(codesIn("The five symptoms")).toEqual(SYMPTOMS);
});

test("every reason that has words of its own is one of a finding that there is", () => {
  const codes: readonly string[] = FINDING_CODES;
  expect(REASONED.filter((key) => !codes.includes(key.split(":")[0] ?? ""))).toEqual([]);
});

test("docs/explain.md counts as the product does", () => {
  const text = TEXT.replaceAll("\n", " ");
  expect(text).toContain(`A list holds at most ${MAX_EXPLAINED} rows`);
  expect(text).toContain(
    `the newest ${MAX_DROPS.toLocaleString("en")} of an app, events of Stripe's for ${STRIPE_EVENT_DAYS} days`,
  );
  expect(text).toContain(`of the last ${MAX_EXPLAINED} events`);
  expect(text).toContain(`in ${COUNTED_DAYS} days`);
});

/** What stands in the first cells of a section's table. */
function codesIn(section: string): readonly string[] {
  const [, body = ""] = TEXT.split(`\n## ${section}\n`);
  const rows = (body.split("\n## ")[0] ?? "").matchAll(/^\| (`.*?) \|/gm);
  return [...rows].flatMap(([, cell = ""]) => [...cell.matchAll(/`(\w+)`/g)].map(([, code = ""]) => code));
}
