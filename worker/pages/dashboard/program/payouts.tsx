import { type Context, Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import { ok, type Result } from "../../../domain/result.ts";
import { findAffiliateOfCode } from "../../../services/affiliates/read-codes.ts";
import { draftByHand } from "../../../services/payouts/draft-batch.ts";
import { previewPayouts } from "../../../services/payouts/preview-payouts.ts";
import { readBatches } from "../../../services/payouts/read-payouts.ts";
import { PAYOUTS } from "../../../texts/payouts.ts";
import { toPage } from "../../../wire/page.ts";
import { parseScope } from "../../../wire/payouts.ts";
import { Notice } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { page } from "../../components/page.tsx";
import type { PageEnv } from "../../context.ts";
import { filled, sentBy, parsed } from "../../forms.ts";
import { pageRefusal } from "../../refusal.tsx";
import { accessOf } from "../head.ts";
import { Outcome, statusOf, type Tried, wrongField } from "./form-state.tsx";
import { linksOf, placeIn } from "./paging.ts";
import { goOnTo, type PayoutPlace } from "./payout-place.ts";
import { Batches, DraftForm, Preview, Due } from "./payouts-view.tsx";
import { FEES } from "../../../texts/fees.ts";
import { creatorWords } from "../../../texts/creator-words.ts";

/** Batches of a page. */
const BATCHES = 20;
const EVERYBODY = { affiliateId: null, currency: null };

/** An app's payouts, such as `/apps/:appId/payouts`: what is due to whom and who is left out, batches, and making one. */
export function payoutListPages(deps: Deps, place: PayoutPlace): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const { path, own } = place;

  routes.get(path, own, (c) => show(c));

  routes.post(`${path}/draft`, own, async (c) => {
    const sent = await sentBy(c);
    const app = c.get("app");
    const { ref = "", currency = "" } = sent;
    const affiliate: Result<string | null> = ref === "" ? ok(null) : await findAffiliateOfCode(deps, app.id, ref);
    const scope = affiliate.ok
      ? parsed(filled({ currency, affiliate_id: affiliate.value ?? "" }), parseScope)
      : wrongField("ref", PAYOUTS.noSuchCode);
    const batch = scope.ok ? await draftByHand(deps, app.id, { actor: accessOf(c).actor, scope: scope.value }) : scope;
    if (!batch.ok) return show(c, { form: "draft", sent, failure: batch.failure });
    return goOnTo(c, place, `/payouts/${batch.value.id}`, { done: "drafted" });
  });

  return routes;

  async function show(c: Context<PageEnv>, tried: Tried | null = null): Promise<Response> {
    const app = c.get("app");
    const at = (to: string) => place.at(app.id, to);
    const linePlace = placeIn(c);
    if (!linePlace.ok) return pageRefusal(c, linePlace.failure);
    const batchPlace = placeIn(c, { cursor: "batches", limit: BATCHES });
    if (!batchPlace.ok) return pageRefusal(c, batchPlace.failure);
    const { limit, after } = linePlace.value;
    const [preview, batchRows] = await Promise.all([
      previewPayouts(deps, app.id, { scope: EVERYBODY, after, limit: limit + 1 }),
      readBatches(deps, app.id, { status: null, after: batchPlace.value.after, limit: BATCHES + 1 }),
    ]);
    const lines = preview.ok ? toPage(preview.value.rows, limit) : { items: [], nextCursor: null };
    const batches = toPage(batchRows, BATCHES);
    return page(
      c,
      place.head(c, {
        title: PAYOUTS.title,
        lead: PAYOUTS.lead,
        actions: (
          <>
            <Button kind="quiet" href={at("/payouts/fees")}>
              {FEES.statement.link}
            </Button>
            <Button kind="quiet" href={at("/settings/payouts")}>
              {PAYOUTS.settings}
            </Button>
          </>
        ),
      }),
      <div class="stack">
        <Outcome c={c} tried={tried} done={PAYOUTS.done} />
        {preview.ok ? (
          <Due at={at} sums={preview.value.sums} rows={lines.items} />
        ) : (
          <Notice tone="wait" title={creatorWords(preview.failure.message)} />
        )}
        <div class="columns aside">
          <div class="stack">
            <Preview app={app} rows={lines.items} links={linksOf(c, { next: lines.nextCursor })} />
            <Batches
              at={at}
              batches={batches.items}
              links={linksOf(c, { next: batches.nextCursor, cursor: "batches" })}
            />
          </div>
          <DraftForm at={at} sums={preview.ok ? preview.value.sums : []} tried={tried} />
        </div>
      </div>,
      statusOf(tried),
    );
  }
}
