import { beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "../../worker/store/audit-log.ts";
import type { Statement } from "../../worker/store/db.ts";
import {
  claimDue,
  claimOne,
  fanOut,
  findDelivery,
  forgetDeliveries,
  giveBack,
  listDeliveries,
  listDue,
  type WebhookAttempt,
  writeAttempt,
  writeTest,
} from "../../worker/store/webhook-delivery-store.ts";
import {
  deleteEndpoint,
  findDeletedEndpoint,
  findEndpoint,
  findTarget,
  forgetDeleted,
  listEndpoints,
  patchEndpoint,
  skipWaiting,
  startEndpoint,
  stopEndpoint,
  walkEndpoints,
  writeEndpoint,
  writeSecret,
} from "../../worker/store/webhook-store.ts";
import { createWorld, type World } from "../support/world.ts";

const NOW = 1;
const WHO = { endpointId: "whe_1", now: NOW };
const LEASE = { lease: "l", until: 2, now: NOW };
const AUDIT: AuditEntry = { id: "aud_1", actor: "a test", action: "webhook.disabled", object: "whe_1", now: NOW };
const FAILED: WebhookAttempt = {
  at: NOW,
  durationMs: 1,
  status: 500,
  error: "status",
  responseExcerpt: "",
  manual: false,
};

let world: World;
let asked: Statement[];

beforeEach(async () => {
  world = await createWorld();
  asked = [];
});

test("webhooks are found by their endpoint, object, time or age, however many there are", async () => {
  const { db } = world;
  const listening = {
    ...db,
    query: (one: Statement) => (asked.push(one), db.query(one)),
  };
  const outcome = { ...WHO, seq: 1, object: "o", lease: "l", retryAt: 2, isGone: false, attempt: FAILED };
  asked.push(
    ...fanOut("app_1", { ...WHO, afterSeq: 0, page: 10 }),
    ...claimDue("app_1", { ...WHO, ...LEASE, seqs: [1] }),
    ...claimOne("app_1", { ...WHO, ...LEASE, seq: 1 }),
    giveBack("app_1", { ...WHO, lease: "l" }),
    ...writeAttempt("app_1", outcome, AUDIT),
    ...writeAttempt("app_1", { ...outcome, attempt: { ...FAILED, manual: true } }, AUDIT),
    ...writeAttempt("app_1", { ...outcome, attempt: { ...FAILED, error: null } }, AUDIT),
    ...writeTest("app_1", { ...WHO, seq: -1, attempt: { ...FAILED, error: null } }),
    ...forgetDeliveries({ before: NOW, limit: 10 }),
    ...patchEndpoint("app_1", { ...WHO, patch: { url: "u" }, audit: AUDIT }),
    ...stopEndpoint("app_1", { ...WHO, audit: AUDIT }),
    ...startEndpoint("app_1", { ...WHO, skips: true, audit: AUDIT }),
    skipWaiting("app_1", { ...WHO, limit: 10 }),
    ...writeSecret("app_1", { ...WHO, sealedSecret: "s", secretPrefix: "p", overlapUntil: 2, audit: AUDIT }),
    ...deleteEndpoint("app_1", { ...WHO, audit: AUDIT }),
    ...forgetDeleted("app_1", { ...WHO, limit: 10 }),
  );
  await listDue(listening, "app_1", { ...WHO, limit: 10 });
  await findDelivery(listening, "app_1", { ...WHO, seq: 1 });
  for (const status of [null, "failed"] as const) {
    await listDeliveries(listening, "app_1", { ...WHO, at: NOW, seq: 1, limit: 10, status });
  }
  await findEndpoint(listening, "app_1", WHO);
  await findTarget(listening, "app_1", "whe_1");
  await findDeletedEndpoint(listening);
  const walks = (await detailsOf(asked)).filter((detail) => isWalk(detail));
  expect([...new Set(walks)]).toEqual([
    // An app has 50 owners at most.
    "SEARCH w USING PRIMARY KEY (app=?)",
    // Up to 1,000 of what waits are counted, and up to 1,000 of the events after the cursor.
    "SCAN (subquery-3)",
    "SCAN (subquery-1)",
    "SCAN e",
    // One that was deleted is looked for among those alone.
    "SCAN w USING COVERING INDEX webhook_endpoint_deleted",
  ]);
  const sorts = (await detailsOf(asked)).filter((detail) => /B-TREE/.test(detail));
  // Those owners.
  expect(sorts).toHaveLength(1);
});

test("an app's endpoints are few; those of all apps are a walk that its limit ends", async () => {
  const { db } = world;
  const listening = { ...db, query: (one: Statement) => (asked.push(one), db.query(one)) };
  await listEndpoints(listening, "app_1", { now: NOW, limit: 20 });
  await walkEndpoints(listening, { after: { appId: "", endpointId: "" }, now: NOW, limit: 10 });
  const [insert] = writeEndpoint("app_1", {
    endpoint: { id: "whe_1", url: "u", description: null, kinds: null, sealedSecret: "s", secretPrefix: "p", now: NOW },
    max: 20,
    audit: AUDIT,
  });
  if (insert !== undefined) asked.push(insert);
  const [list = [], walk = [], added = []] = await Promise.all(asked.map((one) => detailsOf([one])));
  expect(list[0]).toBe("SEARCH w USING INDEX sqlite_autoindex_webhook_endpoint_1 (app=?)");
  expect(added.filter((detail) => isWalk(detail))).toEqual([
    "SEARCH w USING INDEX sqlite_autoindex_webhook_endpoint_1 (app=?)",
  ]);
  expect(walk).toEqual([
    "SEARCH w USING INDEX webhook_endpoint_active ((app,id)>(?,?))",
    "CORRELATED SCALAR SUBQUERY 1",
    "SEARCH e USING COVERING INDEX sqlite_autoindex_event_1 (app=?)",
    "CORRELATED SCALAR SUBQUERY 2",
    "SEARCH d USING COVERING INDEX webhook_delivery_due (app=? AND endpoint=? AND next_at<?)",
  ]);
});

async function detailsOf(statements: readonly Statement[]): Promise<readonly string[]> {
  const plans = statements.map(({ sql, args }) => world.db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args }));
  return (await Promise.all(plans)).flat().map((row) => String(row["detail"]));
}

/** The number of an app's newest event is the end of its index. */
function isWalk(detail: string): boolean {
  const isOfApp = /^SEARCH (?!e USING COVERING INDEX sqlite_autoindex_event_1)\w+ .*\(app=\?\)$/.test(detail);
  return isOfApp || /^SCAN (?!CONSTANT|\w+ VIRTUAL TABLE)/.test(detail);
}
