import { beforeEach, describe, expect, test } from "vitest";
import type { Deps } from "../../../worker/deps.ts";
import { DAY_MS } from "../../../worker/domain/maturation.ts";
import type { WebhookAnswer, WebhookMessage } from "../../../worker/gateways/webhooks/webhooks.ts";
import { createEndpoint } from "../../../worker/services/webhooks/create-endpoint.ts";
import { deliverWebhooks } from "../../../worker/services/webhooks/deliver-webhooks.ts";
import { DELIVERY_DAYS, forgetWebhooks } from "../../../worker/services/webhooks/forget-webhooks.ts";
import { deleteEndpoint } from "../../../worker/services/webhooks/delete-endpoint.ts";
import { readEndpoint } from "../../../worker/services/webhooks/read-endpoints.ts";
import { rollSecret } from "../../../worker/services/webhooks/roll-secret.ts";
import { sendTestEvent } from "../../../worker/services/webhooks/send-test-event.ts";
import { SEND_LEASE_MS } from "../../../worker/services/webhooks/serve-endpoint.ts";
import { updateEndpoint } from "../../../worker/services/webhooks/update-endpoint.ts";
import { tellRestored } from "../../../worker/store/event-store.ts";
import { insertOwner } from "../../../worker/store/owner-store.ts";
import { rowsOf } from "../../support/dump.ts";
import { openFaultyDb } from "../../support/faulty-db.ts";
import type { FaultyDb } from "../../support/faults.ts";
import { outboxOf } from "../../support/mails.ts";
import { recordedWebhooks, verified } from "../../support/webhook-receiver.ts";
import { createWorld, type Json, START, type TestApp, type World } from "../../support/world.ts";

const HOUR_MS = 3_600_000;
const TAKEN: WebhookAnswer = { kind: "answered", status: 200, excerpt: "" };
const BUSY: WebhookAnswer = { kind: "answered", status: 503, excerpt: "busy" };
const SILENT: WebhookAnswer = { kind: "failed", reason: "timeout" };

let db: FaultyDb;
let world: World;
let deps: Deps;
let app: TestApp;
let sent: readonly WebhookMessage[];
let answer: (message: WebhookMessage) => WebhookAnswer | Promise<WebhookAnswer>;

beforeEach(async () => {
  const recorded = recordedWebhooks((message) => answer(message));
  answer = () => TAKEN;
  sent = recorded.sent;
  db = openFaultyDb();
  world = await createWorld({ db, webhooks: recorded.gateway });
  deps = { ...world.deps, webhookSends: 1_000 };
  app = await world.newApp();
});

describe("a receiver that is down for a day", () => {
  test("is brought every event, each object's in their order, none under another id, none once it was taken", async () => {
    const { id: endpointId, secret } = await add("a");
    const arrived: WebhookMessage[] = [];
    let isDown = true;
    answer = (message) => {
      // Of every five one is answered that it is busy, the others not at all.
      if (isDown) return sent.length % 5 === 0 ? BUSY : SILENT;
      arrived.push(message);
      return TAKEN;
    };
    for (let step = 0; step < 96; step++) {
      await tell(app, { objects: 12, from: step, events: 3 });
      world.advance(DAY_MS / 96);
      await deliverWebhooks(deps);
    }
    expect(arrived).toEqual([]);
    isDown = false;
    for (let hour = 0; hour < 30; hour++) {
      world.advance(HOUR_MS);
      for (let run = 0; run < 4; run++) await deliverWebhooks(deps);
    }
    const told = (await rowsOf(db, "event")).filter((row) => row["kind"] === "conversion.created");
    const bodies = arrived.map(({ headers, body }) => verified(secret, { headers, body }));
    expect(told).toHaveLength(288);
    expect(new Set(bodies.map(({ id }) => id))).toEqual(new Set(told.map(idOf)));
    expect(bodies).toHaveLength(told.length);
    expect(arrived.map(({ headers }) => headers["webhook-id"])).toEqual(bodies.map(({ id }) => id));
    for (const message of sent) expect(JSON.parse(message.body).id).toBe(message.headers["webhook-id"]);
    for (const object of new Set(bodies.map(({ data }) => data.conversion_id))) {
      const numbers = bodies.filter(({ data }) => data.conversion_id === object).map(({ id }) => numberOf(id));
      expect(numbers).toHaveLength(24);
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    }
    expect(await readEndpoint(world.deps, app.id, endpointId)).toMatchObject({
      value: { status: "active", waiting: 0, failingSince: null },
    });
  });

  test("is stopped after five days in which it took nothing, not before, and its owners are told once", async () => {
    await db.batch([insertOwner(app.id, { email: "owner@example.test", actor: "a test", now: START })]);
    const { id } = await add("a");
    answer = () => SILENT;
    for (let hour = 0; hour <= 120; hour += 6) {
      await tell(app, { objects: 1, from: 0, events: 1 });
      await deliverWebhooks(deps);
      const { status } = await endpointOf(id);
      expect([hour, status]).toEqual([hour, hour < 120 ? "active" : "disabled"]);
      world.advance(6 * HOUR_MS);
    }
    const attempts = sent.length;
    await deliverWebhooks(deps);
    expect(sent).toHaveLength(attempts);
    expect(await outboxOf(db, "webhook_disabled")).toMatchObject([{ to: "owner@example.test" }]);
    expect((await rowsOf(db, "audit")).filter((row) => row["action"] === "webhook.disabled")).toMatchObject([
      { actor: "job", object: id },
    ]);
    answer = () => TAKEN;
    await updateEndpoint(world.deps, app.id, { actor: "a test", endpointId: id, change: { enabled: true } });
    for (let run = 0; run < 30; run++) await deliverWebhooks(deps);
    expect(await endpointOf(id)).toMatchObject({ status: "active", waiting: 0 });
  });

  test("is not stopped for a failure long ago, when nothing was to be sent in between", async () => {
    const { id } = await add("a");
    answer = () => SILENT;
    await tell(app, { objects: 1, from: 0, events: 1 });
    for (let step = 0; step < 40; step++) {
      await deliverWebhooks(deps);
      world.advance(3 * HOUR_MS);
    }
    expect(await endpointOf(id)).toMatchObject({ waiting: 0, failingSince: START });
    world.advance(4 * DAY_MS);
    await tell(app, { objects: 1, from: 0, events: 1 });
    await deliverWebhooks(deps);
    expect(await endpointOf(id)).toMatchObject({ status: "active", failingSince: world.deps.now() });
  });
});

