import type { Statement } from "../../worker/store/db.ts";
import { eventId } from "../../worker/domain/event-id.ts";
import type { TestApp, World } from "./world.ts";

/** The endpoint that `addFailingEndpoint` makes. */
export function endpointOf(app: TestApp): string {
  return `whe_failing_${app.id.slice("app_".length)}`;
}

/** What waits for it: the app's first event. */
export function deliveryOf(app: TestApp): string {
  return eventId(app.id, 1);
}

/** An endpoint that has not taken for two hours what it is sent, without a server and a run of the jobs. */
export async function addFailingEndpoint(world: World, app: TestApp): Promise<void> {
  const now = BigInt(world.deps.now());
  const before = now - 7_200_000n;
  const delivery = { app: app.id, endpoint: endpointOf(app), seq: 1n };
  await world.db.batch([
    insert("webhook_endpoint", {
      app: app.id,
      id: endpointOf(app),
      url: "https://hooks.example.test/agentlinks",
      secret: "sealed",
      secret_prefix: "whsec_Ab3d",
      after_seq: 0n,
      failing_since: before,
      created_at: before,
    }),
    insert("webhook_delivery", {
      ...delivery,
      kind: "affiliate.joined",
      object: app.affiliateId,
      status: "waiting",
      attempts: 1n,
      next_at: now + 300_000n,
      last_status: 500n,
      last_error: "status",
      created_at: before,
    }),
    insert("webhook_attempt", {
      ...delivery,
      attempt: 1n,
      at: now,
      duration_ms: 31n,
      status: 500n,
      error: "status",
      excerpt: "<h1>Out of order</h1>",
      manual: 0n,
    }),
  ]);
}

function insert(table: string, row: Readonly<Record<string, string | bigint>>): Statement {
  const columns = Object.keys(row);
  const places = columns.map((_, at) => `?${at + 1}`);
  return {
    sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places.join(", ")})`,
    args: Object.values(row),
  };
}
