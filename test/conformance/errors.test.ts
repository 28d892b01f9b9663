import { beforeEach, describe, expect, test } from "vitest";
import { refused } from "../support/answers.ts";
import { DRIVER_SECRET, type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { issueKey } from "../support/keys.ts";
import { ownWorker } from "../support/own-worker.ts";
import { type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("every code, once", () => {
  test("E-invalid_request 400: a body that is not what the call takes", async () => {
    expect(await conversion({ user_id: null })).toEqual(refused(400, "invalid_request", ["user_id"]));
  });

  test.each(["", "{", "nonsense", '{"ref":"a",}', "{'ref':'a'}", "NaN", "undefined"])(
    "E-invalid_json 400: %j is no JSON",
    async (body) => {
      expect(await world.call("/api/track/click", body)).toEqual(refused(400, "invalid_json"));
    },
  );

  test("E-unauthorized 401: missing, unknown, mistyped, expired and revoked are one answer", async () => {
    const expired = await issueKey(world, app, { expiresAt: world.deps.now() });
    const revoked = await issueKey(world, app, { revokedAt: 1 });
    const last = app.key.endsWith("0") ? "1" : "0";
    const mistyped = app.key.slice(0, -1) + last;
    const answers = await Promise.all(
      [undefined, expired, revoked, mistyped, "al_sk_", "operator"].map((key) =>
        world.call("/api/v1/app", undefined, { key }),
      ),
    );
    for (const answer of answers) {
      expect(answer).toEqual(refused(401, "unauthorized"));
      expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
      expect({ ...answer.body.error, request_id: "" }).toEqual({ ...answers[0]?.body.error, request_id: "" });
    }
  });

  test("E-key_required 403: a refund that the public may not make", async () => {
    await conversion({}, { key: app.key });
    const body = { ref: app.ref, user_id: "u1", amount_cents: 1 };
    expect(await world.call("/api/track/refund", body)).toEqual(refused(403, "key_required"));
  });

  test("E-secret_key_in_browser 403: a good key with an Origin", async () => {
    const headers = { Origin: "https://shop.example.test" };
    for (const key of [app.key, world.operatorKey]) {
      const answer = await world.call(`/api/v1/app?app_id=${app.id}`, undefined, { key, headers });
      expect(answer).toEqual(refused(403, "secret_key_in_browser"));
      expect(await conversion({ app_id: app.id }, { key, headers })).toEqual(refused(403, "secret_key_in_browser"));
    }
  });

  test("E-scope_required 403: a good key that lacks the scope", async () => {
    const key = await issueKey(world, app, { scopes: ["read"] });
    expect(await conversion({}, { key })).toEqual(refused(403, "scope_required"));
  });

  test("E-not_found 404: no such route, and nothing of yours by that id", async () => {
    const stranger = await world.newApp();
    const of = (id: string) => world.call(`/api/v1/affiliates/${id}`, undefined, { key: app.key });
    expect(await world.call("/api/v2/app")).toEqual(refused(404, "not_found"));
    expect(await of("aff_none")).toEqual(refused(404, "not_found"));
    expect(await of(stranger.affiliateId)).toEqual(refused(404, "not_found"));
  });

  test("E-unknown_ref 404: no live code by that ref", async () => {
    expect(await conversion({ ref: "nobody" })).toEqual(refused(404, "unknown_ref"));
  });

  test("E-method_not_allowed 405: the route is there, the method is not", async () => {
    const options = { key: app.key, method: "DELETE" };
    expect(await world.call("/api/v1/app", undefined, options)).toEqual(refused(405, "method_not_allowed"));
  });

  test("E-idempotency_mismatch 409: one key, two bodies", async () => {
    await conversion({ event_id: "e1" });
    expect(await conversion({ event_id: "e1", amount_cents: 1 })).toEqual(refused(409, "idempotency_mismatch"));
  });

  test("E-code_unavailable 409: a code that somebody has or had", async () => {
    const stranger = await world.newApp();
    const body = { email: "new@example.test", ref: stranger.ref.toUpperCase() };
    expect(await world.call("/api/v1/affiliates", body, { key: app.key })).toEqual(refused(409, "code_unavailable"));
  });

  test("E-conflict 409: account and e-mail of two affiliates", async () => {
    await affiliate({ email: "a@example.test", account_id: "acc_a" });
    await affiliate({ email: "b@example.test", account_id: "acc_b" });
    expect(await affiliate({ email: "a@example.test", account_id: "acc_b" })).toEqual(refused(409, "conflict"));
  });

  test("E-body_too_large 413: over 16 KiB, and not a byte less", async () => {
    const body = JSON.stringify({ ref: app.ref });
    expect((await world.call("/api/track/click", body.padEnd(16_384))).status).toBe(202);
    expect(await world.call("/api/track/click", body.padEnd(16_385))).toEqual(refused(413, "body_too_large"));
  });

  test("E-amount_out_of_range 422: what no payment can be", async () => {
    expect(await conversion({ amount_cents: 1_000_000_000_000 })).toEqual(refused(422, "amount_out_of_range"));
  });

  test("E-refund_exceeds_conversions 422: more back than was paid", async () => {
    await conversion({}, { key: app.key });
    const body = { user_id: "u1", amount_cents: 10_001 };
    expect(await world.call("/api/track/refund", body, { key: app.key })).toEqual(
      refused(422, "refund_exceeds_conversions"),
    );
  });

  test("E-currency_mismatch 422: a refund in another currency than its conversion", async () => {
    const { conversion_id } = (await conversion({}, { key: app.key })).body;
    const body = { conversion_id, currency: "eur" };
    expect(await world.call("/api/track/refund", body, { key: app.key })).toEqual(refused(422, "currency_mismatch"));
  });

  test("E-internal 500: what nobody expected, without a word of it", async () => {
    db.fault("broken");
    const answer = await conversion({});
    expect(answer).toEqual(refused(500, "internal"));
    expect(JSON.stringify(answer.body)).not.toContain(DRIVER_SECRET);
  });

  test("E-unavailable 503: the database away, with the time to come back", async () => {
    db.fault("away");
    const answer = await conversion({});
    expect(answer).toEqual(refused(503, "unavailable"));
    expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  });

  test("E-misconfigured 503: an installation without its settings names them, and none of their values", async () => {
    const request = new Request("https://links.example.test/api/track/click", { method: "POST", body: "{}" });
    const worker = await ownWorker();
    const response = await worker.fetch(
      request,
      { ENV: "production", AUTH_SECRET: "too short" },
      { waitUntil: () => {} },
    );
    const { status, headers } = response;
    const answer = { status, body: await response.json(), headers };
    expect(answer).toEqual(refused(503, "misconfigured"));
    expect(JSON.stringify(answer.body)).toMatch(/DATABASE_URL.*OPERATOR_KEY.*AUTH_SECRET.*CLICK_LIMIT.*GUESS_LIMIT/);
    expect(JSON.stringify(answer.body)).not.toContain("too short");
  });
});

describe("the one shape", () => {
  test("D-errors every refusal has its own request id", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => conversion({ ref: "nobody" })));
    expect(new Set(answers.map((answer) => answer.body.error.request_id)).size).toBe(3);
  });

  test("D-errors the caller's input is not repeated, neither value nor key", async () => {
    const hostile = [
      { user_id: "marker7\u0000" },
      { "marker7-<img>": "\u0000" },
      { email: "marker7" },
      { currency: "marker7" },
      { amount_cents: "marker7" },
      { metadata: { "marker7 key": "x".repeat(257) } },
      { event_id: "marker7".repeat(40) },
      { ref: "marker7" },
    ];
    for (const body of hostile) {
      const answer = await world.call("/api/track/conversion", {
        ref: app.ref,
        user_id: "u1",
        amount_cents: 0,
        ...body,
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(answer.body)).not.toContain("marker7");
    }
  });
});

function conversion(body: object, options?: CallOptions) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, options);
}

function affiliate(body: object) {
  return world.call("/api/v1/affiliates", body, { key: app.key });
}
