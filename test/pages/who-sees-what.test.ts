import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { assets } from "../../worker/assets.generated.ts";
import {
  isLive,
  isPage,
  openPageStage,
  outcomeOf,
  type PagePath,
  type PageStage,
  PERSONS,
  type PersonName,
} from "../support/page-stage.ts";
import { createWorld, type World } from "../support/world.ts";

const HEAD = `# Who sees what

Every page, and what becomes of who asks for it: the page, \`sign in\` first, a \`fresh code\` first, or it is \`not there\`. A test
makes this table of the pages that are mounted, and of what they answer.
`;

const HEAD_OFF = `## With both flags off

The pages of the two sides that [flags](self-hosting.md#flags) open, while both are off. All others stay as they are.
`;

/** The pages that a flag opens. */
const OF_A_FLAG = /^\/(?:join|referrals|settings)(?:\/|$)|^\/apps\/:appId\/affiliates/;

/** Bytes that a first look at a page may take, gzipped: its HTML, stylesheets and scripts. */
const MAX_BYTES = 30_000;
const MAX_BYTES_WITH_CHART = 60_000;

test("R-who_sees_what every page answers everybody as the table says, with the flags on and off", async () => {
  const all = await tableOf(await createWorld(), () => true);
  const off = { platformReferrals: false, settingsAffiliates: false };
  const closed = await tableOf(await createWorld({ config: { flags: off } }), ({ pattern }) => OF_A_FLAG.test(pattern));
  const text = `${HEAD}\n${all}\n${HEAD_OFF}\n${closed}`;
  await expect(text).toMatchFileSnapshot("../../docs/who-sees-what.md");
});

async function tableOf(world: World, isIn: (page: PagePath) => boolean): Promise<string> {
  const stage = await openPageStage(world);
  const lines: string[] = [];
  for (const page of stage.paths.filter(isIn)) {
    const outcomes = [];
    for (const person of PERSONS) outcomes.push(await outcomeFor(world, stage, { person, page }));
    lines.push(`| \`${page.pattern}\` | ${outcomes.join(" | ")} |`);
  }
  const table = [`| page | ${PERSONS.join(" | ")} |`, `|---|${PERSONS.map(() => "---|").join("")}`, ...lines];
  return `${table.join("\n")}\n`;
}

describe("every page", () => {
  test("weighs at most 30 kB on a first visit, and 60 kB with its chart", async () => {
    const world = await createWorld();
    const { paths, persons } = await openPageStage(world);
    const tooHeavy: string[] = [];
    for (const page of paths.filter(isPage)) {
      const { text } = await persons[personFor(page)].get(page.path);
      const bytes = gzipSync(text).length + loadedBy(text);
      const limit = text.includes(assets["chart.js"].file) ? MAX_BYTES_WITH_CHART : MAX_BYTES;
      if (bytes > limit) tooHeavy.push(`${page.pattern}: ${bytes}`);
    }
    expect(tooHeavy).toEqual([]);
  });

  test("is one that nobody frames or runs another's script on, nor keeps, if it is not the same for everybody", async () => {
    const world = await createWorld();
    const { paths, persons } = await openPageStage(world);
    for (const page of paths.filter(isPage)) {
      const { headers, status } = await persons[personFor(page)].get(page.path);
      if (status !== 200) continue;
      const policy = headers.get("Content-Security-Policy") ?? "";
      expect([page.pattern, policy]).toEqual([
        page.pattern,
        expect.stringMatching(/^default-src 'none'; script-src 'self';/),
      ]);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toContain("unsafe");
      const isForAll = page.pattern.startsWith("/docs");
      expect(headers.get("Cache-Control")).toBe(isForAll ? "public, max-age=300" : "no-store");
    }
  });
});

async function outcomeFor(
  world: World,
  { app, persons }: PageStage,
  { person, page }: { readonly person: PersonName; readonly page: PagePath },
): Promise<string> {
  const visitor = persons[person];
  if (!isLive(page)) return outcomeOf(await visitor.get(page.path)).replaceAll(app.id, ":appId");
  // It would go on: only how it begins counts.
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await world.request(page.path, { headers: { Accept: "text/html", Cookie: cookie } });
  await response.body?.cancel();
  return outcomeOf({ status: response.status, location: response.headers.get("Location") }).replaceAll(
    app.id,
    ":appId",
  );
}

/** Who gets to see a page. */
function personFor({ pattern }: PagePath): PersonName {
  if (pattern.startsWith("/referrals")) return "creator";
  if (pattern.startsWith("/settings")) return "operator";
  return pattern.startsWith("/apps") || pattern === "/account" ? "owner" : "signed out";
}

/** Bytes of the files that a page loads, gzipped. */
function loadedBy(html: string): number {
  const files = Object.values(assets).filter(({ file }) => html.includes(file));
  return files.reduce((sum, { gzip }) => sum + gzip.length, 0);
}
