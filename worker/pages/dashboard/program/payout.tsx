import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { centsOf } from "../../../domain/amount-text.ts";
import type { Result } from "../../../domain/result.ts";
import { nameAffiliates } from "../../../services/affiliates/name-affiliates.ts";
import { readItems, readPayout } from "../../../services/payouts/read-payouts.ts";
import { type PayoutResult, recordResult } from "../../../services/payouts/record-results.ts";
import { resolvePayout } from "../../../services/payouts/resolve-payout.ts";
import { returnPayout } from "../../../services/payouts/return-payout.ts";
import { retryPayout } from "../../../services/payouts/run-batch.ts";
import type { Payout } from "../../../store/payout-store.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { toPage } from "../../../wire/page.ts";
import { parseFailed, parseResolution, parseReturn, parseSettled } from "../../../wire/payouts.ts";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, type Sent, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf } from "../head.ts";
import { idFrom, notThere, Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";
import { goOnTo, type PayoutPlace } from "./payout-place.ts";
import { PayoutTitle, PayoutView } from "./payout-view.tsx";

/** `…/payouts/payout/:id`: one payout, what it pays, and what somebody says became of it. */
export function payoutPages(deps: Deps, place: PayoutPlace): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `${place.path}/payout/:id`;
  const { own, pay } = place;

  routes.get(path, own, async (c) => {
    const payout = await find(c);
    return payout === null ? notThere(c) : show(c, payout);
  });

  routes.post(`${path}/settle`, own, (c) =>
    take(c, "settle", async (sent, payout) => {
      const result = parsed(filled({ reference: sent["reference"] ?? "" }), parseSettled);
      return result.ok ? end(c, payout, result.value) : result;
    }),
  );

  routes.post(`${path}/fail`, own, (c) =>
    take(c, "fail", async (sent, payout) => {
      const result = parsed({ reason: sent["reason"] }, parseFailed);
      return result.ok ? end(c, payout, result.value) : result;
    }),
  );

  routes.post(`${path}/return`, own, (c) =>
    take(c, "return", async (sent, payout) => {
      const { amount = "", reason } = sent;
      const cents = amount === "" ? null : centsOf(amount, payout.currency);
      if (amount !== "" && (cents === null || cents < 1)) return wrongField("amount", PAYOUTS.payout.amountProblem);
      const told = parsed({ reason, ...(cents === null ? {} : { amount_cents: cents }) }, parseReturn);
      if (!told.ok) return told;
      const call = { actor: accessOf(c).actor, payoutId: payout.id, ...told.value };
      const returned = await returnPayout(deps, c.get("app").id, call);
      return returned.ok ? { ok: true, value: "returned" } : returned;
    }),
  );

  // Where the operator alone can know: no key of anybody's can ask any more.
  routes.post(`${path}/resolve`, pay, async (c) => {
    if (!accessOf(c).isOperator) return notThere(c);
    return take(c, "resolve", async (sent, payout) => {
      const resolution = parsed(filled(sent), parseResolution);
      if (!resolution.ok) return resolution;
      const call = { actor: accessOf(c).actor, payoutId: payout.id, resolution: resolution.value };
      const resolved = await resolvePayout(deps, c.get("app").id, call);
      return resolved.ok ? { ok: true, value: resolved.value.status } : resolved;
    });
  });

  // Money goes out once more.
  routes.post(`${path}/retry`, pay, async (c) => {
    const payout = await find(c);
    if (payout === null) return notThere(c);
    const sent = await sentBy(c);
    const batch = await retryPayout(deps, c.get("app").id, { actor: accessOf(c).actor, payoutId: payout.id });
    if (!batch.ok) return show(c, payout, { form: "retry", sent, failure: batch.failure });
    return goOnTo(c, place, `/payouts/${batch.value.id}`, { done: "retried" });
  });

  return routes;

  async function find(c: Context<PageEnv>): Promise<Payout | null> {
    const id = idFrom(c, "id");
    const found = id === null ? null : await readPayout(deps, c.get("app").id, id);
    return found?.ok === true ? found.value : null;
  }

  async function end(c: Context<PageEnv>, payout: Payout, result: PayoutResult): Promise<Result<string>> {
    const call = { actor: accessOf(c).actor, payoutId: payout.id, result };
    const ended = await recordResult(deps, c.get("app").id, call);
    return ended.ok ? { ok: true, value: ended.value.status } : ended;
  }

  async function take(
    c: Context<PageEnv>,
    form: string,
    act: (sent: Sent, payout: Payout) => Promise<Result<string>>,
  ): Promise<Response> {
    const payout = await find(c);
    if (payout === null) return notThere(c);
    const sent = await sentBy(c);
    const done = await act(sent, payout);
    if (!done.ok) return show(c, (await find(c)) ?? payout, { form, sent, failure: done.failure });
    return goOnTo(c, place, `/payouts/payout/${payout.id}`, { done: done.value });
  }

  async function show(c: Context<PageEnv>, payout: Payout, tried: Tried | null = null): Promise<Response> {
    const app = c.get("app");
    const itemPlace = placeIn(c);
    if (!itemPlace.ok) return pageRefusal(c, itemPlace.failure);
    const { limit, after } = itemPlace.value;
    const rows = await readItems(deps, app.id, { payoutId: payout.id, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    const creators = await nameAffiliates(deps, app.id, [payout.affiliateId]);
    return page(
      c,
      place.head(c, PayoutTitle({ payout })),
      <div class="stack">
        <Outcome c={c} tried={tried} done={PAYOUTS.done} />
        <PayoutView
          app={app}
          at={(to) => place.at(app.id, to)}
          payout={payout}
          items={items}
          links={linksOf(c, { next: nextCursor })}
          creator={creators.get(payout.affiliateId) ?? payout.affiliateId}
          isOperator={accessOf(c).isOperator}
          tried={tried}
        />
      </div>,
      statusOf(tried),
    );
  }
}