describe("a run that is cut short", () => {
  beforeEach(async () => {
    await add("a");
    await tell(app, { objects: 1, from: 0, events: 1 });
  });

  test("after it sent and before that was written: the repeat has the same id", async () => {
    db.fault("read-only", 2);
    await expect(deliverWebhooks(deps)).rejects.toThrow("hunter2");
    db.fault("none");
    expect(sent).toHaveLength(1);
    await deliverWebhooks(deps);
    expect(sent).toHaveLength(1);
    world.advance(SEND_LEASE_MS);
    await deliverWebhooks(deps);
    await deliverWebhooks(deps);
    expect(sent.map(({ headers }) => headers["webhook-id"])).toEqual(Array(2).fill(idOf(await lastEvent())));
    expect(await deliveryRows()).toMatchObject([{ status: "delivered", attempts: 1 }]);
  });

  test("after it was written, where nobody learnt of that: it is not sent again", async () => {
    db.fault("lost-answer", 2);
    await expect(deliverWebhooks(deps)).rejects.toThrow("hunter2");
    db.fault("none");
    world.advance(SEND_LEASE_MS);
    await deliverWebhooks(deps);
    expect(sent).toHaveLength(1);
  });

  test("between the claim and the sending: it is sent when the claim has ended", async () => {
    db.fault("lost-answer", 1);
    await expect(deliverWebhooks(deps)).rejects.toThrow("hunter2");
    db.fault("none");
    await deliverWebhooks(deps);
    expect(sent).toEqual([]);
    world.advance(SEND_LEASE_MS);
    await deliverWebhooks(deps);
    expect(sent).toHaveLength(1);
  });

  test("before it came to sending: each event has one delivery", async () => {
    db.fault("lost-answer");
    await expect(deliverWebhooks(deps)).rejects.toThrow("hunter2");
    db.fault("none");
    await deliverWebhooks(deps);
    expect(sent).toHaveLength(1);
  });

  test("each batch applied twice: nothing is sent or written twice", async () => {
    await tell(app, { objects: 3, from: 0, events: 9 });
    answer = () => (sent.length % 3 === 0 ? BUSY : TAKEN);
    db.fault("repeated");
    for (let run = 0; run < 20; run++) {
      await deliverWebhooks(deps);
      world.advance(HOUR_MS);
    }
    const rows = await deliveryRows();
    expect(rows).toHaveLength(10);
    expect(rows.every(({ status }) => status === "delivered")).toBe(true);
    expect(await rowsOf(db, "webhook_attempt")).toHaveLength(sent.length);
    expect(rows.reduce((sum, { attempts }) => sum + Number(attempts), 0)).toBe(sent.length);
  });

  test("for so long that another took over: what it says then changes nothing", async () => {
    const late = Promise.withResolvers<WebhookAnswer>();
    answer = () => late.promise;
    const slow = deliverWebhooks(deps);
    await expect.poll(() => sent.length).toBe(1);
    answer = () => TAKEN;
    world.advance(SEND_LEASE_MS);
    await deliverWebhooks(deps);
    late.resolve(BUSY);
    await slow;
    expect(await deliveryRows()).toMatchObject([{ status: "delivered", attempts: 1, last_status: 200 }]);
    expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });
});

