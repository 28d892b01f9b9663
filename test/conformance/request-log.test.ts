import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { anyHistory } from "../simulation/actions.ts";
import { runs, TIME_LIMIT_MS } from "../simulation/runs.ts";
import { Stage } from "../simulation/stage.ts";
import { workerUrl } from "../support/edge-door.ts";
import { type DbFault, openFaultyDb } from "../support/faulty-db.ts";
import { HOSTILE_VALUES } from "../support/hostile-bodies.ts";
import { unknownKey } from "../support/keys.ts";
import {
  headersOf,
  KEYED_ROUTES,
  OPERATOR_ROUTES,
  type Route,
  TRACK_ROUTES,
  VALIDATE_ROUTE,
} from "../support/routes.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const ALL_ROUTES = [...KEYED_ROUTES, ...OPERATOR_ROUTES, ...TRACK_ROUTES, VALIDATE_ROUTE];
/** Everything a caller chooses contains it, but for addresses and keys. */
const MARKER = "kim7secret";
const ADDRESS = "203.0.113.77";
/** Over HTTP a call takes ten times as long: fewer histories and values. */
const IS_EDGE = workerUrl() !== null;
const HOSTILE = HOSTILE_VALUES.filter((_, n) => !IS_EDGE || n % 13 === 5);
/** What a line may hold: names, numbers and ids of ours. */
const FIELDS = new Set("request_id method route status ms app error replayed level limit work".split(" "));

let lines: string[];

beforeEach(() => {
  lines = [];
});

test("D-log one JSON line a request: its id, pattern, status, time, app, and why it was refused", async () => {
  const world = await openWorld();
  const app = await world.newApp();
  lines = [];
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 100, event_id: "e1" };
  const path = "/_al/api/track/conversion";
  const answer = await world.call(path, payment, { key: app.key });
  await world.call(path, payment, { key: app.key });
  const refused = await world.call(path, { ...payment, ref: "nobody" });
  await world.call("/api/v1/app?app_id=anything", undefined, { key: world.operatorKey });
  const line = {
    method: "POST",
    route: "/api/track/conversion",
    ms: expect.any(Number),
    request_id: expect.any(String),
  };
  expect(answer.status).toBe(200);
  expect(lines.map((text) => JSON.parse(text))).toEqual([
    { ...line, status: 200, app: app.id },
    { ...line, status: 200, app: app.id, replayed: true },
    { ...line, status: 404, error: "unknown_ref", request_id: refused.body.error.request_id },
    { ...line, method: "GET", route: "/api/v1/app", status: 404, error: "not_found" },
  ]);
});

test(
  "D-log a random history leaves no user, code, key or address in it",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory(30), async (history) => {
        lines = [];
        const stage = await Stage.open({ log });
        for (const action of history) await stage.perform(action);
        const said = new Set<string>();
        for (const { body, options } of stage.sent) {
          for (const name of ["ref", "user_id", "event_id", "payment_ref"]) if (body[name]) said.add(body[name]);
          said.add(options.headers["X-Test-IP"] ?? "").add(options.key ?? "");
        }
        said.delete("");
        const words = new Set(
          lines.flatMap((line) => leaves(JSON.parse(line))).flatMap((leaf) => leaf.split(/[^\w:.@-]+/)),
        );
        expect([...said].filter((word) => words.has(word))).toEqual([]);
        expect(lines.join("\n")).not.toMatch(/@example\.test|al_sk_|2001:db8/);
        expect(lines.length).toBeGreaterThanOrEqual(stage.sent.length);
      }),
      runs(IS_EDGE ? 3 : 20),
    );
  },
  TIME_LIMIT_MS,
);

test("D-log whoever calls whichever route, with whatever, and however it fails: nothing of it is there", async () => {
  const db = openFaultyDb();
  const world = await openWorld({ db });
  const app = await world.newApp({ ref: `${MARKER}-code` });
  const secrets = [world.operatorKey, app.key, unknownKey(world), `Bearer ${MARKER}`];
  const faults: DbFault[] = ["none", "away", "read-only", "lost-answer", "broken"];
  let calls = 0;
  for (const route of ALL_ROUTES) {
    for (const [n, key] of [...secrets, undefined].entries()) {
      db.fault(faults[(calls + n) % faults.length] ?? "none");
      for (const body of marked(route, app)) {
        calls += 1;
        const headers = {
          ...headersOf(route),
          "X-Test-IP": ADDRESS,
          "Idempotency-Key": MARKER,
          "User-Agent": MARKER,
          Referer: MARKER,
        };
        const path = `${route.path(app)}?app_id=${MARKER}&ref=${MARKER}&cursor=${MARKER}`;
        await world.call(path, body, { key, method: route.method, headers });
      }
    }
  }
  for (const secret of [...secrets, MARKER, ADDRESS, "example.test"]) {
    expect(lines.filter((line) => line.includes(secret)).slice(0, 1)).toEqual([]);
  }
  expect(calls).toBeGreaterThan(300);
  expect(lines.flatMap((line) => Object.keys(JSON.parse(line))).filter((field) => !FIELDS.has(field))).toEqual([]);
});

function log(entry: Readonly<Record<string, unknown>>): void {
  lines.push(JSON.stringify(entry));
}

function openWorld(parts: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  return createWorld({ limits: "memory", ...parts, log });
}

/** The route's body with each text of it marked, and with a hostile value in each field. */
function marked(route: Route, app: TestApp): readonly unknown[] {
  const body = route.body?.(app);
  if (body === undefined) return [undefined];
  const own = Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, typeof value === "string" ? `${MARKER}${value}` : value]),
  );
  const fields = Object.keys(body);
  const spoiled = HOSTILE.map((value, n) => ({ ...own, [fields[n % fields.length] ?? ""]: value }));
  return [body, own, ...spoiled, `{"email":"${MARKER}@example.test"`, MARKER];
}

function leaves(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.values(value).flatMap(leaves);
}
