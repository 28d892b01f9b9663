import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OPERATIONS } from "../../openapi/operations.ts";

const TEXT = readFileSync("docs/api.md", "utf8");

test("docs/api.md names every route of the reference, and no other", () => {
  const named = new Set(
    [...TEXT.matchAll(/(?<=`)(GET|POST|PUT|PATCH|DELETE) (\/[^\s`?]*)/g)].map(
      ([, method, path = ""]) => `${method} ${full(path)}`,
    ),
  );
  const tracking = [...section("Tracking: `POST /api/track/…`").matchAll(/^\| `(\w+)` \|/gm)].map(
    ([, call]) => `POST /api/track/${call}`,
  );
  named.delete("POST /api/track/…");
  // It answers with a page.
  named.delete("GET /api/stripe/oauth/callback");
  const known = new Set(OPERATIONS.map(({ route }) => plain(route)));
  const written = new Set([...named, ...tracking].map(plain));
  expect([...written].filter((route) => !known.has(route))).toEqual([]);
  expect([...known].filter((route) => !written.has(route) && !/ \/\w+(?:\.d)?\.[jt]s$/.test(route))).toEqual([]);
});

/** Most tables leave out where all of their calls are. */
function full(path: string): string {
  return /^\/(?:api|health|ready|metrics)/.test(path) ? path : `/api/v1${path}`;
}

/** The same whatever its parameters are called. */
function plain(route: string): string {
  return route.replaceAll(/:\w+/g, ":");
}

function section(title: string): string {
  const [, body = ""] = TEXT.split(`\n## ${title}\n`);
  return body.split("\n## ")[0] ?? "";
}