test("two machines that run at the same time send each event once", async () => {
  await add("a");
  await add("b");
  await tell(app, { objects: 30, from: 0, events: 90 });
  answer = async () => {
    await new Promise((resolve) => void setTimeout(resolve, 1));
    return TAKEN;
  };
  for (let run = 0; run < 3; run++) {
    await Promise.all([deliverWebhooks(deps), deliverWebhooks(deps), deliverWebhooks(deps)]);
  }
  const keys = sent.map(({ url, headers }) => `${url.href} ${headers["webhook-id"]}`);
  expect(new Set(keys).size).toBe(180);
  expect(keys).toHaveLength(180);
});

test("what happens after a backup was restored is sent, though its numbers are far ahead", async () => {
  await add("a");
  await tell(app, { objects: 1, from: 0, events: 1 });
  await db.batch([tellRestored({ backedUpAt: null, now: world.deps.now() })]);
  await tell(app, { objects: 1, from: 1, events: 1 });
  for (let run = 0; run < 3; run++) await deliverWebhooks(deps);
  // Two objects: neither waits for the other.
  const types = sent.map(({ body }) => String(JSON.parse(body).type));
  expect(types.toSorted()).toEqual(["app.restored", "conversion.created", "conversion.created"]);
});

describe("endpoints keep each other from nothing", () => {
  test("a silent one is left after three messages, the next time after one; the others get all of theirs", async () => {
    await add("silent");
    await add("well");
    await tell(app, { objects: 40, from: 0, events: 40 });
    answer = ({ url }) => (url.hostname.startsWith("silent") ? SILENT : TAKEN);
    await deliverWebhooks(deps);
    const [first = 0, others] = counts();
    // Four are under way together.
    expect(first).toBeGreaterThanOrEqual(3);
    expect(first).toBeLessThanOrEqual(6);
    expect(others).toBe(40);
    await deliverWebhooks(deps);
    expect(counts()).toEqual([first + 1, 40]);
    await deliverWebhooks(deps, { lane: "well" });
    expect(counts()).toEqual([first + 1, 40]);
  });

  test("where a run may send little, one with much to send is one of many", async () => {
    const others = [await world.newApp(), await world.newApp(), await world.newApp()];
    for (const one of [app, ...others]) {
      await add("a", one);
      await tell(one, { objects: 20, from: 0, events: 20 });
    }
    const little = { ...deps, webhookSends: 2 };
    for (let run = 0; run < 4; run++) await deliverWebhooks(little);
    const ids = sent.map(({ headers }) => String(headers["webhook-id"]));
    const sentTo = [app, ...others].map((one) => ids.filter((id) => id.includes(one.id.slice(4))).length);
    expect(sentTo).toEqual([2, 2, 2, 2]);
  });

  test("where nobody else has anything to send, one has all that a run may send", async () => {
    await add("a");
    await tell(app, { objects: 60, from: 0, events: 60 });
    await deliverWebhooks({ ...deps, webhookSends: 50 });
    expect(sent).toHaveLength(50);
  });

  test("a secret that cannot be read is a failure of its endpoint alone", async () => {
    const { id } = await add("a");
    await tell(app, { objects: 1, from: 0, events: 1 });
    await deliverWebhooks({ ...deps, config: { ...deps.config, authSecret: "o".repeat(32) } });
    expect(sent).toEqual([]);
    expect(await deliveryRows()).toMatchObject([{ status: "waiting", last_error: "secret", attempts: 1 }]);
    expect(await endpointOf(id)).toMatchObject({ failingSince: START });
  });
});

test("a secret that is rolled by a batch applied twice leaves the one before good", async () => {
  const { id, secret } = await add("a");
  db.fault("repeated");
  const rolled = await rollSecret(deps, app.id, { actor: "a test", endpointId: id, overlapHours: 1 });
  db.fault("none");
  await tell(app, { objects: 1, from: 0, events: 1 });
  await deliverWebhooks(deps);
  const [message] = sent;
  if (message === undefined || !rolled.ok) throw new Error("nothing came");
  expect([verified(secret, message).type, verified(rolled.value.secret, message).type]).toEqual(
    Array(2).fill("conversion.created"),
  );
});

