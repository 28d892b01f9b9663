import { beforeEach, describe, expect, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { refusedSomehow } from "../support/answers.ts";
import { HOSTILE_VALUES, MARKER, oddButHonest, SPOILED_BODIES } from "../support/hostile-bodies.ts";
import { dumpDatabase } from "../support/dump.ts";
import {
  headersOf,
  KEYED_ROUTES,
  OPERATOR_ROUTES,
  type Route,
  TRACK_ROUTES,
  VALIDATE_ROUTE,
} from "../support/routes.ts";
import { announce } from "../support/waiting.ts";
import { stageOnce } from "../support/stage.ts";
import { createConnectWorld } from "../support/stripe-connect.ts";
import { type Answer, type TestApp, type World } from "../support/world.ts";

interface Case {
  readonly route: string;
  readonly of: Route;
  readonly body: NonNullable<Route["body"]>;
  readonly keyOf: (world: World, app: TestApp) => string | undefined;
}

/** Every route that takes a body, by everybody who may send one. */
const CASES: readonly Case[] = [
  ...cases(KEYED_ROUTES, "a key", (_, app) => app.key),
  ...cases(OPERATOR_ROUTES, "an operator", (world) => world.operatorKey),
  ...cases([...TRACK_ROUTES, VALIDATE_ROUTE], "a key", (_, app) => app.key),
  ...cases([...TRACK_ROUTES, VALIDATE_ROUTE], "the public", () => undefined),
];

let world: World;
let app: TestApp;

const open = stageOnce(async (db) => {
  const { world: made } = await createConnectWorld({ db });
  const own = await made.newApp();
  await announce(made, own);
  return own;
});

beforeEach(async () => {
  const { db, stage } = await open();
  ({ world } = await createConnectWorld({ db }));
  app = stage;
});

describe.each(CASES)("$route", ({ of, body, keyOf }) => {
  beforeEach(async () => {
    // What the table's refund is of: the public may refund only what the public announced.
    const payment = { ref: app.ref, user_id: "u0", amount_cents: 10_000, payment_ref: "in_0" };
    await world.call("/api/track/conversion", payment, { key: keyOf(world, app) === app.key ? app.key : undefined });
  });

  test("D-input takes the call that is spoiled below, in an odd but honest form", async () => {
    const answer = await send(oddButHonest(JSON.stringify(body(app))));
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: of.status });
  });

  test("D-input D-errors refuses what no honest caller sends, repeats none of it and does nothing", async () => {
    const before = await dumpDatabase(world.db);
    for (const { why, spoil, status, code } of SPOILED_BODIES) {
      const answer = await send(spoil(JSON.stringify(body(app))));
      expect({ why, ...answer }).toEqual({ why, ...refusedSomehow(status, code) });
      expect(JSON.stringify(answer.body)).not.toContain(MARKER);
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("D-input D-errors falls over no value of any field, and the books balance afterwards", async () => {
    for (const field of Object.keys(body(app))) {
      for (const value of HOSTILE_VALUES) {
        const answer = await send({ ...body(app), [field]: value });
        const seen = { field, value, status: answer.status };
        expect(seen).toEqual({ field, value, status: expect.toSatisfy((status: number) => status < 500) });
        if (answer.status < 400) continue;
        expect({ ...seen, ...answer }).toEqual({ ...seen, ...refusedSomehow(answer.status, answer.body.error.code) });
        expect(JSON.stringify(answer.body)).not.toContain(MARKER);
      }
    }
    expect(await auditBooks(world.db)).toEqual([]);
  });

  function send(payload: unknown): Promise<Answer> {
    return world.call(of.path(app), payload, { key: keyOf(world, app), method: of.method, headers: headersOf(of) });
  }
});

function cases(routes: readonly Route[], who: string, keyOf: Case["keyOf"]): readonly Case[] {
  return routes.flatMap((of) =>
    of.body === undefined ? [] : [{ route: `${of.method} ${of.name} by ${who}`, of, body: of.body, keyOf }],
  );
}

test("D-input a body that its sender breaks off is refused, and is no fault of ours", async () => {
  const errors: unknown[] = [];
  const log = (entry: Readonly<Record<string, unknown>>) => void (entry["level"] === "error" && errors.push(entry));
  const { world: own } = await createConnectWorld({ log });
  for (const [path, message] of [
    ["/api/track/signup", "aborted"],
    ["/api/track/signup", "Network connection lost."],
    ["/signin", "aborted"],
  ] as const) {
    const response = await own.request(path, brokenOff(message));
    expect([path, message, response.status]).toEqual([path, message, 400]);
  }
  expect(errors).toEqual([]);
});

/** A body that ends in the error with these words, as Node and workerd say it of a sender who went away. */
function brokenOff(message: string): RequestInit {
  const body = new ReadableStream({ pull: (stream) => stream.error(new Error(message)) });
  const headers = { Origin: "https://links.example.test", "Content-Type": "application/x-www-form-urlencoded" };
  // What fetch demands of a body that is a stream, and its type does not know.
  const half: object = { duplex: "half" };
  return { method: "POST", body, headers, ...half };
}
