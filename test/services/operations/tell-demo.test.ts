import { expect, test } from "vitest";
import { createApp } from "../../../worker/app.ts";
import { type DemoStage, tellDemo } from "../../../worker/services/operations/tell-demo.ts";
import { createWorld } from "../../support/world.ts";

async function stage(parts: Partial<DemoStage> = {}): Promise<{ stage: DemoStage; lines: () => readonly string[] }> {
  const { deps, advance } = await createWorld();
  const app = createApp(deps, { visitor: { ipOf: () => "127.0.0.1", countryOf: () => null } });
  const api: DemoStage["api"] = async (path, init) => app.request(path, init);
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  return { stage: { deps, api, advance, print, ...parts }, lines: () => printed.join("\n").split("\n") };
}

test("the story ends with every number of the books agreeing with its sum by hand", async () => {
  const told = await stage();
  await tellDemo(told.stage);
  const sums = told.lines().filter((line) => / = /.test(line) && !line.startsWith("Before"));
  expect(sums.length).toBeGreaterThan(30);
  for (const line of sums) {
    const [byHand, books] = line.slice(54).split(" = ");
    expect(books).toBe(byHand?.trim());
  }
  expect(told.lines().at(-1)).toBe(`All ${sums.length} numbers agreed.`);
});

test("it is plain text for an 80 column terminal", async () => {
  const told = await stage();
  await tellDemo(told.stage);
  expect(told.lines().filter((line) => line.length > 80)).toEqual([]);
  expect(told.lines().filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
});

test("a number that differs from its sum ends the story with an error", async () => {
  const { stage: honest } = await stage();
  const api: DemoStage["api"] = async (path, init) => {
    const response = await honest.api(path, init);
    const text = await response.text();
    return new Response(text.replace('"net_commission_cents":2850', '"net_commission_cents":2851'), response);
  };
  await expect(tellDemo({ ...honest, api })).rejects.toThrow("28.50 by hand, 28.50 by the rule, 28.51 in the books");
});

test("an answer with another status ends the story with an error", async () => {
  const { stage: honest } = await stage();
  const api: DemoStage["api"] = (path, init) => honest.api(path.replace("/signup", "/sign-up"), init);
  await expect(tellDemo({ ...honest, api })).rejects.toThrow("/api/track/signup answered 404 instead of 2xx");
});