test("an app has 30 messages a minute sent by hand", async () => {
  const { id } = await add("a");
  for (let count = 0; count < 30; count++) {
    const tried = await sendTestEvent(deps, app.id, { actor: "a test", endpointId: id });
    expect(tried).toMatchObject({ ok: true });
  }
  const more = await sendTestEvent(deps, app.id, { actor: "a test", endpointId: id });
  expect(more).toMatchObject({ failure: { code: "rate_limited", retryAfterS: expect.any(Number) } });
  expect(sent).toHaveLength(30);
});

test("what was stored where this machine may be reached is no address in production", async () => {
  const here: Deps = { ...deps, config: { ...deps.config, env: "dev" } };
  const draft = { url: "http://127.0.0.1:3000/hooks", description: null, kinds: null };
  expect(await createEndpoint(here, app.id, { actor: "a test", draft })).toMatchObject({ ok: true });
  await tell(app, { objects: 1, from: 0, events: 1 });
  await deliverWebhooks(deps);
  expect(sent).toEqual([]);
  expect(await deliveryRows()).toMatchObject([{ last_error: "not_public" }]);
});

test("a customer who was erased meanwhile is in no message any more", async () => {
  await add("a", app, ["signup.created"]);
  const body = { ref: app.ref, user_id: "customer-4711" };
  await world.call("/api/track/signup", body, { key: app.key });
  answer = () => BUSY;
  await deliverWebhooks(deps);
  await world.call("/api/v1/customers/customer-4711", undefined, { key: app.key, method: "DELETE" });
  world.advance(HOUR_MS);
  await deliverWebhooks(deps);
  expect(sent.map((message) => JSON.parse(message.body).data.user_id)).toEqual(["customer-4711", null]);
  expect(new Set(sent.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("what ended is forgotten after 30 days, and what was sent to an endpoint that was deleted", async () => {
  const { id } = await add("a");
  await tell(app, { objects: 1, from: 0, events: 2 });
  await deliverWebhooks(deps);
  await deliverWebhooks(deps);
  world.advance(DELIVERY_DAYS * DAY_MS);
  await tell(app, { objects: 1, from: 1, events: 1 });
  await deliverWebhooks(deps);
  await forgetWebhooks(deps);
  expect(await deliveryRows()).toHaveLength(3);
  world.advance(1);
  await forgetWebhooks(deps);
  expect(await deliveryRows()).toHaveLength(1);
  expect(await rowsOf(db, "webhook_attempt")).toHaveLength(1);
  await deleteEndpoint(world.deps, app.id, { actor: "a test", endpointId: id });
  await forgetWebhooks(deps);
  for (const table of ["webhook_attempt", "webhook_delivery", "webhook_endpoint"])
    expect(await rowsOf(db, table)).toEqual([]);
});

async function add(name: string, owner: TestApp = app, kinds: readonly ["signup.created"] | null = null) {
  const draft = { url: `https://${name}.example.test/hooks`, description: null, kinds };
  const made = await createEndpoint(world.deps, owner.id, { actor: "a test", draft });
  if (!made.ok) throw new Error(made.failure.message);
  return { id: made.value.endpoint.id, secret: made.value.secret };
}

/** How many each of the two was sent. */
function counts(): readonly number[] {
  return ["silent", "well"].map((name) => sent.filter(({ url }) => url.hostname.startsWith(name)).length);
}

async function endpointOf(id: string) {
  const endpoint = await readEndpoint(world.deps, app.id, id);
  return endpoint.ok ? endpoint.value : expect.fail("it is there");
}

/** Events of an app, as they are written: of several objects in turn, beginning with one of them. */
async function tell(owner: TestApp, { objects, from, events }: { objects: number; from: number; events: number }) {
  const statements = Array.from({ length: events }, (_, count) => ({
    sql: `INSERT INTO event (app, seq, kind, fact, payload, created_at)
      SELECT ?1, n.seq, 'conversion.created', 'told#' || n.seq, json_object('conversion_id', ?2), ?3
      FROM (SELECT coalesce((SELECT max(seq) FROM event WHERE app = ?1), 0) + 1 AS seq) n`,
    args: [owner.id, `conv_${(from * 3 + count) % objects}`, BigInt(world.deps.now())],
  }));
  await db.batch(statements);
}

async function lastEvent(): Promise<Json> {
  return (await rowsOf(db, "event")).at(-1);
}

function idOf(event: Json): string {
  return `evt_${app.id.slice(4)}_${event["seq"]}`;
}

function numberOf(id: string): number {
  return Number(id.split("_").at(-1));
}

function deliveryRows() {
  return rowsOf(db, "webhook_delivery");
}
