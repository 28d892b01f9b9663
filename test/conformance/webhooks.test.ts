import { beforeEach, describe, expect, test } from "vitest";
import { insertOwner } from "../../worker/store/owner-store.ts";
import { refused } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { outboxOf } from "../support/mails.ts";
import { type Received, type Receiver, startReceiver, verified } from "../support/webhook-receiver.ts";
import { type Answer, createWorld, type Json, START, type TestApp, type World } from "../support/world.ts";

const HOUR_MS = 3_600_000;
const OWNER = { email: "owner@example.test", actor: "a test", now: START };

let world: World;
let app: TestApp;
let receiver: Receiver;
let logged: unknown[];

beforeEach(async () => {
  logged = [];
  world = await createWorld({ config: { env: "dev" }, log: (entry) => void logged.push(entry) });
  app = await world.newApp();
  receiver = await startReceiver();
});

describe("an endpoint", () => {
  test("WH1 is sent what happens from now on, signed, as the feed lists it", async () => {
    await pay("u0");
    const { endpoint, secret } = await addEndpoint();
    await pay("u1");
    await world.runJobs();
    const feed: Json[] = await eventsOf();
    const news = feed.filter(({ data }) => data.user_id === "u1");
    expect(news.map(({ type }) => type)).toEqual(["signup.created", "conversion.created", "commission.created"]);
    expect(bodies(secret)).toEqual(expect.arrayContaining(news));
    expect(receiver.received).toHaveLength(3);
    for (const { headers, body } of receiver.received) {
      expect(headers["content-type"]).toBe("application/json");
      expect(headers["webhook-id"]).toBe(JSON.parse(body).id);
    }
    await world.runJobs();
    expect(receiver.received).toHaveLength(3);
    expect(await read(endpoint.id)).toMatchObject({ status: "active", waiting: 0, failing_since: null });
    expect(await deliveries(endpoint.id)).toEqual(
      expect.arrayContaining(
        news.map(({ id, type }) => expect.objectContaining({ event_id: id, type, status: "delivered" })),
      ),
    );
  });

  test("WH2 a body that was changed, another secret and another id do not verify", async () => {
    const { secret } = await addEndpoint();
    const other = await addEndpoint();
    await sendTest(other.endpoint.id);
    const [message] = receiver.received;
    if (message === undefined) throw new Error("nothing came");
    expect(verified(other.secret, message)).toMatchObject({ type: "test" });
    expect(() => verified(secret, message)).toThrow("No matching signature");
    expect(() => verified(other.secret, { ...message, body: message.body.replace("test", "best") })).toThrow(
      "signature",
    );
    const headers = { ...message.headers, "webhook-id": "evt_other" };
    expect(() => verified(other.secret, { ...message, headers })).toThrow("signature");
  });

  test("WH3 takes the types it asks for, and none of another app's", async () => {
    const { secret } = await addEndpoint({ types: ["conversion.created"] });
    const stranger = await world.newApp();
    await pay("u1");
    await pay("u2", stranger);
    await world.runJobs();
    expect(bodies(secret).map(({ type, data }) => [type, data.user_id])).toEqual([["conversion.created", "u1"]]);
  });

  test("WH4 a rolled secret: both sign for so long, then the new one alone; at once where it is asked for", async () => {
    const { endpoint, secret: first } = await addEndpoint();
    const second = await roll(endpoint.id, {});
    expect(second.endpoint).toMatchObject({ previous_secret_until: "2026-01-16T12:00:00.000Z" });
    world.advance(24 * HOUR_MS - 1);
    const during = await sendTest(endpoint.id);
    expect([verified(first, during).type, verified(second.secret, during).type]).toEqual(["test", "test"]);
    world.advance(1);
    const after = await sendTest(endpoint.id);
    expect(verified(second.secret, after).type).toBe("test");
    expect(() => verified(first, after)).toThrow("No matching signature");
    expect((await read(endpoint.id)).previous_secret_until).toBeNull();
    const third = await roll(endpoint.id, { overlap_hours: 0 });
    const now = await sendTest(endpoint.id);
    expect(verified(third.secret, now).type).toBe("test");
    expect(() => verified(second.secret, now)).toThrow("No matching signature");
  });

  test("WH5 its secrets are told once, and stand nowhere in the clear", async () => {
    const { endpoint, secret } = await addEndpoint();
    const rolled = await roll(endpoint.id, {});
    await sendTest(endpoint.id);
    const id = String(JSON.parse(receiver.received[0]?.body ?? "{}").id);
    const paths = ["", `/${endpoint.id}`, `/${endpoint.id}/deliveries`, `/${endpoint.id}/deliveries/${id}`];
    receiver.answer((response) => void response.destroy());
    await pay("u1");
    await world.runJobs();
    const told = [JSON.stringify(logged), JSON.stringify(await dumpDatabase(world.db))];
    for (const path of [...paths.map((rest) => `/api/v1/webhooks${rest}`), "/api/v1/audit"]) {
      told.push(JSON.stringify(bodyOf(await world.call(path, undefined, { key: app.key }), 200)));
    }
    expect(told.join("")).toContain(endpoint.id);
    for (const text of [secret, rolled.secret]) {
      expect(text).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(told.join("")).not.toContain(text.slice("whsec_".length + 4));
    }
  });

  test("WH6 is sent a failed event again by the schedule, under the same id; a redirect is not followed", async () => {
    const { endpoint } = await addEndpoint({ types: ["signup.created"] });
    const elsewhere = await startReceiver();
    receiver.answer((response) => void response.writeHead(302, { Location: elsewhere.url }).end());
    await pay("u1");
    await world.runJobs();
    expect(await deliveries(endpoint.id)).toMatchObject([
      { status: "waiting", attempts: 1, last_status: 302, last_error: "redirect" },
    ]);
    receiver.answer((response) => void response.writeHead(500).end(`oh \u0000no${"x".repeat(5_000)}`));
    world.advance(5_500);
    await world.runJobs();
    await world.runJobs();
    receiver.answer(200);
    world.advance(330_000);
    await world.runJobs();
    expect(elsewhere.received).toEqual([]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const [{ event_id: id }] = await deliveries(endpoint.id);
    const story = await call(`/${endpoint.id}/deliveries/${id}`);
    expect(story.delivery).toMatchObject({ status: "delivered", attempts: 3, next_at: null, last_error: null });
    expect(story.attempts).toMatchObject([
      { status: 302, error: "redirect" },
      { status: 500, error: "status", response_excerpt: `oh no${"x".repeat(1_018)}` },
      { status: 200, error: null, manual: false },
    ]);
    expect(story.body).toBe(receiver.received[0]?.body);
  });

  test("WH7 that answers 410 is sent no more, its owners are told, and it goes on from there when it is let", async () => {
    await world.db.batch([insertOwner(app.id, OWNER)]);
    const { endpoint, secret } = await addEndpoint({ types: ["signup.created"] });
    receiver.answer(410);
    await pay("u1");
    await world.runJobs();
    await pay("u2");
    await world.runJobs();
    expect(receiver.received).toHaveLength(1);
    expect(await read(endpoint.id)).toMatchObject({ status: "disabled", disabled_reason: "gone", waiting: 2 });
    const mails = world.mails().filter(({ subject }) => subject.includes("webhooks"));
    expect(mails).toMatchObject([
      { to: OWNER.email, subject: expect.stringMatching(/^App 1: webhooks to 127\.0\.0\.1:\d+ are stopped$/) },
    ]);
    expect(mails[0]?.text).toContain(`https://links.example.test/apps/${app.id}/settings/webhooks`);
    receiver.answer(200);
    await change(endpoint.id, { enabled: true });
    await world.runJobs();
    expect(
      bodies(secret)
        .slice(1)
        .map(({ data }) => data.user_id),
    ).toEqual(["u1", "u2"]);
    expect(await outboxOf(world.db, "webhook_disabled")).toHaveLength(1);
  });

  test("WH8 that was stopped by its owner goes on from now, where that is asked for", async () => {
    const { endpoint, secret } = await addEndpoint({ types: ["signup.created"] });
    receiver.answer(503);
    await pay("u1");
    await world.runJobs();
    await change(endpoint.id, { enabled: false });
    await pay("u2");
    expect(await read(endpoint.id)).toMatchObject({ status: "disabled", disabled_reason: "owner", waiting: 2 });
    receiver.answer(200);
    await change(endpoint.id, { enabled: true, skip_missed: true });
    await pay("u3");
    await world.runJobs();
    expect(bodies(secret).map(({ data }) => data.user_id)).toEqual(["u1", "u3"]);
    expect((await deliveries(endpoint.id)).map((row: Json) => [row.status, row.last_error])).toEqual([
      ["delivered", null],
      ["failed", "skipped"],
    ]);
  });

  test("WH9 is sent an event again by hand, under the same id, and a test at any time", async () => {
    const { endpoint, secret } = await addEndpoint({ types: ["signup.created"] });
    await pay("u1");
    await world.runJobs();
    const [{ event_id: id }] = await deliveries(endpoint.id);
    receiver.answer(500);
    expect((await call(`/${endpoint.id}/deliveries/${id}/resend`, {})).delivery).toMatchObject({
      status: "delivered",
      attempts: 2,
    });
    receiver.answer(200);
    await call(`/${endpoint.id}/deliveries/${id}/resend`, {});
    expect(bodies(secret).map((body) => body.id)).toEqual([id, id, id]);
    expect((await call(`/${endpoint.id}/deliveries/${id}`)).attempts).toMatchObject([
      { manual: false, error: null },
      { manual: true, error: "status" },
      { manual: true, error: null },
    ]);
    await change(endpoint.id, { enabled: false });
    world.advance(1);
    const message = await sendTest(endpoint.id);
    expect(verified(secret, message)).toMatchObject({ type: "test", data: { message: expect.any(String) } });
    expect(await deliveries(endpoint.id)).toMatchObject([{ type: "test", status: "delivered" }, { event_id: id }]);
  });
});

test("WH9 an event of a deleted endpoint is not sent again, and nothing of it changes", async () => {
  const { endpoint } = await addEndpoint({ types: ["signup.created"] });
  await pay("u1");
  await world.runJobs();
  const [{ event_id: id }] = await deliveries(endpoint.id);
  const path = `/api/v1/webhooks/${endpoint.id}`;
  await world.call(path, undefined, { key: app.key, method: "DELETE" });
  const { rate_limits: _, ...before } = await dumpDatabase(world.db);
  const resent = await world.call(`${path}/deliveries/${id}/resend`, {}, { key: app.key });
  expect(resent).toEqual(refused(404, "not_found"));
  expect(await dumpDatabase(world.db)).toMatchObject(before);
});

test("WH10 what is no https address of a name on the internet is refused", async () => {
  const production = await createWorld();
  const { key } = await production.newApp();
  for (const url of NO_ADDRESSES) {
    const made = await production.call("/api/v1/webhooks", { url }, { key });
    expect({ url, ...made }).toEqual({ url, ...refused(400, "invalid_request", ["url"]) });
  }
  expect((await production.call("/api/v1/webhooks", undefined, { key })).body).toEqual({ endpoints: [] });
});

/** test/domain/webhooks.test.ts has more of them. */
const NO_ADDRESSES = [
  "http://shop.example.test/hooks",
  "https://10.0.0.1/hooks",
  "https://[::1]/hooks",
  "https://metadata.google.internal/hooks",
  "https://user:password@shop.example.test/hooks",
  "https://shop.example.test:25/hooks",
  "http://localhost:3000/hooks",
];

test("WH11 an app has 20 endpoints; a deleted one is sent nothing, and is nobody's", async () => {
  const made = [];
  for (let count = 0; count < 20; count++) made.push(await addEndpoint());
  expect(await world.call("/api/v1/webhooks", { url: receiver.url }, { key: app.key })).toEqual(
    refused(409, "conflict"),
  );
  for (const { endpoint } of made) {
    const deleted = await world.call(`/api/v1/webhooks/${endpoint.id}`, undefined, { key: app.key, method: "DELETE" });
    expect(deleted.status).toBe(204);
  }
  await pay("u1");
  await world.runJobs();
  expect(receiver.received).toEqual([]);
  const { id } = made[0]?.endpoint ?? expect.fail("none was made");
  expect(await world.call(`/api/v1/webhooks/${id}`, undefined, { key: app.key })).toEqual(refused(404, "not_found"));
  expect(await world.call(`/api/v1/webhooks/${id}/roll`, {}, { key: app.key })).toEqual(refused(404, "not_found"));
  expect(await world.call(`/api/v1/webhooks/${id}/test`, {}, { key: app.key })).toEqual(refused(404, "not_found"));
});

async function addEndpoint(draft: Readonly<Record<string, unknown>> = {}): Promise<{ endpoint: Json; secret: string }> {
  const made = await world.call("/api/v1/webhooks", { url: receiver.url, ...draft }, { key: app.key });
  return bodyOf(made, 201);
}

async function call(rest: string, body?: unknown, method?: string): Promise<Json> {
  const options = method === undefined ? { key: app.key } : { key: app.key, method };
  return bodyOf(await world.call(`/api/v1/webhooks${rest}`, body, options), 200);
}

const read = async (id: string) => (await call(`/${id}`)).endpoint;
const change = (id: string, body: object) => call(`/${id}`, body, "PATCH");
const roll = (id: string, body: object) => call(`/${id}/roll`, body);
const deliveries = async (id: string) => (await call(`/${id}/deliveries`)).deliveries;

async function sendTest(id: string): Promise<Received> {
  expect((await call(`/${id}/test`, {})).attempt).toMatchObject({ error: null, manual: true });
  return receiver.received.at(-1) ?? expect.fail("nothing came");
}

/** What came, each once its signature holds. */
function bodies(secret: string): readonly Json[] {
  return receiver.received.map((message) => verified(secret, message));
}

async function eventsOf(): Promise<Json> {
  return bodyOf(await world.call("/api/v1/events", undefined, { key: app.key }), 200).events;
}

async function pay(userId: string, by: TestApp = app): Promise<void> {
  const body = { ref: by.ref, user_id: userId, amount_cents: 10_000 };
  expect((await world.call("/api/track/conversion", body, { key: by.key })).status).toBe(200);
}

function bodyOf(answer: Answer, status: number): Json {
  expect(answer).toMatchObject({ status });
  return answer.body;
}
