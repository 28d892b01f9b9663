import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../deps.ts";
import type { Result } from "../domain/result.ts";
import { approveBatch, cancelBatch } from "../services/payouts/decide-batch.ts";
import { exportBatch } from "../services/payouts/export-batch.ts";
import { returnPayout } from "../services/payouts/return-payout.ts";
import { draftByHand } from "../services/payouts/draft-batch.ts";
import { previewPayouts } from "../services/payouts/preview-payouts.ts";
import {
  readBatch,
  readBatches,
  readItems,
  readLines,
  readPayout,
  readPayouts,
} from "../services/payouts/read-payouts.ts";
import { type PayoutResult, recordResult, recordResults } from "../services/payouts/record-results.ts";
import { resolvePayout } from "../services/payouts/resolve-payout.ts";
import { retryPayout, runBatch } from "../services/payouts/run-batch.ts";
import { readApp } from "../services/programs/read-apps.ts";
import type { App } from "../store/app-store.ts";
import type { JsonObject } from "../wire/body.ts";
import { parsePage, toPage } from "../wire/page.ts";
import {
  parseBatchFilter,
  parseCancel,
  parseFailed,
  parsePayoutFilter,
  parseResolution,
  parseResults,
  parseReturn,
  parseScope,
  parseSettled,
  presentBatch,
  presentBatchInFull,
  presentItem,
  presentLine,
  presentPayout,
  presentPreview,
  presentResults,
} from "../wire/payouts.ts";
import { parseFileFormat, parseResultFile, presentGeneric, presentPaypal } from "../wire/payout-files.ts";
import { type AppEnv, bodyOf, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit, fileLimit } from "./middleware/body-limit.ts";
import { keyAccess, operatorAccess } from "./middleware/key-access.ts";

