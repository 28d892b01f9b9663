import { beforeEach, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { runCall } from "../../worker/services/track/run-call.ts";
import { setProgram } from "../support/creators.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const OWN = "https://shop.example.test";
const FOREIGN = "https://thief.example.test";
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  await setProgram(world, app, { origins: [OWN] });
});

test("E-origin_not_allowed what else a batch runs into is no refusal", async () => {
  const caller = { source: "public", appId: app.id, origin: OWN } as const;
  const batch = [{ sql: "UPDATE app SET name = NULL WHERE id = ?1", args: [app.id] }];
  const call = { code: app.ref, now: world.deps.now(), batch };
  await expect(runCall(world.deps, caller, call)).rejects.toMatchObject({ kind: "constraint" });
  expect(await runCall(world.deps, { ...caller, origin: FOREIGN }, call)).toMatchObject({ ok: false });
});

test("E-origin_not_allowed a click with a queue is checked too, by the list of a minute ago at the oldest", async () => {
  const queue: unknown[] = [];
  const deps = { ...world.deps, clickQueue: { send: async (message: unknown) => void queue.push(message) } };
  const http = createApp(deps, { visitor: { ipOf: () => "192.0.2.1", countryOf: () => null } });
  const click = async (headers: Readonly<Record<string, string>>) => {
    const init = {
      method: "POST",
      body: JSON.stringify({ ref: app.ref }),
      headers: { "User-Agent": CHROME, ...headers },
    };
    return (await http.request("/api/track/click", init)).status;
  };
  expect([await click({ Origin: FOREIGN }), await click({ Origin: OWN }), await click({})]).toEqual([403, 202, 202]);
  expect(queue).toHaveLength(2);
  await setProgram(world, app, { origins: [] });
  world.advance(60_000);
  expect(await click({ Origin: FOREIGN })).toBe(202);
});
