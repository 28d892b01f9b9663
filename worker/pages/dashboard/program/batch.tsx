import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Deps } from "../../../deps.ts";
import type { Result } from "../../../domain/result.ts";
import { nameActors } from "../../../services/accounts/name-actors.ts";
import { nameAffiliates } from "../../../services/affiliates/name-affiliates.ts";
import { approveBatch, cancelBatch } from "../../../services/payouts/decide-batch.ts";
import { exportBatch } from "../../../services/payouts/export-batch.ts";
import {
  readAllLines,
  readBatch,
  readLines,
  readPayouts,
  readToRetry,
} from "../../../services/payouts/read-payouts.ts";
import { recordResults } from "../../../services/payouts/record-results.ts";
import { retryFailed, runBatch } from "../../../services/payouts/run-batch.ts";
import type { PayoutBatch } from "../../../store/payout-batch-store.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { toPage } from "../../../wire/page.ts";
import {
  parseFileFormat,
  parseResultFile,
  presentGeneric,
  presentLineFile,
  presentPaypal,
} from "../../../wire/payout-files.ts";
import { parseCancel } from "../../../wire/payouts.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { type Sent, sentBy, parsed } from "../../forms.ts";
import { streamPart } from "../../live.tsx";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf } from "../head.ts";
import { BatchTitle, BatchView, Left, Progress, type ResultsOutcome } from "./batch-view.tsx";
import { idFrom, notThere, Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";
import { goOnTo, type PayoutPlace } from "./payout-place.ts";

/** Payouts beside the lines of a batch. */
const PAYOUTS_SHOWN = 50;

/** `…/payouts/:batchId`: one batch, from its draft to what became of each payout. */
export function batchPages(deps: Deps, place: PayoutPlace): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `${place.path}/:batchId`;
  const { own } = place;
  /** Money goes out: whoever finds the machine open is asked for a code first. */
  const { pay } = place;

  routes.get(path, own, async (c) => {
    const batch = await find(c);
    return batch === null ? notThere(c) : show(c, batch);
  });

  routes.get(`${path}/live`, own, async (c) => {
    const first = await find(c);
    if (first === null) return notThere(c);
    let isOver = false;
    return streamPart(c, async () => {
      const batch = isOver ? null : await readBatch(deps, c.get("app").id, first.id);
      if (batch?.ok !== true) return null;
      isOver = batch.value.status !== "running";
      return (await html`${<Progress batch={batch.value} />}`).toString();
    });
  });

  routes.post(`${path}/approve`, pay, (c) =>
    take(c, "approve", async (_, batch) => {
      const approved = await approveBatch(deps, c.get("app").id, { access: accessOf(c), batchId: batch.id });
      if (!approved.ok) return approved;
      return { ok: true, value: batch.status === "draft" ? "approved" : "approvedBefore" };
    }),
  );

  routes.post(`${path}/run`, pay, (c) =>
    take(c, "run", async (_, batch) => {
      const ran = await runBatch(deps, c.get("app").id, { actor: accessOf(c).actor, batchId: batch.id });
      if (!ran.ok) return ran;
      return { ok: true, value: batch.status === "approved" ? "running" : "ranBefore" };
    }),
  );

  // Money goes out once more.
  routes.post(`${path}/retry`, pay, (c) =>
    take(c, "retry", async (_, batch) => {
      const call = { actor: accessOf(c).actor, batchId: batch.id };
      const retried = await retryFailed(deps, c.get("app").id, call);
      return retried.ok ? { ok: true, value: "retriedAll" } : retried;
    }),
  );

  routes.get(`${path}/lines.csv`, own, async (c) => {
    const batch = await find(c);
    const lines = batch === null ? null : await readAllLines(deps, c.get("app").id, batch.id);
    if (lines?.ok !== true) return notThere(c);
    return fileOf(c, { name: "batch-lines", text: await presentLineFile(lines.value) });
  });

  routes.post(`${path}/cancel`, own, (c) =>
    take(c, "cancel", async (sent, batch) => {
      const why = parsed({ reason: sent["reason"] }, parseCancel);
      if (!why.ok) return why;
      const call = { actor: accessOf(c).actor, batchId: batch.id, ...why.value };
      const cancelled = await cancelBatch(deps, c.get("app").id, call);
      return cancelled.ok ? { ok: true, value: "cancelled" } : cancelled;
    }),
  );

  // Where everybody's money goes is in it.
  routes.get(`${path}/csv`, pay, async (c) => {
    const wanted = parseFileFormat(c.req.query());
    const batch = await find(c);
    if (batch === null || !wanted.ok) return notThere(c);
    const { format, currency } = wanted.value;
    const kind = format === "paypal" ? format : null;
    const rows = await exportBatch(deps, c.get("app").id, { batchId: batch.id, kind, currency });
    if (!rows.ok) return pageRefusal(c, rows.failure);
    const text = await (kind === null ? presentGeneric(rows.value) : presentPaypal(rows.value, c.get("app").name));
    return fileOf(c, { name: `payouts-${format}`, text });
  });

  routes.post(`${path}/results`, own, async (c) => {
    const batch = await find(c);
    if (batch === null) return notThere(c);
    const sent = await sentBy(c);
    const text = (await fileIn(c, "file")) ?? sent["text"] ?? "";
    const results = text.trim() === "" ? wrongField("file", PAYOUTS.batch.noFile) : await parseResultFile(text);
    if (!results.ok) return show(c, batch, { tried: { form: "results", sent, failure: results.failure } });
    const call = { actor: accessOf(c).actor, batchId: batch.id, results: results.value };
    const outcome = await recordResults(deps, c.get("app").id, call);
    if (outcome.skipped.length === 0) {
      return goOnTo(c, place, `/payouts/${batch.id}`, { done: "imported", count: String(outcome.done) });
    }
    // Each line that was left alone is named with its reason: too much for an address.
    return show(c, (await find(c)) ?? batch, { outcome });
  });

  return routes;

  async function find(c: Context<PageEnv>): Promise<PayoutBatch | null> {
    const id = idFrom(c, "batchId");
    const found = id === null ? null : await readBatch(deps, c.get("app").id, id);
    return found?.ok === true ? found.value : null;
  }

  async function take(
    c: Context<PageEnv>,
    form: string,
    act: (sent: Sent, batch: PayoutBatch) => Promise<Result<string>>,
  ): Promise<Response> {
    const batch = await find(c);
    if (batch === null) return notThere(c);
    const sent = await sentBy(c);
    const done = await act(sent, batch);
    if (!done.ok) return show(c, (await find(c)) ?? batch, { tried: { form, sent, failure: done.failure } });
    return goOnTo(c, place, `/payouts/${batch.id}`, { done: done.value });
  }

  async function show(
    c: Context<PageEnv>,
    batch: PayoutBatch,
    { tried = null, outcome = null }: { tried?: Tried | null; outcome?: ResultsOutcome | null } = {},
  ): Promise<Response> {
    const app = c.get("app");
    const linePlace = placeIn(c);
    if (!linePlace.ok) return pageRefusal(c, linePlace.failure);
    const payoutPlace = placeIn(c, { cursor: "payouts", limit: PAYOUTS_SHOWN });
    if (!payoutPlace.ok) return pageRefusal(c, payoutPlace.failure);
    const { limit, after } = linePlace.value;
    const paid = { batchId: batch.id, affiliateId: null, status: null, after: payoutPlace.value.after };
    const actors = [batch.actor, ...(batch.approvedBy === null ? [] : [batch.approvedBy])];
    const [lines, payouts, names, failed] = await Promise.all([
      readLines(deps, app.id, { batchId: batch.id, after, limit: limit + 1 }),
      readPayouts(deps, app.id, { ...paid, limit: PAYOUTS_SHOWN + 1 }),
      nameActors(deps, app.id, actors),
      readToRetry(deps, app.id, batch.id),
    ]);
    const linePage = toPage(lines, limit);
    const payoutPage = toPage(payouts, PAYOUTS_SHOWN);
    const creators = await nameAffiliates(
      deps,
      app.id,
      [...payoutPage.items, ...failed].map(({ affiliateId }) => affiliateId),
    );
    return page(
      c,
      place.head(c, BatchTitle({ batch })),
      <div class="stack">
        <Outcome c={c} tried={tried} done={doneWords(c)} />
        {outcome === null ? null : <Left outcome={outcome} />}
        <BatchView
          app={app}
          at={(to) => place.at(app.id, to)}
          batch={batch}
          names={names}
          mayApprove={batch.payer === "app" || accessOf(c).isOperator}
          lines={linePage.items}
          lineLinks={linksOf(c, { next: linePage.nextCursor })}
          failed={failed}
          payouts={payoutPage.items}
          creators={creators}
          payoutLinks={linksOf(c, { next: payoutPage.nextCursor, cursor: "payouts" })}
          tried={tried}
        />
      </div>,
      statusOf(tried),
    );
  }
}

function fileOf(c: Context<PageEnv>, { name, text }: { name: string; text: string }): Response {
  c.header("Content-Type", "text/csv; charset=utf-8");
  c.header("Content-Disposition", `attachment; filename="${name}.csv"`);
  c.header("Cache-Control", "no-store");
  return c.body(text);
}

function doneWords(c: Context<PageEnv>): Readonly<Record<string, string>> {
  const count = Number(/^\d{1,4}$/.exec(c.req.query("count") ?? "")?.[0] ?? 0);
  return { ...PAYOUTS.done, imported: PAYOUTS.batch.imported(count) };
}

/** The text of a file that was chosen, null where none was. */
async function fileIn(c: Context<PageEnv>, name: string): Promise<string | null> {
  const file = (await c.req.parseBody())[name];
  return file instanceof File && file.size > 0 ? file.text() : null;
}
