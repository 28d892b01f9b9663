import { beforeEach, describe, expect, test } from "vitest";
import { openFaultyDb, type FaultyDb } from "../support/faulty-db.ts";
import { type Answer, type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

const ORIGIN = "https://any.example.test";
const PATHS = ["click", "signup", "conversion", "refund", "validate"].map((name) => `/api/track/${name}`);

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

const ANSWERS: readonly (readonly [string, number, () => Promise<Answer>])[] = [
  ["a counted click", 202, () => send("/api/track/click", { ref: app.ref })],
  ["a signup", 200, () => send("/api/track/signup", { ref: app.ref, user_id: "u1" })],
  ["a conversion", 200, () => send("/api/track/conversion", { ref: app.ref, user_id: "u1", amount_cents: 5 })],
  ["a code to check", 200, () => send("/api/track/validate", { ref: app.ref, app_id: app.id })],
  ["no JSON", 400, () => send("/api/track/click", "{")],
  ["a bad field", 400, () => send("/api/track/signup", { ref: app.ref })],
  ["a wrong key", 401, () => send("/api/track/signup", { ref: app.ref, user_id: "u1" }, { key: "al_sk_wrong" })],
  ["a key in a browser", 403, () => send("/api/track/signup", { ref: app.ref, user_id: "u1" }, { key: app.key })],
  ["a refund out of reach", 403, () => send("/api/track/refund", { ref: app.ref, amount_cents: 1 })],
  ["an unknown code", 404, () => send("/api/track/signup", { ref: "nobody", user_id: "u1" })],
  ["an unknown route", 404, () => send("/api/track/clicks", { ref: app.ref })],
  ["another method", 405, () => send("/api/track/click", undefined, { method: "GET" })],
  ["a repeat with another body", 409, () => mismatch()],
  ["a body over 16 KiB", 413, () => send("/api/track/click", "x".repeat(16 * 1024 + 1))],
  ["an amount out of range", 422, () => send("/api/track/conversion", { ref: app.ref, user_id: 1, amount_cents: 0 })],
  ["the database away", 503, () => withFault("away")],
  ["what nobody expects", 500, () => withFault("broken")],
];

describe("any page may read any answer", () => {
  test.each(ANSWERS)("AL35 %s: %d", async (_, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Expose-Headers")?.split(/,\s*/)).toEqual([
      "Idempotent-Replayed",
      "Retry-After",
    ]);
    expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  test.each(PATHS)("AL35 OPTIONS %s: 204, one day, POST with these headers", async (path) => {
    const asks = { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" };
    const answer = await send(path, undefined, { method: "OPTIONS", headers: asks });
    expect(answer.status).toBe(204);
    expect(answer.body).toBeNull();
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Max-Age")).toBe("86400");
    expect(answer.headers.get("Access-Control-Allow-Methods")).toBe("POST");
    expect(answer.headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(/,\s*/)).toEqual([
      "authorization",
      "content-type",
      "idempotency-key",
    ]);
    expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  test.each(["text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded", "image/png", ""])(
    "D-json the body is JSON under the content type %j",
    async (type) => {
      const answer = await send("/api/track/click", { ref: app.ref }, { headers: { "Content-Type": type } });
      expect(answer.body).toEqual({ tracked: true });
    },
  );

  test.each(PATHS)("AL35 %s takes POST alone", async (path) => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const answer = await send(path, undefined, { method });
      expect(answer).toMatchObject({ status: 405, body: { error: { code: "method_not_allowed" } } });
    }
  });
});

test("AL35 routes for keys are for no browser: no page may read them", async () => {
  const answer = await send("/api/v1/app", undefined, { key: app.key });
  expect(answer.status).toBe(403);
  expect(answer.headers.has("Access-Control-Allow-Origin")).toBe(false);
});

async function mismatch(): Promise<Answer> {
  await send("/api/track/signup", { ref: app.ref, user_id: "u1", event_id: "e1" });
  return send("/api/track/signup", { ref: app.ref, user_id: "u2", event_id: "e1" });
}

function withFault(fault: "away" | "broken"): Promise<Answer> {
  db.fault(fault);
  return send("/api/track/signup", { ref: app.ref, user_id: "u1" });
}

function send(path: string, body: unknown, options: CallOptions = {}): Promise<Answer> {
  return world.call(path, body, { ...options, headers: { Origin: ORIGIN, ...options.headers } });
}
