import { expect, test } from "vitest";
import { resolveFlags } from "../../worker/domain/flags.ts";

const NOTHING = { app: null, installation: null };
const ENVIRONMENT = { platformReferrals: true, settingsAffiliates: false };

test.each([
  ["nobody says anything", NOTHING, { enabled: false, from: "environment" }],
  ["the installation says so", { app: null, installation: true }, { enabled: true, from: "installation" }],
  ["the app says otherwise", { app: false, installation: true }, { enabled: false, from: "app" }],
  ["only the app says anything", { app: true, installation: null }, { enabled: true, from: "app" }],
] as const)("AR1 a flag when %s", (_, settingsAffiliates, expected) => {
  expect(resolveFlags({ platformReferrals: NOTHING, settingsAffiliates }, ENVIRONMENT)).toEqual({
    platformReferrals: { enabled: true, from: "environment" },
    settingsAffiliates: expected,
  });
});
