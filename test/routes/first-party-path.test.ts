import { expect, test } from "vitest";
import { withoutPrefix } from "../../worker/routes/first-party-path.ts";
import { createWorld } from "../support/world.ts";

test("AL-s4 an id of ours that reads like the script's name is no prefix of it", () => {
  expect(withoutPrefix("/api/v1/customers/agentlinks.js")).toBe("/api/v1/customers/agentlinks.js");
  expect(withoutPrefix("/api/v2/customers/agentlinks.js")).toBe("/agentlinks.js");
});

// Within the app: a server before it would refuse paths of this length.
test.each([
  ["one long segment", `/${"a".repeat(2_000_000)}/x`],
  ["three long segments", `/${"a".repeat(600_000)}`.repeat(3)],
  ["many segments", "/a".repeat(1_000_000)],
  ["many slashes", "/".repeat(2_000_000)],
  ["our own words over and over", "/api/track".repeat(200_000)],
])("AL-s4 %s take no longer than to read them", async (_, path) => {
  const { request } = await createWorld();
  const startedAt = performance.now();
  expect((await request(`${path}/click`)).status).toBe(404);
  // Milliseconds when linear, hours when quadratic.
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