/** `/api/v1/payouts`: for the app of the secret key, or the one an operator names by `?app_id=`. */
export function payoutRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const pay = keyAccess(deps, "payouts");
  const operator = operatorAccess(deps);

  routes.get("/preview", read, async (c) => {
    const query = listQuery(c, parseScope);
    if (!query.ok) return refuse(c, query.failure);
    return withApp(c, async (app) => {
      const { after, limit, affiliateId, currency } = query.value;
      const scope = { affiliateId, currency };
      const preview = await previewPayouts(deps, app.id, { scope, after, limit: limit + 1 });
      if (!preview.ok) return refuse(c, preview.failure);
      const { items, nextCursor } = toPage(preview.value.rows, limit);
      return c.json({ ...presentPreview(preview.value, items), next_cursor: nextCursor });
    });
  });

  routes.post("/batches", pay, bodyLimit, async (c) => {
    const scope = await bodyOf(c, parseScope);
    if (!scope.ok) return refuse(c, scope.failure);
    return withApp(c, async (app) => {
      const batch = await draftByHand(deps, app.id, { actor: c.get("access").actor, scope: scope.value });
      return batch.ok ? c.json({ batch: presentBatchInFull(batch.value) }, 201) : refuse(c, batch.failure);
    });
  });

  routes.get("/batches", read, async (c) => {
    const query = listQuery(c, parseBatchFilter);
    if (!query.ok) return refuse(c, query.failure);
    return withApp(c, async (app) => {
      const { limit } = query.value;
      const rows = await readBatches(deps, app.id, { ...query.value, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit);
      return c.json({ batches: items.map(presentBatch), next_cursor: nextCursor });
    });
  });

  routes.get("/batches/:id", read, (c) =>
    withApp(c, async (app) => answerBatch(c, await readBatch(deps, app.id, c.req.param("id")))),
  );

  routes.get("/batches/:id/lines", read, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    return withApp(c, async (app) => {
      const batch = await readBatch(deps, app.id, c.req.param("id"));
      if (!batch.ok) return refuse(c, batch.failure);
      const { limit, after } = page.value;
      const rows = await readLines(deps, app.id, { batchId: batch.value.id, after, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit);
      return c.json({ lines: items.map(presentLine), next_cursor: nextCursor });
    });
  });

  routes.post("/batches/:id/approve", pay, (c) =>
    withApp(c, async (app) => {
      const call = { access: c.get("access"), batchId: c.req.param("id") };
      return answerBatch(c, await approveBatch(deps, app.id, call));
    }),
  );

  routes.post("/batches/:id/run", pay, (c) =>
    withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, batchId: c.req.param("id") };
      return answerBatch(c, await runBatch(deps, app.id, call));
    }),
  );

  routes.post("/batches/:id/cancel", pay, bodyLimit, async (c) => {
    const why = await bodyOf(c, parseCancel);
    if (!why.ok) return refuse(c, why.failure);
    return withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, batchId: c.req.param("id"), ...why.value };
      return answerBatch(c, await cancelBatch(deps, app.id, call));
    });
  });

  routes.get("/batches/:id/csv", pay, async (c) => {
    const wanted = parseFileFormat(c.req.query());
    if (!wanted.ok) return refuse(c, wanted.failure);
    return withApp(c, async (app) => {
      const { format, currency } = wanted.value;
      const kind = format === "paypal" ? format : null;
      const rows = await exportBatch(deps, app.id, { batchId: c.req.param("id"), kind, currency });
      if (!rows.ok) return refuse(c, rows.failure);
      c.header("Content-Type", "text/csv; charset=utf-8");
      c.header("Content-Disposition", `attachment; filename="payouts-${format}.csv"`);
      c.header("Cache-Control", "no-store");
      return c.body(await (kind === null ? presentGeneric(rows.value) : presentPaypal(rows.value, app.name)));
    });
  });

  routes.post("/batches/:id/results", pay, resultsLimit, async (c) => {
    const results = isFile(c) ? await parseResultFile(await c.req.text()) : await bodyOf(c, parseResults);
    if (!results.ok) return refuse(c, results.failure);
    return withApp(c, async (app) => {
      const batch = await readBatch(deps, app.id, c.req.param("id"));
      if (!batch.ok) return refuse(c, batch.failure);
      const call = { actor: c.get("access").actor, batchId: batch.value.id, results: results.value };
      return c.json(presentResults(await recordResults(deps, app.id, call)));
    });
  });

  routes.get("/", read, async (c) => {
    const query = listQuery(c, parsePayoutFilter);
    if (!query.ok) return refuse(c, query.failure);
    return withApp(c, async (app) => {
      const { limit } = query.value;
      const rows = await readPayouts(deps, app.id, { ...query.value, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit);
      return c.json({ payouts: items.map(presentPayout), next_cursor: nextCursor });
    });
  });

  routes.get("/:id", read, (c) =>
    withApp(c, async (app) => {
      const payout = await readPayout(deps, app.id, c.req.param("id"));
      return payout.ok ? c.json({ payout: presentPayout(payout.value) }) : refuse(c, payout.failure);
    }),
  );

  routes.get("/:id/items", read, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    return withApp(c, async (app) => {
      const payout = await readPayout(deps, app.id, c.req.param("id"));
      if (!payout.ok) return refuse(c, payout.failure);
      const { limit, after } = page.value;
      const rows = await readItems(deps, app.id, { payoutId: payout.value.id, after, limit: limit + 1 });
      const { items, nextCursor } = toPage(rows, limit);
      return c.json({ items: items.map(presentItem), next_cursor: nextCursor });
    });
  });

  routes.post("/:id/return", pay, bodyLimit, async (c) => {
    const told = await bodyOf(c, parseReturn);
    if (!told.ok) return refuse(c, told.failure);
    return withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, payoutId: c.req.param("id"), ...told.value };
      const payout = await returnPayout(deps, app.id, call);
      return payout.ok ? c.json({ payout: presentPayout(payout.value) }) : refuse(c, payout.failure);
    });
  });

  routes.post("/:id/settle", pay, bodyLimit, (c) => endPayout(c, parseSettled));
  routes.post("/:id/fail", pay, bodyLimit, (c) => endPayout(c, parseFailed));

  routes.post("/:id/resolve", operator, bodyLimit, async (c) => {
    const resolution = await bodyOf(c, parseResolution);
    if (!resolution.ok) return refuse(c, resolution.failure);
    return withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, payoutId: c.req.param("id"), resolution: resolution.value };
      const payout = await resolvePayout(deps, app.id, call);
      return payout.ok ? c.json({ payout: presentPayout(payout.value) }) : refuse(c, payout.failure);
    });
  });

  routes.post("/:id/retry", pay, (c) =>
    withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, payoutId: c.req.param("id") };
      return answerBatch(c, await retryPayout(deps, app.id, call));
    }),
  );

  const batch = ["approve", "run", "cancel", "csv", "results", "lines"].map((verb) => `/batches/:id/${verb}`);
  const single = ["settle", "fail", "return", "resolve", "retry", "items"].map((verb) => `/:id/${verb}`);
  for (const path of ["/", "/preview", "/batches", "/batches/:id", ...batch, "/:id", ...single]) {
    routes.all(path, methodNotAllowed);
  }
  return routes;

  async function withApp(c: Context<AppEnv>, answer: (app: App) => Promise<Response>): Promise<Response> {
    const app = await readApp(deps, c.get("access"));
    return app.ok ? answer(app.value) : refuse(c, app.failure);
  }

  async function endPayout(
    c: Context<AppEnv, "/:id/settle" | "/:id/fail">,
    parse: (body: JsonObject) => Result<PayoutResult>,
  ): Promise<Response> {
    const result = await bodyOf(c, parse);
    if (!result.ok) return refuse(c, result.failure);
    return withApp(c, async (app) => {
      const call = { actor: c.get("access").actor, payoutId: c.req.param("id"), result: result.value };
      const payout = await recordResult(deps, app.id, call);
      return payout.ok ? c.json({ payout: presentPayout(payout.value) }) : refuse(c, payout.failure);
    });
  }
}

/** A file of results may be larger than a call. */
const resultsLimit = createMiddleware<AppEnv>((c, next) => (isFile(c) ? fileLimit : bodyLimit)(c, next));

function isFile(c: Context<AppEnv>): boolean {
  return c.req.header("Content-Type")?.startsWith("text/csv") === true;
}

function answerBatch(c: Context<AppEnv>, batch: Awaited<ReturnType<typeof readBatch>>): Response {
  return batch.ok ? c.json({ batch: presentBatchInFull(batch.value) }) : refuse(c, batch.failure);
}
